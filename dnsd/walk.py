"""The names on a resolver's way to an address: the zone's own, parts of an address, a code alone, unknown codes.

Most resolvers minimise names (RFC 9156), so most of their questions are these. Their replies are written over the
query as fastpath.py writes those of complete addresses, and are the same octets as resolver.py makes.

It runs interpreted, or compiled from the same lines (walk.pxd declares the types).
"""

from __future__ import annotations

import cython

from dnsd import protocol, rate_limit
from dnsd.rate_limit import Client, RateLimit
from dnsd.writing import Zone
from reputation.verdict import counters
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.tally import Tally

if cython.compiled:
    from cython.cimports.dnsd.questions import database_of, end_of_name, ends_in, is_part, labels_before, room
    from cython.cimports.dnsd.writing import (
        negative_length,
        put_negative,
        put_number,
        put_ready,
        put_truncated,
    )
    from cython.cimports.reputation.verdict.snapshot import lower
else:
    from dnsd.questions import database_of, end_of_name, ends_in, is_part, labels_before, room
    from dnsd.writing import negative_length, put_negative, put_number, put_ready, put_truncated
    from reputation.verdict.snapshot import lower

SLOW_PATH = cython.declare(cython.Py_ssize_t, -1)
GO_ON = cython.declare(cython.Py_ssize_t, -2)
SILENCE = cython.declare(cython.Py_ssize_t, 0)
HEADER = cython.declare(cython.Py_ssize_t, 12)
CODE = cython.declare(cython.Py_ssize_t, 31)  # octets of an activation code
OPT_SIZE = cython.declare(cython.Py_ssize_t, 11)  # octets of an OPT record without options
A = cython.declare(cython.uint, protocol.A)
AAAA = cython.declare(cython.uint, protocol.AAAA)
TXT = cython.declare(cython.uint, protocol.TXT)
ANY = cython.declare(cython.uint, protocol.ANY)
IXFR = cython.declare(cython.uint, protocol.IXFR)
AXFR = cython.declare(cython.uint, protocol.AXFR)
NOERROR = cython.declare(cython.uint, protocol.NOERROR)
NXDOMAIN = cython.declare(cython.uint, protocol.NXDOMAIN)

NOT_SUBSCRIBED_COLUMN = cython.declare(cython.Py_ssize_t, counters.NOT_SUBSCRIBED_COLUMN)
TXT_COLUMN = cython.declare(cython.Py_ssize_t, counters.TXT_COLUMN)
PARTIAL = cython.declare(cython.Py_ssize_t, counters.ZONE_KINDS.index("partial"))
OTHER = cython.declare(cython.Py_ssize_t, counters.ZONE_KINDS.index("other"))
UNKNOWN_CODE = cython.declare(cython.Py_ssize_t, counters.ZONE_KINDS.index("unknown code"))
LIMITED = cython.declare(cython.Py_ssize_t, counters.ZONE_KINDS.index("limited"))

TURNED_AWAY_COLUMN = cython.declare(cython.Py_ssize_t, counters.TURNED_AWAY_COLUMN)
ELSEWHERE = cython.declare(cython.int, counters.TURNED_AWAY_KINDS.index(counters.ELSEWHERE))
OVER_QUOTA = cython.declare(cython.int, counters.TURNED_AWAY_KINDS.index(counters.OVER_QUOTA))

