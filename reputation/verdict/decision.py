"""The decision: is this address listed, for this organization, in this database, at this moment?

One pure function for both doors: `judge` decides, in numbers, and `decide` gives the words. The comment beside each
step says why it has its place. It knows no packet, page or table.

It runs interpreted, or compiled from the same lines (decision.pxd declares the types).
"""

from __future__ import annotations

from typing import NamedTuple

import cython

from reputation.addresses.address import Address
from reputation.verdict import zones
from reputation.verdict.rules import APPROVED
from reputation.verdict.snapshot import IN_OWN, IN_RECENT, Listed, Snapshot, literal
from reputation.verdict.steps import LOW_HALF
from reputation.verdict.zones import CATEGORIES, CATEGORY_NAMES, FOREVER

# In order of decision; each of them may be `decided_by`.
STANDARD_STEPS = ("test address", "sender rule", "ISP rule", "country rule", *CATEGORIES, "no listing")
DYNAMIC_STEPS = ("test address", "sender rule", "ISP rule", "country rule", "dynamic", "no listing")

# What decided, as a number: its place among the steps. Numbers that are read without Python are declared.
NAMES = ("test address", "sender rule", "ISP rule", "country rule", *CATEGORIES, "dynamic", "no listing")
TEST_ADDRESS = cython.declare(cython.uint, 0)
SENDER_RULE = cython.declare(cython.uint, 1)
ISP_RULE = cython.declare(cython.uint, 2)
COUNTRY_RULE = cython.declare(cython.uint, 3)
CATEGORY = cython.declare(cython.uint, 4)  # and the two behind it, by slot
DYNAMIC = cython.declare(cython.uint, 7)
NO_LISTING = cython.declare(cython.uint, 8)

OWN = cython.declare(cython.uint, IN_OWN)
RECENT = cython.declare(cython.uint, IN_RECENT)
STANDARD = cython.declare(cython.int, zones.STANDARD)
DYNAMIC_LISTING = cython.declare(cython.uint, zones.DYNAMIC_LISTING)
APPROVED_RULE = cython.declare(cython.uint, APPROVED)
NO_END = cython.declare(cython.uint, FOREVER)
LOOPBACK = cython.declare(cython.uint, zones.TEST_POINT >> 24)
TEST_NETWORK = cython.declare(cython.uint, zones.TEST_POINT >> 8)
# Bit n is set where 127.0.0.n is a test address.
STANDARD_TESTS = cython.declare(cython.uint, sum(1 << code for code in zones.TEST_CODES[zones.STANDARD]))
DYNAMIC_TESTS = cython.declare(cython.uint, sum(1 << code for code in zones.TEST_CODES[zones.DYNAMIC]))
ETL = cython.declare(cython.uint, zones.ETL)
KSS = cython.declare(cython.uint, zones.KSS)
DUL = cython.declare(cython.uint, zones.DUL)


TEST_REASON = "Test address: $ is always listed, and means no sender"


class Decision(NamedTuple):
    """The result.

    `code` is the last octet of 127.0.0.x, 0 for not listed; `until` is the Unix second from which it no longer holds.
    """

    code: int
    until: int
    decided_by: str
    reason: str


NOT_LISTED = Decision(0, FOREVER, "no listing", "")


def decide(snapshot: Snapshot, database: int, organization: int, version: int, value: int, now: int) -> Decision:
    """Decide what `database` answers about an address to `organization` at `now` (Unix seconds), with the reason."""
    code, until, step, place = judge(snapshot, database, organization, version, value >> 64, value & LOW_HALF, now)
    reason = _reason(snapshot, database, organization, Address(version, value), code, step, place)
    return Decision(code, until, NAMES[step], reason)


