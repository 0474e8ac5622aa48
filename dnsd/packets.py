"""The reading of a query from the wire: header, question, OPT and TSIG, by hand, in the order that costs least.

Whoever sends a packet chooses every byte of it, so counts are checked before anything is read, and never more than one
question and three records are. It knows no zone and no list: what comes out is what was asked, or why it cannot be
answered. dnslib's parser has no part in this; it refuses legal names and accepts broken records.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from dnsd import protocol

HEADER = struct.Struct("!6H")
RECORD = struct.Struct("!HHIH")  # type, class, TTL, RDLENGTH
PAIR = struct.Struct("!HH")


class Edns(NamedTuple):
    """What an OPT record says: the size its sender takes (octets, as sent), DO, and the version."""

    size: int
    dnssec_ok: bool
    version: int


class Tsig(NamedTuple):
    """The parts of a TSIG record that an unsigned error repeats (RFC 8945 5.3.2); names as they were on the wire."""

    owner: bytes
    algorithm: bytes
    time_and_fudge: bytes
    original_id: int


class Query(NamedTuple):
    """A well-formed query. `question` is the wire form from octet 12 on; `labels` without the root, case as asked."""

    id: int
    rd: bool
    question: bytes
    labels: tuple[bytes, ...]
    qtype: int
    qclass: int
    edns: Edns | None = None
    tsig: Tsig | None = None

    def fault(self, rcode: int) -> Fault:
        """Return the same query as one that gets this error."""
        return Fault(self.id, protocol.QUERY, self.rd, rcode, self.question, self.edns)


class Fault(NamedTuple):
    """A packet that gets an error and nothing else; `question` is empty unless it was read whole."""

    id: int
    opcode: int
    rd: bool
    rcode: int
    question: bytes = b""
    edns: Edns | None = None

    def fault(self, rcode: int) -> Fault:
        """Return the same packet with another error."""
        return self._replace(rcode=rcode)


class _Malformed(Exception):
    """The packet breaks a rule of its format; it never leaves this module."""


class _Record(NamedTuple):
    owner: bytes
    rtype: int
    rclass: int
    ttl: int
    rdata: bytes
    end: int


def read(wire: bytes) -> Query | Fault | None:
    """Read the query in a packet; return the fault to answer it with, or None where it gets no answer."""
    if len(wire) < protocol.HEADER_SIZE:
        return None
    ident, flags, *counts = HEADER.unpack_from(wire)
    if flags & protocol.QR:  # an answer to an answer would be a loop
        return None
    opcode = flags >> 11 & 15
    if opcode != protocol.QUERY:  # needs no question (RFC 8906 3.1.4), and its sections may mean something else
        return Fault(ident, opcode, False, protocol.NOTIMP)
    return _read_query(wire, ident, bool(flags & protocol.RD), counts)


def question_is_unreadable(wire: bytes) -> bool:
    """Tell whether a message over TCP is no DNS query at all, so that its stream has lost its framing."""
    if len(wire) < protocol.HEADER_SIZE:
        return True
    _, flags, questions, *_ = HEADER.unpack_from(wire)
    if flags & protocol.QR or flags >> 11 & 15 or questions != 1:
        return False
    try:
        _question(wire)
    except _Malformed:
        return True
    return False


def _read_query(wire: bytes, ident: int, rd: bool, counts: list[int]) -> Query | Fault:
    questions, answers, authorities, additionals = counts
    fault = Fault(ident, protocol.QUERY, rd, protocol.FORMERR)
    try:
        if questions != 1:  # RFC 9619; a cookie may come without a question (RFC 7873 5.4), its OPT is echoed
            alone = questions == answers == authorities == 0
            return fault._replace(edns=_opt_alone(wire, additionals) if alone else None)
        labels, question_end = _question(wire)
        question = wire[protocol.HEADER_SIZE : question_end]
        qtype, qclass = PAIR.unpack_from(question, len(question) - 4)
        fault = fault._replace(question=question)
        if answers:
            raise _Malformed
        end = _authority(wire, question_end, authorities, qtype)
        edns, tsig, end = _additional(wire, end, additionals, question_end)
        fault = fault._replace(edns=edns)
        if end != len(wire):
            raise _Malformed
    except _Malformed:
        return fault
    if edns and edns.version:  # before any look at the name (RFC 6891 6.1.3)
        return fault._replace(rcode=protocol.BADVERS)
    return Query(ident, rd, question, labels, qtype, qclass, edns, tsig)


def _question(wire: bytes) -> tuple[tuple[bytes, ...], int]:
    labels, end = _name(wire, protocol.HEADER_SIZE)
    if end + 4 > len(wire):
        raise _Malformed
    return labels, end + 4


def _name(wire: bytes, at: int) -> tuple[tuple[bytes, ...], int]:
    """An uncompressed name: its labels, and where it ends. Nothing lies before the first name to point to."""
    labels, start = [], at
    while True:
        if at >= len(wire):
            raise _Malformed
        size = wire[at]
        if size == 0:
            break
        if size > protocol.LONGEST_LABEL or at + 1 + size > len(wire):  # 0x40, 0x80 and pointers are above 63
            raise _Malformed
        labels.append(wire[at + 1 : at + 1 + size])
        at += 1 + size
    if at + 1 - start > protocol.LONGEST_NAME:
        raise _Malformed
    return tuple(labels), at + 1


def _owner_end(wire: bytes, at: int, question_end: int) -> int:
    """Where a record's owner ends. It may close with a pointer into the question; we repeat it, and never follow it."""
    start = at
    while at < len(wire) and 0 < wire[at] <= protocol.LONGEST_LABEL:
        at += 1 + wire[at]
    if at >= len(wire) or at - start >= protocol.LONGEST_NAME:
        raise _Malformed
    if wire[at] == 0:
        return at + 1
    if at + 2 > len(wire) or not _begins_a_label(wire, int.from_bytes(wire[at : at + 2], "big") - 0xC000, question_end):
        raise _Malformed
    return at + 2


