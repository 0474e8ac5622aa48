"""The reading of a query in place: its name, label by label, and what may follow the question. It writes nothing.

Nothing is read that was not received. What cannot be read here is not judged: packets.py does, and says what is wrong.

It runs interpreted, or compiled from the same lines (questions.pxd declares the types).
"""

from __future__ import annotations

import cython

from dnsd import protocol
from dnsd.writing import Zone
from reputation.verdict import zones

NONE = cython.declare(cython.Py_ssize_t, -1)
HEADER = cython.declare(cython.Py_ssize_t, 12)
OPT_SIZE = cython.declare(cython.Py_ssize_t, 11)  # octets of an OPT record without options
OPT = cython.declare(cython.uint, protocol.OPT)
PLAIN_SIZE = cython.declare(cython.Py_ssize_t, protocol.PLAIN_UDP_SIZE)
EDNS_SIZE = cython.declare(cython.Py_ssize_t, protocol.EDNS_SIZE)
LONGEST_NAME = cython.declare(cython.Py_ssize_t, protocol.LONGEST_NAME)
LONGEST_LABEL = cython.declare(cython.uint, protocol.LONGEST_LABEL)
STANDARD = cython.declare(cython.int, zones.STANDARD)
DYNAMIC = cython.declare(cython.int, zones.DYNAMIC)
STANDARD_LABEL = cython.declare(cython.uint, zones.DATABASE_LABELS[zones.STANDARD][0])
DYNAMIC_LABEL = cython.declare(cython.uint, zones.DATABASE_LABELS[zones.DYNAMIC][0])
LOW_32 = cython.declare(cython.ulonglong, 0xFFFFFFFF)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def bucket_in(wire: cython.uchar[::1], base: cython.Py_ssize_t, length: cython.Py_ssize_t) -> cython.uint:
    """Return the first 16 bits of the IPv4 address that the packet at wire[base:] seems to ask about.

    The result is arbitrary where the packet asks about none. The slot behind a packet has room for labels that it only
    claims to have.
    """
    end: cython.Py_ssize_t = base + length
    at: cython.Py_ssize_t = base + HEADER
    low: cython.int
    at += wire[at] + 1
    at += wire[at] + 1
    low = octet_at(wire, at, end) & 255
    return (octet_at(wire, at + wire[at] + 1, end) & 255) << 8 | low


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def read_address(
    wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> tuple[cython.Py_ssize_t, cython.int, cython.ulonglong, cython.ulonglong, cython.bint]:
    """Read an address: return where it ends, its version, and its two halves.

    The last value tells whether the name is also the parent of an IPv6 address. The first is -1 where this is no
    complete address.
    """
    begin: cython.Py_ssize_t = at
    octet: cython.int
    part: cython.uint
    value: cython.uint = 0
    shift: cython.uint = 0
    shared: cython.bint = True
    while shift < 32:
        octet = octet_at(wire, at, end)
        if octet < 0:
            return read_nibbles(wire, begin, end)
        part = octet  # unsigned: no cast, which costs more than all else here where it is interpreted
        value |= part << shift
        shift += 8
        if wire[at] != 1:
            shared = False
        at += wire[at] + 1
    if at >= end or wire[at] == 1:  # four digits, and more of them: IPv6
        return read_nibbles(wire, begin, end)
    return at, 4, 0, value, shared


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def octet_at(wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.int:
    """Read the number in a label of one to three digits, without a leading zero and at most 255; else return -1."""
    size: cython.int
    value: cython.int = 0
    i: cython.Py_ssize_t
    digit: cython.int
    if at >= end:
        return -1
    size = wire[at]
    if size < 1 or size > 3 or at + size >= end or (size > 1 and wire[at + 1] == 48):
        return -1
    for i in range(at + 1, at + 1 + size):
        digit = wire[i] - 48
        if digit < 0 or digit > 9:
            return -1
        value = value * 10 + digit
    return value if value < 256 else -1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def read_nibbles(
    wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> tuple[cython.Py_ssize_t, cython.int, cython.ulonglong, cython.ulonglong, cython.bint]:
    """Read the same from 32 labels of one hexadecimal digit each, the lowest first (RFC 5782 2.4)."""
    high: cython.ulonglong = 0
    low: cython.ulonglong = 0
    digit: cython.int
    part: cython.ulonglong
    i: cython.uint
    if at + 64 >= end:
        return NONE, 6, 0, 0, False
    for i in range(32):
        digit = nibble(wire[at + 1])
        if wire[at] != 1 or digit < 0:
            return NONE, 6, 0, 0, False
        part = digit
        if i < 16:
            low |= part << (4 * i)
        else:
            high |= part << (4 * (i - 16))
        at += 2
    if high == 0 and low >> 32 == 0xFFFF:  # the IPv4 address behind it: a dual-stack socket must not hide a sender
        low &= LOW_32
        return at, 4, 0, low, False
    return at, 6, high, low, False


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def nibble(octet: cython.uint) -> cython.int:
    """Read a hexadecimal digit in any case; return -1 for every other octet."""
    if 48 <= octet <= 57:
        return octet - 48
    octet |= 32
    return octet - 87 if 97 <= octet <= 102 else -1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def ends_in(wire: cython.uchar[::1], at: cython.Py_ssize_t, zone: Zone) -> cython.bint:
    """Tell whether the zone's name is here, in any case."""
    i: cython.Py_ssize_t
    differs: cython.uint = 0
    if not cython.compiled:
        return wire[at : at + zone.length].lower() == zone.octets
    for i in range(zone.length):  # to the end each time: so it is done many octets at once
        differs |= (wire[at + i] != zone.name[i]) & (wire[at + i] != zone.upper[i])
    return differs == 0


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def database_of(wire: cython.uchar[::1], at: cython.Py_ssize_t) -> cython.int:
    """Return the database of the label here; -1 where it names none."""
    letter: cython.uint = wire[at + 1] | 32
    if wire[at] != 1:
        return -1
    return STANDARD if letter == STANDARD_LABEL else DYNAMIC if letter == DYNAMIC_LABEL else -1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def room(
    wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t, records: cython.uint
) -> cython.Py_ssize_t:
    """Return how many octets the reply may take, by the OPT record if there is one; -1 where the rest is not plain."""
    size: cython.Py_ssize_t
    option: cython.Py_ssize_t
    if not records:
        return PLAIN_SIZE if at == end else NONE
    # Root, type 41, and version 0 (RFC 6891 6.1.2): what is in the options is ignored, but they must fill the record.
    if at + OPT_SIZE > end or wire[at] or wire[at + 1] or wire[at + 2] != OPT or wire[at + 6]:
        return NONE
    if at + OPT_SIZE + (wire[at + 9] << 8) + wire[at + 10] != end:
        return NONE
    option = at + OPT_SIZE
    while option < end:
        if option + 4 > end:
            return NONE
        option += 4 + (wire[option + 2] << 8) + wire[option + 3]
    if option != end:
        return NONE
    size = (wire[at + 3] << 8) + wire[at + 4]
    return PLAIN_SIZE if size < PLAIN_SIZE else size if size < EDNS_SIZE else EDNS_SIZE


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def end_of_name(wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Return where the name that begins here ends, behind its root; -1 where it is none (RFC 1035 3.1)."""
    begin: cython.Py_ssize_t = at
    while at < end and wire[at]:
        if wire[at] > LONGEST_LABEL:  # 0x40, 0x80 and pointers are above 63
            return NONE
        at += wire[at] + 1
    if at >= end or at + 1 - begin > LONGEST_NAME:
        return NONE
    return at + 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def labels_before(
    wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> tuple[cython.Py_ssize_t, cython.Py_ssize_t, cython.bint]:
    """Return where the last two labels before `end` begin, the last but one first; -1 where there are not so many.

    The last value tells whether a label begins at `end`, too.
    """
    last: cython.Py_ssize_t = NONE
    before: cython.Py_ssize_t = NONE
    while at < end:
        before = last
        last = at
        at += wire[at] + 1
    return before, last, at == end


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def is_part(wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t) -> cython.bint:
    """Tell whether the labels up to `end` are the end of an address in reverse: octets, or nibbles (RFC 9156)."""
    count: cython.int = 0
    octets: cython.bint = True
    nibbles: cython.bint = True
    while at < end:
        count += 1
        if wire[at] != 1 or nibble(wire[at + 1]) < 0:
            nibbles = False
        if octets and octet_at(wire, at, end) < 0:
            octets = False
        at += wire[at] + 1
    return (octets and count <= 4) or (nibbles and count <= 32)
