"""Packets for the tests, written and read by hand: what checks the product's codec must not be the product's codec."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass, field

A, NS, CNAME, SOA, MX, TXT, AAAA, DS, DNSKEY, HTTPS, CAA = 1, 2, 5, 6, 15, 16, 28, 43, 48, 65, 257
OPT, TSIG, IXFR, AXFR, ANY = 41, 250, 251, 252, 255
IN, CH, HS, NONE, CLASS_ANY = 1, 3, 4, 254, 255

NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, NOTAUTH, BADVERS = 0, 1, 2, 3, 4, 5, 9, 16

QR, AA, TC, RD, RA, Z, AD, CD = 0x8000, 0x400, 0x200, 0x100, 0x80, 0x40, 0x20, 0x10
FLAGS = {"qr": QR, "aa": AA, "tc": TC, "rd": RD, "ra": RA, "z": Z, "ad": AD, "cd": CD}


def name(labels: str | tuple[bytes, ...]) -> bytes:
    """Text with dots between the labels, or the labels themselves where they hold odd octets."""
    if isinstance(labels, str):
        labels = tuple(label.encode() for label in labels.split(".")) if labels else ()
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def question(asked: str | tuple[bytes, ...], qtype: int = A, qclass: int = IN) -> bytes:
    return name(asked) + struct.pack("!HH", qtype, qclass)


def message(
    body: bytes = b"", counts: tuple[int, int, int, int] = (1, 0, 0, 0), flags: int = 0, id: int = 0x1234
) -> bytes:
    return struct.pack("!6H", id, flags, *counts) + body


def query(
    asked: str | tuple[bytes, ...],
    qtype: int = A,
    qclass: int = IN,
    flags: int = 0,
    additional: tuple[bytes, ...] = (),
    id: int = 0x1234,
) -> bytes:
    body = question(asked, qtype, qclass) + b"".join(additional)
    return message(body, (1, 0, 0, len(additional)), flags, id)


def framed(packet: bytes) -> bytes:
    """The packet with its length in front, as TCP carries it."""
    return len(packet).to_bytes(2, "big") + packet


def record(rtype: int, rdata: bytes, owner: bytes = b"\xc0\x0c", rclass: int = IN, ttl: int = 0) -> bytes:
    return owner + struct.pack("!HHIH", rtype, rclass, ttl, len(rdata)) + rdata


def opt(
    size: int = 4096,
    version: int = 0,
    flags: int = 0,
    options: bytes = b"",
    owner: bytes = b"\0",
    length: int | None = None,
) -> bytes:
    """An OPT record; `length` is an RDLENGTH that lies."""
    ttl = version << 16 | flags
    return owner + struct.pack("!HHIH", OPT, size, ttl, len(options) if length is None else length) + options


def option(code: int, data: bytes = b"", length: int | None = None) -> bytes:
    return struct.pack("!HH", code, len(data) if length is None else length) + data


DO = 0x8000
COOKIE = option(10, b"12345678")


def tsig(owner: bytes = name("key.example"), error: int = 0, mac: bytes = bytes(32), other: bytes = b"") -> bytes:
    rdata = name("hmac-sha256") + (1_800_000_000).to_bytes(6, "big") + struct.pack("!HH", 300, len(mac)) + mac
    rdata += struct.pack("!HHH", 0x1234, error, len(other)) + other
    return record(TSIG, rdata, owner, CLASS_ANY, 0)


@dataclass(frozen=True)
class Record:
    owner: tuple[bytes, ...]
    rtype: int
    rclass: int
    ttl: int
    rdata: bytes


@dataclass(frozen=True)
class Reply:
    """A reply as it was on the wire. `rcode` has its extended bits; `flags` are words, `question` raw bytes."""

    wire: bytes
    id: int
    opcode: int
    rcode: int
    flags: frozenset[str]
    counts: tuple[int, int, int, int]
    question: bytes
    answer: list[Record] = field(default_factory=list)
    authority: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)

    @property
    def addresses(self) -> list[str]:
        return [socket.inet_ntoa(each.rdata) for each in self.answer if each.rtype == A]

    @property
    def strings(self) -> list[bytes]:
        data, found = b"".join(each.rdata for each in self.answer if each.rtype == TXT), []
        while data:
            found.append(data[1 : 1 + data[0]])
            data = data[1 + data[0] :]
        return found

    @property
    def text(self) -> str:
        return b"".join(self.strings).decode()

    @property
    def opt(self) -> Record | None:
        return next((each for each in self.additional if each.rtype == OPT), None)

    @property
    def do(self) -> bool:
        return bool(self.opt and self.opt.ttl & DO)

    @property
    def extended_errors(self) -> list[int]:
        """The INFO-CODEs of RFC 8914."""
        data, found = self.opt.rdata if self.opt else b"", []
        while data:
            code, size = struct.unpack_from("!HH", data)
            if code == 15:
                found.append(int.from_bytes(data[4:6], "big"))
            data = data[4 + size :]
        return found


def read(wire: bytes) -> Reply:
    """AssertionError where a reply is not to the octet what its header says."""
    id, bits, *counts = struct.unpack_from("!6H", wire)
    at = 12
    for _ in range(counts[0]):
        _, at = _name(wire, at)
        at += 4
    asked = wire[12:at]
    sections: list[list[Record]] = [[], [], []]
    for section, count in zip(sections, counts[1:], strict=True):
        for _ in range(count):
            each, at = _record(wire, at)
            section.append(each)
    assert at == len(wire), "octets after the last record"
    rcode = bits & 15 | sum(each.ttl >> 24 << 4 for each in sections[2] if each.rtype == OPT)
    flags = frozenset(word for word, bit in FLAGS.items() if bits & bit)
    return Reply(
        wire, id, bits >> 11 & 15, rcode, flags, (counts[0], counts[1], counts[2], counts[3]), asked, *sections
    )


def _record(wire: bytes, at: int) -> tuple[Record, int]:
    owner, at = _name(wire, at)
    rtype, rclass, ttl, size = struct.unpack_from("!HHIH", wire, at)
    at += 10
    assert at + size <= len(wire), "a record is cut"
    return Record(owner, rtype, rclass, ttl, wire[at : at + size]), at + size


def _name(wire: bytes, at: int) -> tuple[tuple[bytes, ...], int]:
    labels: list[bytes] = []
    end = 0
    while wire[at]:
        if wire[at] >= 0xC0:
            end = end or at + 2
            target = int.from_bytes(wire[at : at + 2], "big") & 0x3FFF
            assert target < at, "a pointer must point back"
            at = target
            continue
        assert wire[at] < 64
        labels.append(wire[at + 1 : at + 1 + wire[at]])
        at += 1 + wire[at]
    return tuple(labels), end or at + 1
