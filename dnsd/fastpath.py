"""The plain packet: a complete address, asked by A or TXT under a known code. Its reply is written over the query.

Everything else is left as it came (SLOW_PATH) and goes to resolver.py: whatever is answered here is answered there with
the same bytes (tests/dnsd/test_fastpath.py). It knows no socket, and decides nothing: `judge` does.

It runs interpreted, or compiled from the same lines (fastpath.pxd declares the types).
"""

from __future__ import annotations

from array import array

import cython

from dnsd import protocol
from reputation.verdict import counters, zones
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.tally import Tally

if cython.compiled:
    from cython.cimports.dnsd.texts import put_text, text_length
    from cython.cimports.reputation.verdict.decision import judge
else:
    from dnsd.texts import put_text, text_length
    from reputation.verdict.decision import judge

SLOW_PATH = cython.declare(cython.Py_ssize_t, -1)
HEADER = cython.declare(cython.Py_ssize_t, 12)
CODE = cython.declare(cython.Py_ssize_t, 31)  # octets of an activation code
OPT_SIZE = cython.declare(cython.Py_ssize_t, 11)  # octets of an OPT record without options
RECORD = cython.declare(cython.Py_ssize_t, 12)  # octets of a record before its data, its owner a pointer
NUMBERS = cython.declare(cython.Py_ssize_t, 20)  # octets of an SOA behind its names (RFC 1035 3.3.13)
A = cython.declare(cython.uint, protocol.A)
TXT = cython.declare(cython.uint, protocol.TXT)
SOA = cython.declare(cython.uint, protocol.SOA)
OPT = cython.declare(cython.uint, protocol.OPT)
PLAIN_SIZE = cython.declare(cython.Py_ssize_t, protocol.PLAIN_UDP_SIZE)
EDNS_SIZE = cython.declare(cython.Py_ssize_t, protocol.EDNS_SIZE)
LONGEST_NAME = cython.declare(cython.Py_ssize_t, protocol.LONGEST_NAME)
STANDARD = cython.declare(cython.int, zones.STANDARD)
DYNAMIC = cython.declare(cython.int, zones.DYNAMIC)
STANDARD_LABEL = cython.declare(cython.uint, zones.DATABASE_LABELS[zones.STANDARD][0])
DYNAMIC_LABEL = cython.declare(cython.uint, zones.DATABASE_LABELS[zones.DYNAMIC][0])
LOW_32 = cython.declare(cython.ulonglong, 0xFFFFFFFF)
TXT_COLUMN = cython.declare(cython.Py_ssize_t, counters.TXT_COLUMN)
NOT_SUBSCRIBED_COLUMN = cython.declare(cython.Py_ssize_t, counters.NOT_SUBSCRIBED_COLUMN)


@cython.final
@cython.cclass
class Zone:
    """What all replies of a zone have in common: its name, the SOA's data without the serial, and the times to live.

    `name` is in wire form and lower case, the root included. `soa` is the data of the SOA record where the zone's name
    stands at offset 0; `pointers` are the places in it that point to that name. `not_subscribed` is the EDNS option of
    an answer from a database that the subscription does not include.
    """

    def __init__(
        self,
        name: bytes,
        soa: bytes,
        pointers: list[int],
        ttl: tuple[int, int],
        negative_ttl: int,
        not_subscribed: bytes,
    ) -> None:
        self.octets = name
        self.name, self.upper, self.length = array("B", name), array("B", name.upper()), len(name)
        self.soa, self.soa_length = array("B", soa), len(soa)
        self.first, self.second = (*pointers, -1, -1)[:2]
        self.ttl, self.dynamic_ttl = ttl
        self.negative_ttl = negative_ttl
        self.not_subscribed, self.not_subscribed_length = array("B", not_subscribed), len(not_subscribed)


