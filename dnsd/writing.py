"""The writing of a reply over its query: header, records, OPT. It decides nothing, and knows no list and no code.

Lengths are asked before anything is written, since a reply that has no room leaves the query as it was.

It runs interpreted, or compiled from the same lines (writing.pxd declares the types).
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import cython

from dnsd import protocol

OPT_SIZE = cython.declare(cython.Py_ssize_t, 11)  # octets of an OPT record without options
RECORD = cython.declare(cython.Py_ssize_t, 12)  # octets of a record before its data, its owner a pointer
NUMBERS = cython.declare(cython.Py_ssize_t, 20)  # octets of an SOA behind its names (RFC 1035 3.3.13)
SOA = cython.declare(cython.uint, protocol.SOA)
OPT = cython.declare(cython.uint, protocol.OPT)
LARGE_RECORDS = 128  # octets: three times a question
EDNS_SIZE = cython.declare(cython.Py_ssize_t, protocol.EDNS_SIZE)


@cython.final
@cython.cclass
class Zone:
    """What all replies of a zone have in common: its name, the SOA's data without the serial, and the times to live.

    `name` is in wire form and lower case, the root included. `soa` is the data of the SOA record where the zone's name
    stands at offset 0; `pointers` are the places in it that point to that name. `own` are the names that make up the
    zone, its own first, and what they are answered with. `code_texts` are the answers, by database, to the question
    for a code's TXT record. `no_code`, `over_quota` and `not_subscribed` are EDNS options.
    """

    def __init__(
        self,
        name: bytes,
        soa: bytes,
        pointers: list[int],
        ttl: tuple[int, int],
        negative_ttl: int,
        part_ttl: int,
        own: Sequence[OwnName],
        code_texts: Sequence[bytes],
        no_code: bytes,
        over_quota: bytes,
        not_subscribed: bytes,
    ) -> None:
        self.octets = name
        self.name, self.upper, self.length = array("B", name), array("B", name.upper()), len(name)
        self.soa, self.soa_length = array("B", soa), len(soa)
        self.first, self.second = (*pointers, -1, -1)[:2]
        self.ttl, self.dynamic_ttl = ttl
        self.negative_ttl, self.part_ttl = negative_ttl, part_ttl
        self.no_code, self.over_quota = array("B", no_code), array("B", over_quota)
        self.not_subscribed = array("B", not_subscribed)
        self.nothing = array("B")
        self.own_names, self.own_from = _joined([each.name for each in own])
        self.own_count = len(own)
        self.is_empty = array("B", [each.is_empty for each in own])
        ready = [(number, *each) for number, one in enumerate(own) for each in one.ready]
        self.ready_count = len(ready)
        self.ready_of = array("i", [number for number, *_ in ready] or [0])
        self.ready_type = array("I", [each[1] for each in ready] or [0])
        self.ready_records = array("I", [each[2] for each in ready] or [0])
        self.ready_serial = array("i", [each[3] for each in ready] or [0])
        self.ready_large = array("B", [is_large(len(each[4])) for each in ready] or [False])
        self.ready, self.ready_from = _joined([each[4] for each in ready])
        self.code_texts, self.code_text_from = _joined(code_texts)


def is_large(octets: int) -> bool:
    """Tell whether records of so many octets make a reply that is much larger than its question.

    Such a reply is no cheap one, to be had fifty times a second: its asker may be forged.
    """
    return octets > LARGE_RECORDS


class Ready(NamedTuple):
    """The records of one type that a name of the zone's own is answered with, as they stand behind the question.

    `serial_at` is where the SOA's serial stands in them, -1 where they have none.
    """

    kind: int
    count: int
    serial_at: int
    octets: bytes


class OwnName(NamedTuple):
    """A name that the zone itself is made of, in wire form and lower case; `is_empty` where only names below it are."""

    name: bytes
    is_empty: bool
    ready: tuple[Ready, ...] = ()


def _joined(parts: Sequence[bytes]) -> tuple[array[int], array[int]]:
    """The parts one after the other, and where each begins, with the end of the last."""
    return array("B", b"".join(parts) or b"\0"), array("I", accumulate(map(len, parts), initial=0))


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_header(
    wire: cython.uchar[::1], base: cython.Py_ssize_t, rcode: cython.uint, answers: cython.uint
) -> cython.void:
    """Write the flags (QR, AA, RD as asked) and the counts; without an answer there is the SOA in the authority."""
    wire[base + 2] = 0x84 | (wire[base + 2] & 1)
    wire[base + 3] = rcode
    wire[base + 7] = answers
    wire[base + 9] = 0 if answers else 1


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_record(
    wire: cython.uchar[::1],
    at: cython.Py_ssize_t,
    owner: cython.Py_ssize_t,
    kind: cython.uint,
    ttl: cython.uint,
    data: cython.Py_ssize_t,
) -> cython.void:
    """Write a record up to its data; the owner is a pointer, so that the case that was asked is echoed."""
    wire[at] = 0xC0 | (owner >> 8)
    wire[at + 1] = owner & 255
    wire[at + 2] = 0
    wire[at + 3] = kind
    wire[at + 4] = 0
    wire[at + 5] = 1
    put_number(wire, at + 6, ttl)
    wire[at + 10] = data >> 8
    wire[at + 11] = data & 255


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_number(wire: cython.uchar[::1], at: cython.Py_ssize_t, number: cython.uint) -> cython.void:
    """Write a number of 32 bits in network byte order."""
    wire[at] = number >> 24
    wire[at + 1] = (number >> 16) & 255
    wire[at + 2] = (number >> 8) & 255
    wire[at + 3] = number & 255


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_soa(
    wire: cython.uchar[::1], at: cython.Py_ssize_t, zone_at: cython.Py_ssize_t, zone: Zone, serial: cython.uint
) -> cython.void:
    """Write the SOA's data, with pointers to the zone's name where it is in this question."""
    i: cython.Py_ssize_t
    if cython.compiled:
        for i in range(zone.soa_length):
            wire[at + i] = zone.soa[i]
    else:
        wire[at : at + zone.soa_length] = zone.soa
    put_pointer(wire, at, zone.first, zone_at)
    put_pointer(wire, at, zone.second, zone_at)
    put_number(wire, at + zone.soa_length - NUMBERS, serial)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_pointer(
    wire: cython.uchar[::1], at: cython.Py_ssize_t, place: cython.Py_ssize_t, target: cython.Py_ssize_t
) -> cython.void:
    """Write a pointer to the offset `target` at this place of the data; a place below 0 has none."""
    if place >= 0:
        wire[at + place] = 0xC0 | (target >> 8)
        wire[at + place + 1] = target & 255


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_opt(wire: cython.uchar[::1], at: cython.Py_ssize_t, dnssec_ok: cython.uint) -> cython.void:
    """Write OPT: root, our size, version 0, DO as asked, no options (RFC 6891 6.1.3, RFC 3225 3)."""
    i: cython.Py_ssize_t
    for i in range(at, at + OPT_SIZE):
        wire[i] = 0
    wire[at + 2] = OPT
    wire[at + 3] = EDNS_SIZE >> 8
    wire[at + 4] = EDNS_SIZE & 255
    wire[at + 7] = dnssec_ok


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_negative(
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    zone: Zone,
    serial: cython.uint,
    rcode: cython.uint,
    ttl: cython.uint,
    option: cython.uchar[::1],
) -> cython.Py_ssize_t:
    """Write NODATA (0) or NXDOMAIN (3) with the SOA behind the question, which ends at `at`; return the length."""
    i: cython.Py_ssize_t
    dnssec_ok: cython.uint = wire[at + 7] & 0x80 if wire[base + 11] else 0
    length: cython.Py_ssize_t = negative_length(wire, base, at, zone, option)
    put_header(wire, base, rcode, 0)
    put_record(wire, at, zone_at - base, SOA, ttl, zone.soa_length)
    put_soa(wire, at + RECORD, zone_at - base, zone, serial)
    at += RECORD + zone.soa_length
    if wire[base + 11]:
        put_opt(wire, at, dnssec_ok)
        wire[at + OPT_SIZE - 1] = len(option)
        for i in range(len(option)):
            wire[at + OPT_SIZE + i] = option[i]
    return length


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def negative_length(
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone: Zone,
    option: cython.uchar[::1],
) -> cython.Py_ssize_t:
    """Return the octets that `put_negative` will write, those of the question included."""
    return at - base + RECORD + zone.soa_length + (OPT_SIZE + len(option) if wire[base + 11] else 0)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_ready(
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    octets: cython.uchar[::1],
    begin: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    count: cython.uint,
) -> cython.Py_ssize_t:
    """Write `count` records that stand ready in octets[begin:end] behind the question; return the length."""
    i: cython.Py_ssize_t
    dnssec_ok: cython.uint = wire[at + 7] & 0x80 if wire[base + 11] else 0
    put_header(wire, base, 0, count)
    for i in range(begin, end):
        wire[at] = octets[i]
        at += 1
    if wire[base + 11]:
        put_opt(wire, at, dnssec_ok)
        at += OPT_SIZE
    return at - base


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_truncated(wire: cython.uchar[::1], base: cython.Py_ssize_t, at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Write the reply that sends the asker to TCP: TC, the question, OPT; return the length (RFC 2181 9)."""
    dnssec_ok: cython.uint = wire[at + 7] & 0x80 if wire[base + 11] else 0
    wire[base + 2] = 0x82 | (wire[base + 2] & 1)
    wire[base + 3] = 0
    if wire[base + 11]:
        put_opt(wire, at, dnssec_ok)
        at += OPT_SIZE
    return at - base