def code_of(snapshot: Snapshot, database: int, organization: int, version: int, value: int, now: int) -> int:
    """Decide as `decide` does, and return the code alone: for who asks about thousands of addresses."""
    return judge(snapshot, database, organization, version, value >> 64, value & LOW_HALF, now)[0]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def judge(
    snapshot: Snapshot,
    database: cython.int,
    organization: cython.int,
    version: cython.int,
    high: cython.ulonglong,
    low: cython.ulonglong,
    now: cython.uint,
) -> tuple[cython.uint, cython.uint, cython.uint, cython.uint]:
    """Decide in numbers: return the code, until when, the deciding step, and the place of the listing.

    The place is that of Listed, which knows the reason there.
    """
    code: cython.uint
    until: cython.uint
    step: cython.uint
    # Test addresses come first: an operator must be able to try an MTA whatever the policy says (RFC 5782 5).
    if version == 4 and low >> 24 == LOOPBACK:
        return _test_address(database, low)
    code, until, step = _sender_rule(snapshot, organization, version, high, low)
    if database == STANDARD:
        # The organization's own word stands above every list; the lists decide only where it said nothing.
        if code:
            return (0 if code == APPROVED_RULE else code), until, step, 0
        return _category(snapshot.standard, snapshot.policies.categories[organization], version, high, low, now)
    # An approved sender is never deferred; a blocked one is refused in the standard database, which is asked first.
    if code == APPROVED_RULE:
        return 0, until, step, 0
    return _dynamic(snapshot.dynamic, organization, snapshot.policies.levels[organization], version, high, low, now)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _test_address(
    database: cython.int, value: cython.uint
) -> tuple[cython.uint, cython.uint, cython.uint, cython.uint]:
    tests: cython.uint = STANDARD_TESTS if database == STANDARD else DYNAMIC_TESTS
    code: cython.uint = value & 255
    if value >> 8 == TEST_NETWORK and code < 32 and tests >> code & 1:
        return code, NO_END, TEST_ADDRESS, 0
    return 0, NO_END, TEST_ADDRESS, 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _sender_rule(
    snapshot: Snapshot,
    organization: cython.int,
    version: cython.int,
    high: cython.ulonglong,
    low: cython.ulonglong,
) -> tuple[cython.uint, cython.uint, cython.uint]:
    """The most specific rule: an address or network, longest prefix first, then the ISP, then the country.

    Its code, its end, and which of them it is. One that has ended holds until the policies without it are published,
    a moment later: only they say which rule follows it.
    """
    code: cython.uint
    until: cython.uint
    number: cython.uint
    code, until = snapshot.policies.rules.value(organization, version, high, low)
    if code or not snapshot.policies.has_origin_rules[organization]:
        return code, until, SENDER_RULE
    number = snapshot.origins.seek(version, high, low)
    # An ISP is a part of a country's networks, so it is the more specific of the two.
    code, until = snapshot.policies.origin_rules.isp(organization, snapshot.origins.asn_of[number])
    if code:
        return code, until, ISP_RULE
    code, until = snapshot.policies.origin_rules.country(organization, snapshot.origins.country_of[number])
    return code, until, COUNTRY_RULE


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _category(
    listed: Listed,
    enabled: cython.uint,
    version: cython.int,
    high: cython.ulonglong,
    low: cython.ulonglong,
    now: cython.uint,
) -> tuple[cython.uint, cython.uint, cython.uint, cython.uint]:
    """The first enabled category that lists the address: the gravest threat speaks, not the longest list."""
    feeds: cython.uint = 4 * listed.feeds.place(version, high, low)
    own: cython.uint = _own_place(listed, version, high, low)
    slot: cython.uint
    until: cython.uint
    place: cython.uint
    if not feeds and own == OWN:
        return 0, NO_END, NO_LISTING, 0
    for slot in range(3):
        if enabled >> slot & 1:
            until, place = _longest(listed, feeds + 4 * slot, own + 4 * slot)
            if now < until:
                return (ETL if slot == 0 else KSS if slot == 1 else DUL), until, CATEGORY + slot, place
    return 0, NO_END, NO_LISTING, 0


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _dynamic(
    listed: Listed,
    organization: cython.int,
    level: cython.uint,
    version: cython.int,
    high: cython.ulonglong,
    low: cython.ulonglong,
    now: cython.uint,
) -> tuple[cython.uint, cython.uint, cython.uint, cython.uint]:
    """A listing whose level the organization's own level reaches; level 0 asks but is never told of one."""
    until: cython.uint
    place: cython.uint
    own: cython.uint
    alone: cython.uint
    slot: cython.uint
    if level:
        slot = 4 * (level - 1)
        own = _own_place(listed, version, high, low) + slot
        alone = _alone_place(listed, organization, version, high, low)
        # What the organization's own reports list is listed for it alone, and holds beside what is for everybody.
        if alone != OWN and _until(listed, alone + slot) > _until(listed, own):
            own = alone + slot
        until, place = _longest(listed, 4 * listed.feeds.place(version, high, low) + slot, own)
        if now < until:
            return DYNAMIC_LISTING, until, DYNAMIC, place
    return 0, NO_END, NO_LISTING, 0


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _own_place(listed: Listed, version: cython.int, high: cython.ulonglong, low: cython.ulonglong) -> cython.uint:
    """The place of what we list ourselves at an address, for everybody; OWN where there is nothing."""
    found: cython.uint
    if listed.has_recent:  # where nothing is, that costs no look
        found = listed.recent.place(version, high, low)
        if found:
            return 4 * found + RECENT
    return 4 * listed.own.place(version, high, low) + OWN


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _alone_place(
    listed: Listed, organization: cython.int, version: cython.int, high: cython.ulonglong, low: cython.ulonglong
) -> cython.uint:
    """The place of what is listed at an address for this organization alone; OWN where there is nothing."""
    found: cython.uint
    if listed.has_recent:
        found = listed.recent_alone.place(organization, version, high, low)
        if found:
            return 4 * found + RECENT
    return 4 * listed.alone.place(organization, version, high, low) + OWN


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def _until(listed: Listed, own: cython.uint) -> cython.uint:
    """The end of one of our own listings, by its place."""
    return listed.recent.expiries[own >> 2] if own & RECENT else listed.own.expiries[own >> 2]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def _longest(listed: Listed, feeds: cython.uint, own: cython.uint) -> tuple[cython.uint, cython.uint]:
    """Of a feed's listing and our own, the one that holds longer: a stay is never cut short by the other."""
    until: cython.uint = _until(listed, own)
    if until > listed.feeds.expiries[feeds >> 2]:
        return until, own
    return listed.feeds.expiries[feeds >> 2], feeds


def _reason(
    snapshot: Snapshot, database: int, organization: int, address: Address, code: int, step: int, place: int
) -> str:
    """Why, as a person reads it; "" where nothing was found."""
    name = NAMES[step]
    if name == "test address":
        return TEST_REASON if code else ""
    if name == "sender rule":
        return _ruled(code, snapshot.policies.rules.text(organization, *address))
    if name in ("ISP rule", "country rule"):
        origin = snapshot.origins.origin(*address)
        return _ruled(code, f"{origin.isp} (AS{origin.asn})" if name == "ISP rule" else f"country {origin.country}")
    if not code:
        return ""
    listed = snapshot.standard if database == zones.STANDARD else snapshot.dynamic
    return listed.reason(place) or CATEGORY_NAMES.get(name, name)


def _ruled(code: int, what: str) -> str:
    return f"{'Blocked' if code else 'Approved'} sender: {literal(what)}"
