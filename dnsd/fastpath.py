"""The plain packet: a complete address under a known code, asked by any type. Its reply is written over the query.

What is no complete address goes to walk.py; what neither answers is left as it came (SLOW_PATH) and goes to
resolver.py: whatever is answered here is answered there with the same bytes (tests/dnsd/test_fastpath.py). It knows no
socket, and decides nothing: `judge` does.

It runs interpreted, or compiled from the same lines (fastpath.pxd declares the types).
"""

from __future__ import annotations

import cython

from dnsd import protocol, rate_limit
from dnsd.rate_limit import Client, RateLimit
from dnsd.writing import Zone
from reputation.verdict import counters, decision, zones
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.tally import Tally

if cython.compiled:
    from cython.cimports.dnsd.questions import database_of, ends_in, read_address, room
    from cython.cimports.dnsd.texts import put_text, text_length
    from cython.cimports.dnsd.walk import answer_on_the_way, beyond_limit, deny, leave, turned_away, within_limit
    from cython.cimports.dnsd.writing import put_header, put_opt, put_record, put_soa
    from cython.cimports.reputation.verdict.decision import judge
else:
    from dnsd.questions import database_of, ends_in, read_address, room
    from dnsd.texts import put_text, text_length
    from dnsd.walk import answer_on_the_way, beyond_limit, deny, leave, turned_away, within_limit
    from dnsd.writing import put_header, put_opt, put_record, put_soa
    from reputation.verdict.decision import judge

SLOW_PATH = cython.declare(cython.Py_ssize_t, -1)
GO_ON = cython.declare(cython.Py_ssize_t, -2)
SILENCE = cython.declare(cython.Py_ssize_t, 0)
HEADER = cython.declare(cython.Py_ssize_t, 12)
CODE = cython.declare(cython.Py_ssize_t, 31)  # octets of an activation code
OPT_SIZE = cython.declare(cython.Py_ssize_t, 11)  # octets of an OPT record without options
RECORD = cython.declare(cython.Py_ssize_t, 12)  # octets of a record before its data, its owner a pointer
A = cython.declare(cython.uint, protocol.A)
TXT = cython.declare(cython.uint, protocol.TXT)
SOA = cython.declare(cython.uint, protocol.SOA)
ANY = cython.declare(cython.uint, protocol.ANY)
IXFR = cython.declare(cython.uint, protocol.IXFR)
AXFR = cython.declare(cython.uint, protocol.AXFR)
LONGEST_NAME = cython.declare(cython.Py_ssize_t, protocol.LONGEST_NAME)
STANDARD = cython.declare(cython.int, zones.STANDARD)
TEST_ADDRESS = cython.declare(cython.uint, decision.NAMES.index("test address"))
TXT_COLUMN = cython.declare(cython.Py_ssize_t, counters.TXT_COLUMN)
OTHER = cython.declare(cython.Py_ssize_t, counters.ZONE_KINDS.index("other"))
TEST = cython.declare(cython.Py_ssize_t, counters.ZONE_KINDS.index("test"))
OF_CODE = cython.declare(cython.int, rate_limit.CODE_ANSWER)