UNEARNED = cython.declare(cython.int, rate_limit.UNEARNED_ANSWER)
OF_ZONE = cython.declare(cython.int, rate_limit.ZONE_ANSWER)
OF_CODE = cython.declare(cython.int, rate_limit.CODE_ANSWER)
ANSWERED = cython.declare(cython.int, rate_limit.ANSWERED)
SLIPPED = cython.declare(cython.int, rate_limit.SLIPPED)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def answer_on_the_way(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    end: cython.Py_ssize_t,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer a packet that asks for no complete address: return the reply's length, SILENCE or SLOW_PATH.

    Its header is that of a query with one question and at most one record more.
    """
    begin: cython.Py_ssize_t = base + HEADER
    at: cython.Py_ssize_t = end_of_name(wire, begin, end)
    zone_at: cython.Py_ssize_t = at - zone.length
    code_at: cython.Py_ssize_t
    database_at: cython.Py_ssize_t
    is_label: cython.bint
    kind: cython.uint
    limit: cython.Py_ssize_t
    rest: cython.uint
    if at < 0 or at + 4 > end or zone_at < begin or not ends_in(wire, zone_at, zone):
        return leave(tally, limits, client, now)
    code_at, database_at, is_label = labels_before(wire, begin, zone_at)
    kind = wire[at] << 8 | wire[at + 1]
    if not is_label or wire[at + 2] or wire[at + 3] != 1 or kind == AXFR or kind == IXFR:
        return leave(tally, limits, client, now)
    at += 4
    limit = room(wire, at, end, wire[base + 11])
    if limit < 0:
        return leave(tally, limits, client, now)
    if database_at < 0 or database_of(wire, database_at) < 0:
        return of_zone(zone, snapshot, tally, limits, client, wire, base, at, zone_at, limit, kind, now)
    if code_at < 0:
        rest = zone.part_ttl  # it never has a record, so that lasts long
        return negative(
            zone, snapshot, tally, limits, client, wire, base, at, zone_at, limit, NOERROR, rest, PARTIAL, OF_ZONE, now
        )
    return below_code(
        zone, snapshot, tally, limits, client, wire, base, at, zone_at, limit, code_at, database_at, kind, now
    )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def leave(tally: Tally, limits: RateLimit, client: Client, now: cython.uint) -> cython.Py_ssize_t:
    """Leave a packet that no code earned an answer for to Python, with the verdict on it; or to silence."""
    return SLOW_PATH if within_limit(tally, limits, client, UNEARNED, 0, now) or client.verdict == SLIPPED else SILENCE


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def within_limit(
    tally: Tally,
    limits: RateLimit,
    client: Client,
    kind: cython.int,
    organization: cython.int,
    now: cython.uint,
) -> cython.bint:
    """Spend an answer: tell whether it may be given. The verdict stays with the client; an answer denied is counted."""
    client.verdict = limits.spend(client, kind, organization)
    if client.verdict != ANSWERED:
        tally.count_zone(LIMITED, now)
    return client.verdict == ANSWERED


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def beyond_limit(
    client: Client, wire: cython.uchar[::1], base: cython.Py_ssize_t, at: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Send the asker to TCP, or say nothing, as the limit said."""
    return put_truncated(wire, base, at) if client.verdict == SLIPPED else SILENCE


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def negative(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    rcode: cython.uint,
    ttl: cython.uint,
    counted: cython.Py_ssize_t,
    paid_from: cython.int,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer, without a code, that the zone has no such record or no such name."""
    may: cython.bint = within_limit(tally, limits, client, paid_from, 0, now)
    if may and negative_length(wire, base, at, zone, zone.nothing) > limit:
        return SLOW_PATH
    tally.count_zone(counted, now)
    if not may:
        return beyond_limit(client, wire, base, at)
    return put_negative(wire, base, at, zone_at, zone, snapshot.serial, rcode, ttl, zone.nothing)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def of_zone(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    kind: cython.uint,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer for a name that belongs to no database: one of the zone's own, or one that it does not have."""
    number: cython.Py_ssize_t = own_name(wire, base + HEADER, at - 4, zone)
    ready: cython.Py_ssize_t
    rcode: cython.uint = NOERROR
    ttl: cython.uint = zone.part_ttl
    counted: cython.Py_ssize_t = OTHER
    paid_from: cython.int = OF_ZONE
    if number < 0:
        rcode, ttl, paid_from = NXDOMAIN, zone.negative_ttl, UNEARNED
    elif zone.is_empty[number]:
        counted = PARTIAL
    else:
        for ready in range(zone.ready_count):
            if zone.ready_of[ready] == number and zone.ready_type[ready] == kind:
                return records_of_zone(zone, snapshot, tally, limits, client, wire, base, at, limit, ready, now)
        if number > 0 and (kind == A or kind == AAAA):  # the settings may give a name server its address at any time
            ttl = zone.negative_ttl
    return negative(
        zone, snapshot, tally, limits, client, wire, base, at, zone_at, limit, rcode, ttl, counted, paid_from, now
    )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def own_name(wire: cython.uchar[::1], at: cython.Py_ssize_t, end: cython.Py_ssize_t, zone: Zone) -> cython.Py_ssize_t:
    """Return which of the zone's own names stands in wire[at:end], in any case; -1 where it is none of them."""
    number: cython.Py_ssize_t
    i: cython.Py_ssize_t
    begin: cython.Py_ssize_t
    size: cython.Py_ssize_t
    differs: cython.uint
    for number in range(zone.own_count):
        begin = zone.own_from[number]
        size = zone.own_from[number + 1]
        if size - begin == end - at:
            differs = 0
            for i in range(end - at):
                differs |= lower(wire[at + i]) ^ zone.own_names[begin + i]
            if not differs:
                return number
    return -1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def records_of_zone(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    ready: cython.Py_ssize_t,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer with the records that stand ready."""
    length: cython.Py_ssize_t
    begin: cython.Py_ssize_t = zone.ready_from[ready]
    end: cython.Py_ssize_t = zone.ready_from[ready + 1]
    paid_from: cython.int = UNEARNED if zone.ready_large[ready] else OF_ZONE
    may: cython.bint = within_limit(tally, limits, client, paid_from, 0, now)
    if may and at - base + end - begin + (OPT_SIZE if wire[base + 11] else 0) > limit:
        return SLOW_PATH
    tally.count_zone(OTHER, now)
    if not may:
        return beyond_limit(client, wire, base, at)
    length = put_ready(wire, base, at, zone.ready, begin, end, zone.ready_records[ready])
    if zone.ready_serial[ready] >= 0:
        put_number(wire, at + zone.ready_serial[ready], snapshot.serial)
    return length


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def below_code(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    code_at: cython.Py_ssize_t,
    database_at: cython.Py_ssize_t,
    kind: cython.uint,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer for a code, or for what lies below it and is no address."""
    organization: cython.int = -1
    database: cython.int = database_of(wire, database_at)
    begin: cython.Py_ssize_t = base + HEADER
    sent: cython.Py_ssize_t
    if wire[code_at] == CODE:
        organization = snapshot.policies.organization(wire, code_at + 1, now)
    if organization < 0:
        return unknown_code(zone, snapshot, tally, limits, client, wire, base, at, zone_at, limit, now)
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
    if code_at == begin and (kind == TXT or kind == ANY):
        return text_of_code(zone, tally, wire, base, at, limit, database, organization, now)
    if negative_length(wire, base, at, zone, zone.nothing) > limit:
        return SLOW_PATH
    if not is_part(wire, begin, code_at):
        tally.count_zone(OTHER, now)
        return put_negative(wire, base, at, zone_at, zone, snapshot.serial, NXDOMAIN, zone.negative_ttl, zone.nothing)
    # Listed addresses lie below, or may: denying this name would deny them all (RFC 8020 2).
    tally.count_zone(PARTIAL, now)
    return put_negative(wire, base, at, zone_at, zone, snapshot.serial, NOERROR, zone.part_ttl, zone.nothing)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def unknown_code(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer for a code that nobody has: NXDOMAIN, never an address, for MTAs take any A record as "listed"."""
    may: cython.bint = within_limit(tally, limits, client, UNEARNED, 0, now)
    if may and negative_length(wire, base, at, zone, zone.no_code) > limit:
        return SLOW_PATH
    tally.count_zone(UNKNOWN_CODE, now)
    tally.count_stranger(client.network, 0, now)
    if not may:
        return beyond_limit(client, wire, base, at)
    return put_negative(wire, base, at, zone_at, zone, snapshot.serial, NXDOMAIN, zone.negative_ttl, zone.no_code)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def turned_away(
    zone: Zone,
    snapshot: Snapshot,
    tally: Tally,
    limits: RateLimit,
    client: Client,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    zone_at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    organization: cython.int,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer a code from where it may not be used as one that nobody has, and a code beyond its quota that it is so.

    GO_ON where neither is the case; then the answer is paid for.
    """
    may: cython.bint
    left: cython.uint
    if snapshot.policies.has_networks[organization] and not snapshot.policies.networks.place(
        organization, client.version, client.high, client.low
    ):
        may = within_limit(tally, limits, client, UNEARNED, 0, now)
        if may and negative_length(wire, base, at, zone, zone.no_code) > limit:
            return SLOW_PATH
        count_turned_away(tally, client, organization, ELSEWHERE, now)
        if not may:
            return beyond_limit(client, wire, base, at)
        return put_negative(wire, base, at, zone_at, zone, snapshot.serial, NXDOMAIN, zone.negative_ttl, zone.no_code)
    if not within_limit(tally, limits, client, OF_CODE, organization, now):
        return beyond_limit(client, wire, base, at)
    if now >= snapshot.policies.over_until[organization]:
        return GO_ON
    if negative_length(wire, base, at, zone, zone.over_quota) > limit:
        return SLOW_PATH
    count_turned_away(tally, client, organization, OVER_QUOTA, now)
    left = snapshot.policies.over_until[organization] - now  # no cache keeps it beyond the quota's end
    if left > zone.negative_ttl:
        left = zone.negative_ttl
    return put_negative(wire, base, at, zone_at, zone, snapshot.serial, NXDOMAIN, left, zone.over_quota)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def count_turned_away(
    tally: Tally, client: Client, organization: cython.int, kind: cython.int, now: cython.uint
) -> cython.void:
    """Count a packet under a valid code that was not answered by it, with its client network if there is a place."""
    if not tally.count_stranger(client.network, organization * 2 + kind + 1, now):
        tally.count(organization, kind, TURNED_AWAY_COLUMN, now)


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
    """Answer NXDOMAIN: the subscription does not include the database, so none of its names is ever listed here."""
    if negative_length(wire, base, at, zone, zone.not_subscribed) > limit:
        return SLOW_PATH
    tally.count(organization, database, NOT_SUBSCRIBED_COLUMN, now)
    return put_negative(
        wire, base, at, zone_at, zone, snapshot.serial, NXDOMAIN, zone.negative_ttl, zone.not_subscribed
    )


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def text_of_code(
    zone: Zone,
    tally: Tally,
    wire: cython.uchar[::1],
    base: cython.Py_ssize_t,
    at: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    database: cython.int,
    organization: cython.int,
    now: cython.uint,
) -> cython.Py_ssize_t:
    """Answer that the code is active, in words."""
    begin: cython.Py_ssize_t = zone.code_text_from[database]
    end: cython.Py_ssize_t = zone.code_text_from[database + 1]
    if at - base + end - begin + (OPT_SIZE if wire[base + 11] else 0) > limit:
        return SLOW_PATH
    tally.count(organization, database, TXT_COLUMN, now)
    return put_ready(wire, base, at, zone.code_texts, begin, end, 1)
