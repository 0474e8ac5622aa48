"""Everything that an answer needs, in one value that never changes once it is made.

A snapshot consists of parts that are built separately (reputation/publisher). An answering thread takes the live one
once (live.py) and keeps to it. This module knows how things are found, not what is decided.

It runs interpreted, or compiled from the same lines (snapshot.pxd declares the types).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import cython

from reputation.addresses.address import Address, Network
from reputation.verdict.iterate import steps_and_gaps, steps_inside
from reputation.verdict.organization_steps import OrganizationListings
from reputation.verdict.origins import EMPTY, Origins
from reputation.verdict.rules import OriginRules, Rules
from reputation.verdict.steps import NO_STEPS4, NO_STEPS6, Steps4, Steps6, find
from reputation.verdict.zones import SLOTS, STANDARD

CODE_LENGTH = cython.declare(cython.Py_ssize_t, 31)
SPREAD = cython.declare(cython.ulonglong, 0x9E3779B97F4A7C15)  # 2 ** 64 by the golden ratio (Knuth, TAOCP 6.4)
ALL_64 = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)
NOBODY = cython.declare(cython.int, -1)
IN_OWN, IN_RECENT = 1, 2  # what the place of a listing says of its layer
OWN = cython.declare(cython.uint, IN_OWN)
RECENT = cython.declare(cython.uint, IN_RECENT)
NOTHING = (0,) * SLOTS
ALL_SLOTS = tuple(range(SLOTS))
LONGEST_STRING = 255  # octets of one character-string


class LayerEntry(NamedTuple):
    """What a layer lists in one slot: a category of the standard database, or a level less 1 of the dynamic one.

    `until` is the second from which it no longer holds; a `$` in `reason` stands for the address (see expanded).
    """

    slot: int
    until: int
    reason: str


class LayerRange(NamedTuple):
    """First and last address of a range, and what is listed in all of it, by slot; never empty."""

    first: int
    last: int
    entries: tuple[LayerEntry, ...]


@cython.final
@cython.cclass
class Layer:
    """Listings of one kind, of feeds or our own, as step functions with four slots for each value.

    A step's value m has `expiries[4 * m + slot]` and the reason `reasons[reason_of[4 * m + slot]]`. An expiry of 0
    means not listed in that slot; m = 0 means not listed at all. `texts` are the reasons that can be answered without
    Python, one after the other, each from `text_from[its number]` on. Nobody outside of this
    package reads these columns: `at`, `inside` and `listed_values` tell what they mean.
    """

    def __init__(
        self,
        steps4: Steps4 = NO_STEPS4,
        steps6: Steps6 = NO_STEPS6,
        expiries: Sequence[int] = NOTHING,
        reasons: Sequence[str] = ("",) * SLOTS,
        reason_of: Sequence[int] | None = None,
    ) -> None:
        """`reason_of` has the number of a reason for each expiry; without it, each expiry has a reason of its own.

        Columns that are arrays or views already are kept, and must not change any more: of a million listings there is
        one copy.
        """
        self.steps4 = steps4
        self.steps6 = steps6
        self.expiries = _column(expiries)
        self.reasons = tuple(reasons)
        numbers = range(len(self.reasons)) if reason_of is None else reason_of
        self.reason_of = _column(numbers)
        octets = [reason.encode() if is_plain(reason) else b"" for reason in self.reasons]
        self.text_from = array("I", accumulate(map(len, octets), initial=0))
        self.texts = b"".join(octets) or b"\0"

    def at(self, address: Address, now: int) -> tuple[LayerEntry, ...]:
        """Read what is listed at an address at `now`, Unix seconds, by slot; empty where nothing is. O(log n)."""
        return self.entries(find(self.steps4, self.steps6, address), now, ALL_SLOTS)

    def inside(self, network: Network, now: int, slots: Sequence[int] = ALL_SLOTS) -> Iterator[LayerRange]:
        """Read what these slots list inside a network at `now`: ranges cut to it, in the order of the addresses.

        O(log n), and O(1) for each step of the network.
        """
        steps = self.steps4 if network.version == 4 else self.steps6
        for first, last, value in steps_inside(steps, network.first, network.last):
            entries = self.entries(value, now, slots)
            if entries:
                yield LayerRange(first, last, entries)

    def listed_values(self, now: int, slots: Sequence[int] = ALL_SLOTS) -> list[bool]:
        """Tell of each value of the steps whether one of these slots is listed at `now`: for who counts whole lists."""
        expiries = list(self.expiries)
        return [any(expiries[place + slot] > now for slot in slots) for place in range(0, len(expiries), SLOTS)]

    def entries_size(self) -> int:
        """Measure what the entries take of memory, in octets, without the steps that lead to them."""
        return 8 * len(self.expiries) + 8 * len(self.reasons) + sum(map(len, set(self.reasons)))

    def entries(self, value: int, now: int, slots: Sequence[int] = ALL_SLOTS) -> tuple[LayerEntry, ...]:
        """Read what a value of the steps means at `now`, in these slots; empty where nothing is listed."""
        found = []
        for slot in slots:
            until = self.expiries[SLOTS * value + slot]
            if until > now:
                found.append(LayerEntry(slot, until, self.reason(SLOTS * value + slot)))
        return tuple(found)

    def reason(self, place: int) -> str:
        """Return the reason at a place of the expiries."""
        return str(self.reasons[self.reason_of[place]])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def place(self, version: cython.int, high: cython.ulonglong, low: cython.ulonglong) -> cython.uint:
        """Find where this address's listing begins in `expiries`; 0 where there is none."""
        if version == 4:
            return 4 * self.steps4.seek(low)
        return 4 * self.steps6.seek(high, low)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def text_size(self, place: cython.uint) -> cython.Py_ssize_t:
        """Return the octets of the reason at a place; 0 where it cannot be answered without Python."""
        number: cython.uint = self.reason_of[place]
        return self.text_from[number + 1] - self.text_from[number]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def put_text(self, place: cython.uint, wire: cython.uchar[::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Write the reason into a packet from octet `at` on; return where it ends."""
        i: cython.Py_ssize_t
        number: cython.uint = self.reason_of[place]
        for i in range(self.text_from[number], self.text_from[number + 1]):
            wire[at] = self.texts[i]
            at += 1
        return at


@cython.final
@cython.cclass
class Listed:
    """One database: what feeds list, what we list ourselves, and what is listed for one organization alone.

    `alone` says what of our own layer's columns holds for one organization only, where no step of the layer leads.
    Both are built now and then; `recent` and `recent_alone` are what has changed since, and stand above them: where
    they say something of an address, even that it is no longer listed, what lies below does not count. The place of a
    listing is one number: its place in a layer, times 4, plus 1 for our own layer and 2 for the recent one.
    """

    def __init__(
        self,
        feeds: Layer | None = None,
        own: Layer | None = None,
        alone: OrganizationListings | None = None,
        recent: Layer | None = None,
        recent_alone: OrganizationListings | None = None,
    ) -> None:
        self.feeds = feeds or Layer()
        self.own = own or Layer()
        self.alone = alone or OrganizationListings()
        self.recent = recent or Layer()
        self.recent_alone = recent_alone or OrganizationListings()
        self.has_recent = recent is not None

    def for_everybody(self) -> Listed:
        """Return the same without what is listed for one organization alone."""
        return Listed(self.feeds, self.own, None, self.recent if self.has_recent else None, None)

    def listed_alone(self, organization: int, address: Address, now: int) -> tuple[LayerEntry, ...]:
        """Read what is listed at an address for this organization alone at `now`, by slot; empty where nothing is."""
        value = self.recent_alone.value(organization, *address)
        if value:
            return self.recent.entries(value, now, ALL_SLOTS)
        return self.own.entries(self.alone.value(organization, *address), now, ALL_SLOTS)

    def own_at(self, address: Address, now: int) -> tuple[LayerEntry, ...]:
        """Read what we list ourselves at an address, for everybody, as Layer.at does."""
        value = find(self.recent.steps4, self.recent.steps6, address)
        return self.recent.entries(value, now, ALL_SLOTS) if value else self.own.at(address, now)

    def own_inside(self, network: Network, now: int, slots: Sequence[int] = ALL_SLOTS) -> Iterator[LayerRange]:
        """Read what we list ourselves inside a network, for everybody, as Layer.inside does."""
        steps = self.recent.steps4 if network.version == 4 else self.recent.steps6
        for first, last, value in steps_and_gaps(steps, network.first, network.last):
            if value:
                entries = self.recent.entries(value, now, slots)
                if entries:
                    yield LayerRange(first, last, entries)
            else:
                yield from self.own.inside(Network(network.version, first, last, network.prefix), now, slots)

    def reason(self, place: int) -> str:
        """Return the reason of the listing at a place."""
        layer = self.recent if place & RECENT else self.own if place & OWN else self.feeds
        return str(layer.reason(place >> 2))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def text_size(self, place: cython.uint) -> cython.Py_ssize_t:
        """Return the octets of the reason at a place, as the layer's method does."""
        if place & RECENT:
            return self.recent.text_size(place >> 2)
        return self.own.text_size(place >> 2) if place & OWN else self.feeds.text_size(place >> 2)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def put_text(self, place: cython.uint, wire: cython.uchar[::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Write the reason into a packet from octet `at` on; return where it ends."""
        if place & RECENT:
            return self.recent.put_text(place >> 2, wire, at)
        if place & OWN:
            return self.own.put_text(place >> 2, wire, at)
        return self.feeds.put_text(place >> 2, wire, at)


@cython.final
@cython.cclass
class Policies:
    """What each organization chose, by its number, and the activation codes that lead to it."""

    def __init__(
        self,
        codes: Mapping[bytes, tuple[int, int]] | None = None,
        databases: Sequence[int] = (1 << STANDARD,),
        categories: Sequence[int] = (0,),
        levels: Sequence[int] = (0,),
        rules: Rules | None = None,
        origin_rules: OriginRules | None = None,
        has_origin_rules: Sequence[int] = (0,),
        over_until: Sequence[int] = (),
        has_networks: Sequence[int] = (),
        networks: OrganizationListings | None = None,
    ) -> None:
        """`codes`: label to organization and until; bit `slot` of `categories` is set where a category is enabled,
        bit `database` of `databases` where the subscription includes a database.

        `over_until`: the Unix second until which the organization's daily quota is used up, 0 where it is not.
        `networks` have 1 where the codes may be used from, for each organization of `has_networks`; the codes of all
        others may be used from anywhere.
        """
        self.codes = dict(codes or {})
        self.databases, self.categories, self.levels = array("B", databases), array("B", categories), array("B", levels)
        self.rules = rules or Rules()
        self.origin_rules = origin_rules or OriginRules()
        self.has_origin_rules = array("B", has_origin_rules)
        self.asks_for_origins = any(has_origin_rules)
        nothing = [0] * len(self.databases)  # without these columns, for everybody
        self.over_until = array("I", over_until or nothing)
        self.has_networks = array("B", has_networks or nothing)
        self.networks = networks or OrganizationListings()
        self._index_codes()

    def _index_codes(self) -> None:
        """The codes as a table of open addressing, at most a quarter full, that can be searched without Python."""
        size = 8
        while size < 4 * len(self.codes):
            size *= 2
        slots = array("i", [-1] * size)
        for number, label in enumerate(self.codes):
            at = hash_of(label, 0) & (size - 1)
            while slots[at] >= 0:
                at = (at + 1) & (size - 1)
            slots[at] = number
        self.mask, self.slots = size - 1, slots
        self.labels = array("B", b"".join(self.codes) or b"\0")
        self.owners = array("i", [owner for owner, _ in self.codes.values()] or [-1])
        self.ends = array("I", [until for _, until in self.codes.values()] or [0])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def organization(self, wire: cython.uchar[::1], at: cython.Py_ssize_t, now: cython.uint) -> cython.int:
        """Return the number of the organization whose code is at wire[at:], in any case; -1 if there is none now."""
        slot: cython.uint
        number: cython.int
        differs: cython.uint
        i: cython.Py_ssize_t
        if not cython.compiled:
            owner, until = self.codes.get(bytes(wire[at : at + CODE_LENGTH]).lower(), (-1, 0))
            return owner if now < until else -1
        slot = hash_of(wire, at) & self.mask
        while True:
            number = self.slots[slot]
            if number < 0:
                return NOBODY
            differs = 0
            for i in range(CODE_LENGTH):  # to the end each time: so it is done many octets at once
                differs |= lower(wire[at + i]) ^ self.labels[number * CODE_LENGTH + i]
            if not differs:
                return self.owners[number] if now < self.ends[number] else NOBODY
            slot = (slot + 1) & self.mask


@cython.final
@cython.cclass
class Snapshot:
    """All parts, and what else an answer needs: the SOA serial and the address of the lookup page."""

    def __init__(
        self,
        standard: Listed | None = None,
        dynamic: Listed | None = None,
        origins: Origins = EMPTY,
        policies: Policies | None = None,
        serial: int = 1,
        lookup_url: str = "",
    ) -> None:
        self.standard = standard or Listed()
        self.dynamic = dynamic or Listed()
        self.origins = origins
        self.policies = policies or Policies()
        self.serial = serial
        self.lookup_url = lookup_url
        self.lookup = array("B", lookup_url.encode() + b"\0")
        self.lookup_length = len(self.lookup) - 1 if is_plain(lookup_url) else 0

    def organization(self, label: bytes, now: int) -> int:
        """Return the number of the organization with a lower-case activation code.

        It is -1 where the code is unknown, expired or revoked.
        """
        number, until = self.policies.codes.get(label, (-1, 0))
        return number if now < until else -1

    def may_ask_from(self, organization: int, client: Address) -> bool:
        """Tell whether the organization's codes may be used from this address. O(log n)."""
        policies = self.policies
        return not policies.has_networks[organization] or bool(policies.networks.value(organization, *client))

    def over_quota(self, organization: int, now: int) -> int:
        """Return for how many seconds from `now` on the organization's daily quota is used up; 0 where it is not."""
        return max(int(self.policies.over_until[organization]) - now, 0)

    def may_ask(self, organization: int, database: int) -> bool:
        """Tell whether the organization's subscription includes the database."""
        return bool(self.policies.databases[organization] >> database & 1)

    def explain(self, reason: str, address: Address) -> str:
        """Return the reason as a TXT record shows it, and where to read more.

        A mail server repeats only the first string of the record, 255 octets (RFC 1035 3.3.14): a long reason leaves
        room there for the address of the lookup page, and goes on after it.
        """
        text = expanded(reason, address)
        if not self.lookup_url:
            return text
        where = f" - {self.lookup_url}{address}"
        if len((text + where).encode()) <= LONGEST_STRING:
            return text + where
        head = text.encode()[: max(LONGEST_STRING - len(f"…{where}".encode()), 0)].decode(errors="ignore")
        return f"{head}…{where} …{text[len(head) :]}"


@cython.cfunc
@cython.nogil
@cython.inline
@cython.exceptval(check=False)
def lower(octet: cython.uint) -> cython.uint:
    """Return an octet with A to Z as a to z, and any other octet unchanged (RFC 4343 3)."""
    return octet | 32 if 65 <= octet <= 90 else octet


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def hash_of(wire: cython.const[cython.uchar][::1], at: cython.Py_ssize_t) -> cython.uint:
    """Return a hash of the first eight letters of a code, in any case.

    They are random, so eight are enough.
    """
    letters: cython.ulonglong = 0
    i: cython.Py_ssize_t
    for i in range(at, at + 8):
        letters = (letters << 8) | wire[i] | 32
    return (letters * SPREAD & ALL_64) >> 40


def _column(numbers: Sequence[int]) -> Any:
    """The numbers as an array('I'), or as they are where they stand in memory so already."""
    return numbers if isinstance(numbers, array | memoryview) else array("I", numbers)


def expanded(reason: str, address: Address | str) -> str:
    """Fill in the address of a reason: `$` stands for it, and `$$` for a dollar sign, as in rbldnsd."""
    return "$".join(part.replace("$", str(address)) for part in reason.split("$$"))


def literal(text: str) -> str:
    """Write a text that is no template, so that `expanded` gives it back as it is: `$` in it is a dollar sign."""
    return text.replace("$", "$$") if "$" in text else text


def is_plain(text: str) -> bool:
    """Tell whether a text is answered as it is: nothing to fill in (rbldnsd), no control characters."""
    return "$" not in text and text.isprintable()
