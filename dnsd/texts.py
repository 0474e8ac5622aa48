"""The text of an answer: why an address is listed, and the lookup page's URL, which ends in the address that was asked.

It writes what Snapshot.explain() says, where nothing has to be replaced or cut in it; everything else is left to
resolver.py. It knows neither packet nor decision.

It runs interpreted, or compiled from the same lines (texts.pxd declares the types).
"""

from __future__ import annotations

from array import array

import cython

from reputation.verdict import decision, zones
from reputation.verdict.snapshot import Snapshot

SLOW_PATH = cython.declare(cython.Py_ssize_t, -1)
STANDARD = cython.declare(cython.int, zones.STANDARD)
FIRST_LISTING = cython.declare(cython.uint, 4)  # decision.NAMES: from here on a listing decided, before it a rule
LONGEST_STRING = cython.declare(cython.Py_ssize_t, 255)  # octets of a character-string (RFC 1035 3.3)
TEST_ADDRESS = cython.declare(cython.uint, decision.NAMES.index("test address"))
_BEFORE, _BEHIND = (array("B", part.encode()) for part in decision.TEST_REASON.split("$"))
BEFORE = cython.declare(cython.uchar[::1], _BEFORE)  # the words about a test address, before and behind it
BEHIND = cython.declare(cython.uchar[::1], _BEHIND)
GROUPS = cython.declare(cython.int, 8)  # of 16 bits, in an IPv6 address


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def text_length(
    snapshot: Snapshot,
    database: cython.int,
    step: cython.uint,
    place: cython.uint,
    version: cython.int,
    high: cython.ulonglong,
    low: cython.ulonglong,
) -> cython.Py_ssize_t:
    """Return the octets of the TXT record's data; -1 where the text is a rule's, or has to be cut or filled in."""
    size: cython.Py_ssize_t
    if not snapshot.lookup_length or (step < FIRST_LISTING and step != TEST_ADDRESS):
        return SLOW_PATH
    if step == TEST_ADDRESS:
        size = len(BEFORE) + length_of_4(low) + len(BEHIND)
    elif database == STANDARD:
        size = snapshot.standard.text_size(place)
    else:
        size = snapshot.dynamic.text_size(place)
    if not size:
        return SLOW_PATH
    size += 3 + snapshot.lookup_length + (length_of_4(low) if version == 4 else length_of_6(high, low))
    return size + 1 if size <= LONGEST_STRING else SLOW_PATH


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_text(
    wire: cython.uchar[::1],
    at: cython.Py_ssize_t,
    snapshot: Snapshot,
    database: cython.int,
    step: cython.uint,
    place: cython.uint,
    version: cython.int,
    high: cython.ulonglong,
    low: cython.ulonglong,
    data: cython.Py_ssize_t,
) -> cython.void:
    """Write one character-string: `data` octets with its length."""
    i: cython.Py_ssize_t
    wire[at] = data - 1
    if step == TEST_ADDRESS:
        at = put_test_reason(wire, at + 1, low)
    elif database == STANDARD:
        at = snapshot.standard.put_text(place, wire, at + 1)
    else:
        at = snapshot.dynamic.put_text(place, wire, at + 1)
    wire[at] = 32
    wire[at + 1] = 45
    wire[at + 2] = 32
    at += 3
    for i in range(snapshot.lookup_length):
        wire[at] = snapshot.lookup[i]
        at += 1
    if version == 4:
        put_4(wire, at, low)
    else:
        put_6(wire, at, high, low)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_test_reason(wire: cython.uchar[::1], at: cython.Py_ssize_t, address: cython.uint) -> cython.Py_ssize_t:
    """Write what is said of a test address, and return where it ends."""
    i: cython.Py_ssize_t
    for i in range(len(BEFORE)):
        wire[at] = BEFORE[i]
        at += 1
    at = put_4(wire, at, address)
    for i in range(len(BEHIND)):
        wire[at] = BEHIND[i]
        at += 1
    return at


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def length_of_4(address: cython.uint) -> cython.Py_ssize_t:
    """Return the number of characters of an IPv4 address in text."""
    length: cython.Py_ssize_t = 3
    shift: cython.uint
    octet: cython.uint
    for shift in range(0, 32, 8):
        octet = (address >> shift) & 255
        length += 1 if octet < 10 else 2 if octet < 100 else 3
    return length


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_4(wire: cython.uchar[::1], at: cython.Py_ssize_t, address: cython.uint) -> cython.Py_ssize_t:
    """Write an IPv4 address in text, and return where it ends."""
    i: cython.uint
    for i in range(4):
        at = put_octet(wire, at, address >> (24 - 8 * i) & 255)
        if i < 3:
            wire[at] = 46
            at += 1
    return at


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_octet(wire: cython.uchar[::1], at: cython.Py_ssize_t, octet: cython.uint) -> cython.Py_ssize_t:
    """Write the octet in decimal, and return where it ends."""
    if octet > 99:
        wire[at] = 48 + octet // 100
        at += 1
    if octet > 9:
        wire[at] = 48 + octet // 10 % 10
        at += 1
    wire[at] = 48 + octet % 10
    return at + 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def length_of_6(high: cython.ulonglong, low: cython.ulonglong) -> cython.Py_ssize_t:
    """Return the number of characters of an IPv6 address in text (RFC 5952 4)."""
    length: cython.Py_ssize_t = 0
    i: cython.int
    begin: cython.int
    end: cython.int
    begin, end = longest_gap(high, low)
    for i in range(GROUPS):
        if i == begin:
            length += 2
        elif not begin <= i < end:
            length += digits(group_at(high, low, i)) + (1 if i and i != end else 0)
    return length


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def put_6(wire: cython.uchar[::1], at: cython.Py_ssize_t, high: cython.ulonglong, low: cython.ulonglong) -> cython.void:
    """Write an IPv6 address in text (RFC 5952 4)."""
    i: cython.int
    begin: cython.int
    end: cython.int
    begin, end = longest_gap(high, low)
    for i in range(GROUPS):
        if i == begin:
            wire[at] = 58
            wire[at + 1] = 58
            at += 2
        elif not begin <= i < end:
            if i and i != end:  # behind a gap stands its own colon
                wire[at] = 58
                at += 1
            at = put_group(wire, at, group_at(high, low, i))


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def longest_gap(high: cython.ulonglong, low: cython.ulonglong) -> tuple[cython.int, cython.int]:
    """Find the first of the longest runs of zero groups: return where it begins, and the group behind it; or both -1.

    A run has two groups at least (RFC 5952 4.2.2).
    """
    i: cython.int
    zeros: cython.int = 0
    begin: cython.int = -1
    size: cython.int = 1
    for i in range(GROUPS):
        zeros = 0 if group_at(high, low, i) else zeros + 1
        if zeros > size:
            begin, size = i + 1 - zeros, zeros
    return begin, (begin + size if begin >= 0 else -1)


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def group_at(high: cython.ulonglong, low: cython.ulonglong, place: cython.int) -> cython.uint:
    """Return one of the eight groups of an IPv6 address, from the left."""
    half: cython.ulonglong = high if place < 4 else low
    return half >> (48 - 16 * (place & 3)) & 0xFFFF


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def digits(group: cython.uint) -> cython.int:
    """Return the number of hexadecimal digits without leading zeros (RFC 5952 4.1)."""
    return 1 if group < 0x10 else 2 if group < 0x100 else 3 if group < 0x1000 else 4


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_group(wire: cython.uchar[::1], at: cython.Py_ssize_t, group: cython.uint) -> cython.Py_ssize_t:
    """Write the group in hexadecimal, in lower case (RFC 5952 4.3), and return where it ends."""
    end: cython.Py_ssize_t = at + digits(group)
    place: cython.Py_ssize_t = end - 1
    digit: cython.uint
    while place >= at:
        digit = group & 15
        wire[place] = 48 + digit if digit < 10 else 87 + digit
        group >>= 4
        place -= 1
    return end