def answer(zone: Zone, snapshot: Snapshot, tally: Tally, wire: bytearray, length: int, now: int) -> int:
    """Write the reply over the query in `wire`, and return its length; or SLOW_PATH (-1), with the query as it was."""
    return respond(zone, snapshot, tally, wire, 0, length, now)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def respond(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Write the reply to the packet at wire[base:] in its place, and return its length, or SLOW_PATH."""
    at: cython.Py_ssize_t = base + HEADER
    end: cython.Py_ssize_t = base + length
    version: cython.int
    high: cython.ulonglong
    low: cython.ulonglong
    shared: cython.bint
    database: cython.int
    organization: cython.int
    kind: cython.uint
    limit: cython.Py_ssize_t
    # One question, no answer, no authority, at most one record more; a reply (QR) or an opcode is not ours. In this
    # order nothing is read that was not received.
    if length < HEADER or wire[base + 2] & 0xF8 or wire[base + 4] or wire[base + 5] != 1 or wire[base + 11] > 1:
        return SLOW_PATH
    if wire[base + 6] | wire[base + 7] | wire[base + 8] | wire[base + 9] | wire[base + 10]:
        return SLOW_PATH
    at, version, high, low, shared = read_address(wire, at, end)
    # The code, the database label and the zone, then type and class: all of it must be there.
    if at < 0 or at + CODE + 3 + zone.length + 4 > end or wire[at] != CODE:
        return SLOW_PATH
    zone_at: cython.Py_ssize_t = at + CODE + 3
    if zone_at + zone.length - base - HEADER > LONGEST_NAME or not ends_in(wire, zone_at, zone):
        return SLOW_PATH
    database = database_of(wire, at + CODE + 1)
    if database < 0:
        return SLOW_PATH
    organization = snapshot.policies.organization(wire, at + 1, now)
    if organization < 0 or organization >= tally.organizations:
        return SLOW_PATH
    at = zone_at + zone.length
    kind = wire[at + 1]
    if wire[at] or wire[at + 2] or wire[at + 3] != 1 or (kind != A and kind != TXT):
        return SLOW_PATH
    at += 4
    limit = room(wire, at, end, wire[base + 11])
    if limit < 0:
        return SLOW_PATH
    if not snapshot.policies.databases[organization] >> database & 1:
        return deny(zone, snapshot, tally, wire, base, at, zone_at, limit, database, organization, now)
    return reply(
        zone,
        snapshot,
        tally,
        wire,
        base,
        at,
        zone_at,
        limit,
        database,
        organization,
        kind,
        version,
        high,
        low,
        shared,
        now,
    )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def bucket_in(wire: cython.uchar[::1], base: cython.Py_ssize_t, length: cython.Py_ssize_t) -> cython.uint:
    """Return the first 16 bits of the IPv4 address that the packet at wire[base:] seems to ask about.

    The result is arbitrary where the packet asks about none. The slot behind a packet has room for labels that it only
    claims to have.

    The slot behind a packet has room for labels that it only claims to have.
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

    The last value tells whether the name is also the parent of an IPv6 address. The first is -1 where this is no plain
    address. An address inside 127/8 is not plain: it is a test.
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
    if value >> 24 == 127:
        return SLOW_PATH, 4, 0, 0, False
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
        return SLOW_PATH, 6, 0, 0, False
    for i in range(32):
        digit = nibble(wire[at + 1])
        if wire[at] != 1 or digit < 0:
            return SLOW_PATH, 6, 0, 0, False
        part = digit
        if i < 16:
            low |= part << (4 * i)
        else:
            high |= part << (4 * (i - 16))
        at += 2
    if high == 0 and low >> 32 == 0xFFFF:  # the IPv4 address behind it: a dual-stack socket must not hide a sender
        low &= LOW_32
        if low >> 24 == 127:
            return SLOW_PATH, 4, 0, 0, False
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
        return PLAIN_SIZE if at == end else SLOW_PATH
    # Root, type 41, and version 0 (RFC 6891 6.1.2): what is in the options is ignored, but they must fill the record.
    if at + OPT_SIZE > end or wire[at] or wire[at + 1] or wire[at + 2] != OPT or wire[at + 6]:
        return SLOW_PATH
    if at + OPT_SIZE + (wire[at + 9] << 8) + wire[at + 10] != end:
        return SLOW_PATH
    option = at + OPT_SIZE
    while option < end:
        if option + 4 > end:
            return SLOW_PATH
        option += 4 + (wire[option + 2] << 8) + wire[option + 3]
    if option != end:
        return SLOW_PATH
    size = (wire[at + 3] << 8) + wire[at + 4]
    return PLAIN_SIZE if size < PLAIN_SIZE else size if size < EDNS_SIZE else EDNS_SIZE


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def reply(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    database: cython.int,
    organization: cython.int,
    kind: cython.uint,
    version: cython.int,
    high: cython.ulonglong,
    low: cython.ulonglong,
    shared: cython.bint,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Decide, count, and write the reply behind the question, which ends at `at`."""
    code: cython.uint
    until: cython.uint
    step: cython.uint
    place: cython.uint
    ttl: cython.uint
    left: cython.uint
    data: cython.Py_ssize_t  # octets of the record's data
    edns: cython.bint = wire[base + 11] != 0
    dnssec_ok: cython.uint = wire[at + 7] & 0x80 if edns else 0
    code, until, step, place = judge(snapshot, database, organization, version, high, low, now)
    data = 4 if code else zone.soa_length
    if code and kind == TXT:
        data = text_length(snapshot, database, step, place, version, high, low)
        if data < 0:
            return SLOW_PATH
    if at - base + RECORD + data + (OPT_SIZE if edns else 0) > limit:
        return SLOW_PATH
    if kind == A:
        tally.connection(organization, database, code, version, high, low, now)
    else:
        tally.count(organization, database, TXT_COLUMN, now)

    # NXDOMAIN unless listed, or unless the name has names below it (RFC 8020 2).
    put_header(wire, base, 0 if code or shared else 3, 1 if code else 0)
    # No cache may keep an answer beyond the end of the listing or of the rule that made it.
    left = until - now if now < until else 0
    if not code:
        ttl = zone.negative_ttl
        put_record(wire, at, zone_at - base, SOA, ttl if ttl < left else left, data)
        put_soa(wire, at + RECORD, zone_at - base, zone, snapshot.serial)
    else:
        ttl = zone.ttl if database == STANDARD else zone.dynamic_ttl
        put_record(wire, at, HEADER, kind, ttl if ttl < left else left, data)
        if kind == A:
            wire[at + RECORD] = 127
            wire[at + RECORD + 1] = 0
            wire[at + RECORD + 2] = 0
            wire[at + RECORD + 3] = code
        else:
            put_text(wire, at + RECORD, snapshot, database, place, version, high, low, data)
    at += RECORD + data
    if edns:
        put_opt(wire, at, dnssec_ok)
        at += OPT_SIZE
    return at - base


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def deny(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    database: cython.int,
    organization: cython.int,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Write NXDOMAIN behind the question, which ends at `at`: the subscription does not include the database.

    There are no names below this one either, so the answer is the same for an IPv6 address's parent.
    """
    i: cython.Py_ssize_t
    edns: cython.bint = wire[base + 11] != 0
    dnssec_ok: cython.uint = wire[at + 7] & 0x80 if edns else 0
    size: cython.Py_ssize_t = OPT_SIZE + zone.not_subscribed_length if edns else 0
    if at - base + RECORD + zone.soa_length + size > limit:
        return SLOW_PATH
    tally.count(organization, database, NOT_SUBSCRIBED_COLUMN, now)
    put_header(wire, base, 3, 0)
    put_record(wire, at, zone_at - base, SOA, zone.negative_ttl, zone.soa_length)
    put_soa(wire, at + RECORD, zone_at - base, zone, snapshot.serial)
    at += RECORD + zone.soa_length
    if edns:
        put_opt(wire, at, dnssec_ok)
        wire[at + OPT_SIZE - 1] = zone.not_subscribed_length
        for i in range(zone.not_subscribed_length):
            wire[at + OPT_SIZE + i] = zone.not_subscribed[i]
    return at + size - base


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def put_header(
    wire: cython.uchar[::1], base: cython.Py_ssize_t, rcode: cython.uint, answers: cython.uint
) -> cython.void:
    """Write the flags (QR, AA, RD as asked) and the counts; the record is an answer, or the SOA in the authority."""
    wire[base + 2] = 0x84 | (wire[base + 2] & 1)
    wire[base + 3] = rcode
    wire[base + 7] = answers
    wire[base + 9] = 1 - answers


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