def _begins_a_label(wire: bytes, target: int, question_end: int) -> bool:
    """Whether a pointer shows a label of the question's name, or its end (RFC 1035 4.1.4).

    From the middle of a label the name could go on behind the question, which our reply does not repeat.
    """
    at = protocol.HEADER_SIZE
    while at < target < question_end - 4:
        at += 1 + wire[at]
    return at == target < question_end - 4


def _record(wire: bytes, at: int, question_end: int) -> _Record:
    end = _owner_end(wire, at, question_end)
    if end + RECORD.size > len(wire):
        raise _Malformed
    rtype, rclass, ttl, size = RECORD.unpack_from(wire, end)
    start = end + RECORD.size
    if start + size > len(wire):
        raise _Malformed
    return _Record(wire[at:end], rtype, rclass, ttl, wire[start : start + size], start + size)


def _authority(wire: bytes, at: int, count: int, qtype: int) -> int:
    """A query has no authority section; IXFR alone shows the SOA that its sender has (RFC 1995 3)."""
    if count == 0:
        return at
    if count > 1 or qtype != protocol.IXFR:
        raise _Malformed
    record = _record(wire, at, at)
    if record.rtype != protocol.SOA:
        raise _Malformed
    return record.end


def _additional(wire: bytes, at: int, count: int, question_end: int) -> tuple[Edns | None, Tsig | None, int]:
    """At most one OPT and, as the very last record (RFC 8945 5.1), one TSIG."""
    edns: Edns | None = None
    tsig: Tsig | None = None
    if count > 2:
        raise _Malformed
    for place in range(1, count + 1):
        record = _record(wire, at, question_end)
        if record.rtype == protocol.OPT and edns is None:
            edns = _edns(record)
        elif record.rtype == protocol.TSIG and place == count:
            tsig = _tsig(record)
        else:
            raise _Malformed
        at = record.end
    return edns, tsig, at


def _opt_alone(wire: bytes, count: int) -> Edns | None:
    return _additional(wire, protocol.HEADER_SIZE, count, protocol.HEADER_SIZE)[0]


def _edns(record: _Record) -> Edns:
    if record.owner != b"\0":  # RFC 6891 6.1.2
        raise _Malformed
    at = 0
    while at < len(record.rdata):  # the options must fill RDLENGTH to the octet
        if at + 4 > len(record.rdata):
            raise _Malformed
        at += 4 + PAIR.unpack_from(record.rdata, at)[1]
    if at != len(record.rdata):
        raise _Malformed
    return Edns(record.rclass, bool(record.ttl & protocol.DO), record.ttl >> 16 & 255)


def _tsig(record: _Record) -> Tsig:
    """RFC 8945 4.2: algorithm, time (48 bits), fudge, MAC, original ID, error, other data."""
    if record.rclass != protocol.CLASS_ANY or record.ttl:
        raise _Malformed
    rdata = record.rdata
    _, end = _name(rdata, 0)
    at = end + 8
    at = _after_counted(rdata, at) + 4
    if len(rdata) < at or _after_counted(rdata, at) != len(rdata):
        raise _Malformed
    return Tsig(record.owner, rdata[:end], rdata[end : end + 8], int.from_bytes(rdata[at - 4 : at - 2], "big"))


def _after_counted(data: bytes, at: int) -> int:
    if at + 2 > len(data):
        raise _Malformed
    return at + 2 + int.from_bytes(data[at : at + 2], "big")
