"""Questions as packets, and the right answer to each: the two files that load.c reads."""

from __future__ import annotations

import random
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.data import SEED, Question

A, TXT, IN = 1, 16, 1
NXDOMAIN = 3
KSS = 2  # 127.0.0.2
# The root, OPT, 1232 octets, version 0 and no option (RFC 6891 6.1.2).
OPT = b"\x00" + struct.pack("!HHIH", 41, 1232, 0, 0)
OCTETS = [bytes([len(str(octet))]) + str(octet).encode() for octet in range(256)]


@dataclass(frozen=True)
class Asked:
    """Files of the same questions: as they are, with EDNS, and the answers that they should get."""

    plain: Path
    edns: Path
    expected: Path


def write(folder: Path, questions: Sequence[Question], zone: str, codes: Sequence[str]) -> Asked:
    """Write the three files; with several codes each question takes one by chance."""
    folder.mkdir(parents=True, exist_ok=True)
    asked = Asked(folder / "plain", folder / "edns", folder / "expected")
    chance = random.Random(SEED)
    tails = [b"".join(label(word) for word in (code, *zone.split("."))) + b"\x00" for code in codes]
    packets = [packet(question, chance.choice(tails)) for question in questions]
    asked.plain.write_bytes(framed(packets))
    asked.edns.write_bytes(framed(with_edns(one) for one in packets))
    asked.expected.write_bytes(b"".join(expected(question) for question in questions))
    return asked


def named(name: bytes, qtype: int, flags: int, opt: bytes) -> bytes:
    """Return the packet of a question for a name as it is on the wire, the root included; `opt` may be empty."""
    return struct.pack("!6H", 0, flags, 1, 0, 0, bool(opt)) + name + struct.pack("!HH", qtype, IN) + opt


def packet(question: Question, tail: bytes) -> bytes:
    """Return the packet of one question; the load writes its ID."""
    return named(address_labels(question) + tail, TXT if question.is_txt else A, 0, b"")


def with_edns(plain: bytes) -> bytes:
    """Return the same question with an OPT record."""
    return plain[:11] + b"\x01" + plain[12:] + OPT


def expected(question: Question) -> bytes:
    """Return the rcode, the last octet of the A record (0: none is looked at), and whether there is an answer."""
    if not question.is_listed:
        return bytes((NXDOMAIN, 0, 0))
    return bytes((0, 0 if question.is_txt else KSS, 1))


def framed(packets: Iterable[bytes]) -> bytes:
    """Return each packet after its length."""
    return b"".join(struct.pack("<H", len(one)) + one for one in packets)


def address_labels(question: Question) -> bytes:
    """Return the labels of the reversed address (RFC 5782 2.1, 2.4)."""
    return b"".join(reversed_labels(question))


def reversed_labels(question: Question) -> list[bytes]:
    """Return the labels of the reversed address one by one."""
    if question.version == 4:
        return [OCTETS[octet] for octet in reversed(question.value.to_bytes(4))]
    return [label(nibble) for nibble in reversed(f"{question.value:032x}")]


def label(word: str) -> bytes:
    """Return a label as it is on the wire: its length, and its octets."""
    return bytes([len(word)]) + word.encode()
