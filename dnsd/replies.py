"""How a reply is put together: header, the question byte for byte, records, OPT, and truncation. It decides nothing.

Errors are written by hand, so that the answer to a broken packet depends on no codec. Flags: never RA, AD, CD or Z; AA
only where the reply says so; RD as asked (RFC 1035 4.1.1, RFC 6840 5.7).
"""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

from dnslib.label import DNSBuffer

from dnsd import protocol
from dnsd.names import Labels
from dnsd.packets import HEADER, Edns, Fault, Query, Tsig


class Extended(NamedTuple):
    """An extended error (RFC 8914): its number, and words for the person who reads it."""

    number: int
    words: str = ""


NO_SUCH_CODE = Extended(protocol.OTHER_ERROR, "no such activation code")
OVER_QUOTA = Extended(protocol.OTHER_ERROR, "the daily quota of this activation code is used up")
NOT_SUBSCRIBED = Extended(protocol.OTHER_ERROR, "this database is not part of the subscription")


class Reply(NamedTuple):
    """What is answered; the records are dnslib's. `aa` is set for names of our zone alone."""

    rcode: int
    aa: bool = False
    answer: tuple[Any, ...] = ()
    authority: tuple[Any, ...] = ()
    extended: Extended | None = None


def size_limit(edns: Edns | None, tcp: bool) -> int:
    """Return the octets that a reply may take (RFC 6891 6.2.3 to 6.2.5); TCP is limited by its length field alone."""
    if tcp:
        return protocol.TCP_SIZE
    if edns is None:
        return protocol.PLAIN_UDP_SIZE
    return min(max(edns.size, protocol.PLAIN_UDP_SIZE), protocol.EDNS_SIZE)


def pack(query: Query, reply: Reply, limit: int) -> bytes:
    """Return the reply on the wire; where it would pass `limit`, TC, question and OPT, and no part of a record set."""
    buffer = _buffer(query)
    for record in (*reply.answer, *reply.authority):
        record.pack(buffer)
    body = bytes(buffer.data[protocol.HEADER_SIZE :]) + _opt(query.edns, reply.rcode, reply.extended)
    if protocol.HEADER_SIZE + len(body) > limit:
        return truncated(query, reply)
    counts = (1, len(reply.answer), len(reply.authority), 1 if query.edns else 0)
    return _header(query.id, protocol.QUERY, query.rd, reply.rcode, protocol.AA if reply.aa else 0, counts) + body


def truncated(query: Query, reply: Reply) -> bytes:
    """Return the reply that sends the asker to TCP: TC, the question, OPT, nothing else (RFC 2181 9, RFC 7766 5)."""
    flags = protocol.TC | (protocol.AA if reply.aa else 0)
    header = _header(query.id, protocol.QUERY, query.rd, reply.rcode, flags, (1, 0, 0, 1 if query.edns else 0))
    return header + query.question + _opt(query.edns, reply.rcode)


def error(fault: Fault) -> bytes:
    """Return the reply to a packet that cannot be answered: it is never larger than the packet."""
    counts = (1 if fault.question else 0, 0, 0, 1 if fault.edns else 0)
    header = _header(fault.id, fault.opcode, fault.rd, fault.rcode, 0, counts)
    return header + fault.question + _opt(fault.edns, fault.rcode)


def unknown_key(query: Query, tsig: Tsig) -> bytes:
    """Return NOTAUTH with an unsigned TSIG that says BADKEY: we share a key with nobody (RFC 8945 5.2.1, 5.3.2)."""
    rdata = tsig.algorithm + tsig.time_and_fudge + struct.pack("!HHHH", 0, tsig.original_id, protocol.BADKEY, 0)
    record = tsig.owner + struct.pack("!HHIH", protocol.TSIG, protocol.CLASS_ANY, 0, len(rdata)) + rdata
    counts = (1, 0, 0, 2 if query.edns else 1)
    header = _header(query.id, protocol.QUERY, query.rd, protocol.NOTAUTH, 0, counts)
    return header + query.question + _opt(query.edns, protocol.NOTAUTH) + record


def last_resort(wire: bytes, rcode: int) -> bytes:
    """Return an error made of a packet's first four octets, for when our own code failed on it."""
    ident, flags = struct.unpack_from("!HH", wire)
    return _header(ident, flags >> 11 & 15, bool(flags & protocol.RD), rcode, 0, (0, 0, 0, 0))


def _header(ident: int, opcode: int, rd: bool, rcode: int, flags: int, counts: tuple[int, int, int, int]) -> bytes:
    # BADVERS and above keep their upper bits in OPT (RFC 6891 6.1.3)
    flags |= protocol.QR | opcode << 11 | (protocol.RD if rd else 0) | rcode & 15
    return HEADER.pack(ident, flags, *counts)


def _buffer(query: Query) -> DNSBuffer:
    """A buffer that begins as the reply does, and knows the asked name's parts to point to."""
    buffer = DNSBuffer(bytes(protocol.HEADER_SIZE) + query.question)
    buffer.offset = len(buffer.data)
    buffer.names.update(_offsets(query.labels))
    return buffer


def _offsets(labels: Labels) -> dict[Labels, int]:
    offsets, at = {}, protocol.HEADER_SIZE
    for place, label in enumerate(labels):
        offsets[labels[place:]] = at
        at += len(label) + 1
    return offsets


def _opt(edns: Edns | None, rcode: int, extended: Extended | None = None) -> bytes:
    """OPT only where the query had one (RFC 6891 7): version 0, our size, DO as asked, nothing else (6.1.4)."""
    if edns is None:
        return b""
    options = extended_error(extended) if extended else b""
    ttl = rcode >> 4 << 24 | (protocol.DO if edns.dnssec_ok else 0)
    return b"\0" + struct.pack("!HHIH", protocol.OPT, protocol.EDNS_SIZE, ttl, len(options)) + options


def extended_error(extended: Extended) -> bytes:
    """Return the EDNS option that carries an extended error (RFC 8914 2)."""
    words = extended.words.encode()
    return struct.pack("!HHH", protocol.EXTENDED_ERROR, 2 + len(words), extended.number) + words