def answer(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: bytearray,
    length: int,
    now: int,
) -> int:
    """Write the reply over the query in `wire`, and return its length; 0 where none is sent.

    SLOW_PATH (-1) leaves the query as it was, and the verdict of the limit with the client.
    """
    client.verdict = rate_limit.UNDECIDED
    return respond(zone, snapshot, tally, limits, client, wire, 0, length, now)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def respond(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Write the reply to the packet at wire[base:] in its place, and return its length, SILENCE or SLOW_PATH."""
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
    sent: cython.Py_ssize_t
    # In this order nothing is read that was not received.
    if length < HEADER or wire[base + 2] & 0x80:  # an answer to an answer would be a loop
        return SILENCE
    # One question, no answer, no authority, at most one record more; another opcode is not ours.
    if wire[base + 2] & 0x78 or wire[base + 4] or wire[base + 5] != 1 or wire[base + 11] > 1:
        return leave(tally, limits, client, now)
    if wire[base + 6] | wire[base + 7] | wire[base + 8] | wire[base + 9] | wire[base + 10]:
        return leave(tally, limits, client, now)
    at, version, high, low, shared = read_address(wire, at, end)
    # The code, the database label and the zone, then type and class: all of it must be there.
    if at < 0 or at + CODE + 3 + zone.length + 4 > end or wire[at] != CODE:
        return answer_on_the_way(zone, snapshot, tally, limits, client, wire, base, end, now)
    zone_at: cython.Py_ssize_t = at + CODE + 3
    if zone_at + zone.length - base - HEADER > LONGEST_NAME or not ends_in(wire, zone_at, zone):
        return answer_on_the_way(zone, snapshot, tally, limits, client, wire, base, end, now)
    database = database_of(wire, at + CODE + 1)
    organization = -1 if database < 0 else snapshot.policies.organization(wire, at + 1, now)
    if organization < 0:
        return answer_on_the_way(zone, snapshot, tally, limits, client, wire, base, end, now)
    at = zone_at + zone.length
    kind = wire[at] << 8 | wire[at + 1]
    if wire[at + 2] or wire[at + 3] != 1 or kind == AXFR or kind == IXFR:
        return leave(tally, limits, client, now)
    at += 4
    limit = room(wire, at, end, wire[base + 11])
    if limit < 0:
        return leave(tally, limits, client, now)
    if organization >= tally.organizations:
        return SLOW_PATH
    if snapshot.policies.has_networks[organization] or now < snapshot.policies.over_until[organization]:
        sent = turned_away(zone, snapshot, tally, limits, client, wire, base, at, zone_at, limit, organization, now)
        if sent != GO_ON:
            return sent
    elif not within_limit(tally, limits, client, OF_CODE, organization, now):
        return beyond_limit(client, wire, base, at)
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
    listed: cython.bint  # a record is answered
    edns: cython.bint = wire[base + 11] != 0
    dnssec_ok: cython.uint = wire[at + 7] & 0x80 if edns else 0
    code, until, step, place = judge(snapshot, database, organization, version, high, low, now)
    listed = code != 0 and (kind == A or kind == TXT or kind == ANY)  # ANY: one record set is enough (RFC 8482 4.1)
    data = 4 if listed else zone.soa_length
    if listed and kind == TXT:
        data = text_length(snapshot, database, step, place, version, high, low)
        if data < 0:
            return SLOW_PATH
    if at - base + RECORD + data + (OPT_SIZE if edns else 0) > limit:
        return SLOW_PATH
    if kind == TXT:
        tally.count(organization, database, TXT_COLUMN, now)
    elif kind != A:
        tally.count_zone(OTHER, now)
    elif step == TEST_ADDRESS:
        tally.count_zone(TEST, now)
    else:
        tally.connection(organization, database, code, version, high, low, now)

    # NXDOMAIN unless listed, or unless the name has names below it (RFC 8020 2).
    put_header(wire, base, 0 if code or shared else 3, 1 if listed else 0)
    # No cache may keep an answer beyond the end of the listing or of the rule that made it.
    left = until - now if now < until else 0
    if not listed:
        ttl = zone.negative_ttl
        put_record(wire, at, zone_at - base, SOA, ttl if ttl < left else left, data)
        put_soa(wire, at + RECORD, zone_at - base, zone, snapshot.serial)
    else:
        ttl = zone.ttl if database == STANDARD else zone.dynamic_ttl
        put_record(wire, at, HEADER, TXT if kind == TXT else A, ttl if ttl < left else left, data)
        if kind != TXT:
            wire[at + RECORD] = 127
            wire[at + RECORD + 1] = 0
            wire[at + RECORD + 2] = 0
            wire[at + RECORD + 3] = code
        else:
            put_text(wire, at + RECORD, snapshot, database, step, place, version, high, low, data)
    at += RECORD + data
    if edns:
        put_opt(wire, at, dnssec_ok)
        at += OPT_SIZE
    return at - base
