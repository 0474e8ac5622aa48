"""The layers of all our own listings, read from the tables; recent_listings.py lays over them what changes afterwards.

Hardly any two of them overlap: those that do not are put side by side, column by column as they come out of the table,
and only those that overlap are flattened one by one. Beside them stand those that hold for one organization alone.
The tables are read page by page: a million listings need no more room than their columns.
"""

from __future__ import annotations

import socket
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from reputation.addresses.address import BITS, Network, parse_network
from reputation.addresses.nested import NestedNetworks
from reputation.addresses.scored_networks import WHOLE
from reputation.ranges.side_by_side import Spans, column, overlapping, spans, steps_of, zeroed
from reputation.store.models import Listing, ListingPass, OrganizationListing
from reputation.store.models import database as proxy
from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.shapes import OwnLayer
from reputation.verdict.snapshot import Layer, literal
from reputation.verdict.steps import Steps4, Steps6, steps6
from reputation.verdict.zones import DATABASE_NAMES, DYNAMIC, FOREVER, SLOTS, category_slot, served_until

REPORTS = "reports"  # the source of rows that reports have made
# It tells its sender that nobody else lists him; what was seen is the organization's to say.
REASON_ALONE = "The organization that you write to has seen spam from this sender; the listing ends by itself"
PAGE = 4_000  # rows that are held as the driver gives them
ALONE = DATABASE_NAMES[DYNAMIC]  # whose columns also have what is listed for one organization alone
COLUMNS = (
    Listing.source, Listing.database, Listing.network, Listing.reason, Listing.category, Listing.expires_at,
    Listing.level1_until, Listing.level2_until, Listing.level3_until, Listing.level4_until,
)  # fmt: skip


SINGLE, CROWD, PASS = range(3)  # what a listing is: see ListedNetwork


class ListedNetwork(NamedTuple):
    """A listing: its end in each slot, and its reason.

    A CROWD is a network that reports list as a whole. A PASS is none, but somebody inside whom such networks leave out.
    """

    ends: Sequence[int]
    reason: str
    kind: int = SINGLE
    prefix: int = 0  # of its network; it matters for a CROWD and a PASS alone


class Meanings:
    """The meanings of the steps' values: four ends and four reasons each.

    0 is nothing. Each text is kept once: a million reports say the same.
    """

    def __init__(self) -> None:
        self.expiries = array("I", [0] * SLOTS)
        self.reason_of = array("I", [0] * SLOTS)
        self.kinds = bytearray([SINGLE])
        self.prefixes = bytearray([0])
        self.reasons = [""]
        self._numbers = {"": 0}

    def __len__(self) -> int:
        """Count the meanings, without 0."""
        return len(self.expiries) // SLOTS - 1

    def of_one(self, ends: Sequence[int], reason: str, kind: int = SINGLE, prefix: int = 0) -> int:
        """Add the meaning of one listing; return its number."""
        number = self._number(reason)
        self.kinds.append(kind)
        self.prefixes.append(prefix)
        self.expiries.extend(ends)
        # A slot without an end has no reason: long texts that nobody is told are not kept.
        self.reason_of.extend([number if until else 0 for until in ends])
        return len(self)

    def of_many(self, entries: Sequence[ListedNetwork]) -> int:
        """Add the meaning of listings that overlap: for each slot the one that lasts longest; return its number.

        Return 0 for no listing.
        """
        counted = [counted_in(entries, slot) for slot in range(SLOTS)]
        if not any(counted):
            return 0
        for some in counted:
            until, reason = max(some, default=(0, ""))
            self.expiries.append(until)
            self.reason_of.append(self._number(reason) if until else 0)
        self.kinds.append(SINGLE)
        self.prefixes.append(0)
        return len(self)

    def read(self, value: int) -> ListedNetwork:
        """Return the listing of which `of_one` has made this meaning."""
        places = range(SLOTS * value, SLOTS * (value + 1))
        number = max(self.reason_of[place] for place in places)
        kind, prefix = self.kinds[value], self.prefixes[value]
        return ListedNetwork([self.expiries[place] for place in places], self.reasons[number], kind, prefix)

    def copied(self) -> Meanings:
        """Make the same meanings in other columns."""
        made = Meanings()
        made.expiries, made.reason_of, made.reasons = self.expiries[:], self.reason_of[:], self.reasons
        made.kinds, made.prefixes = self.kinds[:], self.prefixes[:]
        return made

    def layer(self, steps4: Steps4, steps6: Steps6) -> Layer:
        """Make the layer in which these steps lead to these meanings; its columns are these, and stay as they are."""
        return Layer(steps4, steps6, self.expiries, self.reasons, self.reason_of)

    def _number(self, reason: str) -> int:
        number = self._numbers.get(reason)
        if number is None:
            number = self._numbers[reason] = len(self.reasons)
            self.reasons.append(reason)
        return number


def counted_in(entries: Sequence[ListedNetwork], slot: int) -> list[tuple[int, str]]:
    """Return the end and reason of each listing that counts in a slot: a CROWD does not around a PASS inside it."""
    inner = max((entry.prefix for entry in entries if entry.kind == PASS and entry.ends[slot]), default=0)
    return [
        (entry.ends[slot], entry.reason)
        for entry in entries
        if entry.kind == SINGLE or (entry.kind == CROWD and entry.prefix >= inner)
    ]


class _Rows:
    """The rows of one database as columns. Each row is a meaning, by its number."""

    def __init__(self) -> None:
        self.meanings = Meanings()
        self._bases, self._sizes, self._values = bytearray(), array("B"), array("I")  # of IPv4
        self._six: list[tuple[Network, int]] = []

    def add(self, network: str, ends: Sequence[int], reason: str, kind: int = SINGLE) -> None:
        value = self.meanings.of_one(ends, reason, kind, prefix_of(network) if kind != SINGLE else 0)
        if ":" in network:
            self._six.append((parse_network(network), value))
            return
        base, _, size = network.partition("/")
        try:
            self._bases += socket.inet_aton(base)
        except OSError:
            raise ValueError(f"{network!r} is no network") from None
        self._sizes.append(int(size or 32))
        self._values.append(value)

    def layer(self) -> Layer:
        """The layer; whoever needs the rows must have read them before."""
        nested6 = NestedNetworks((network, self.meanings.read(value)) for network, value in self._six)
        made6 = steps6(flattened(nested6, 6, self.meanings))
        return self.meanings.layer(self._four(), made6)

    def prefixes(self) -> dict[int, frozenset[int]]:
        return {4: frozenset(self._sizes), 6: frozenset(network.prefix for network, _ in self._six)}

    def _four(self) -> Steps4:
        all_spans = spans(self._bases, self._sizes)
        crowded = overlapping(all_spans)
        networks = (
            (Network(4, first, last, size), self.meanings.read(value))
            for first, last, size, value in zip(
                *(column(one)[crowded].tolist() for one in (*all_spans, self._sizes, self._values)),
                strict=True,
            )
        )
        together = list(flattened(NestedNetworks(networks), 4, self.meanings))
        apart = Spans(all_spans.firsts[~crowded], all_spans.lasts[~crowded])
        del all_spans  # of a million, each column counts
        # Nothing lists whoever passes where no network around is listed.
        values = zeroed(column(self._values)[~crowded], self.meanings.kinds, PASS)
        made = steps_of(apart, values, together)
        return Steps4(made.lows, made.values, made.positions)


def build(now: int) -> dict[str, OwnLayer]:
    """Build what we list ourselves and is served, with an end for each slot; by database."""
    by_name = {name: _Rows() for name in DATABASE_NAMES}
    for source, database, network, reason, category, until, *levels in _pages():
        if until > now and database in by_name:
            listed = ends(database, category, until, levels)
            by_name[database].add(network, listed, literal(reason), kind_of(source, network))
    for network, passing in passes(ListingPass.expires_at > now, now):
        by_name[ALONE].add(network, passing, "", PASS)
    made = {}
    for name in DATABASE_NAMES:
        rows = by_name.pop(name)
        alone, is_nested = _alone(rows.meanings, now) if name == ALONE else (OrganizationListings(), False)
        made[name] = OwnLayer(rows.layer(), alone, rows.prefixes(), is_nested)
    return made


def passes(which: Any, now: int) -> list[tuple[str, Sequence[int]]]:
    """Return who passes, by such rows: the network, and until when in each slot; 0 where it is over."""
    one = ListingPass
    rows = one.select(one.network, one.level1_until, one.level2_until, one.level3_until, one.level4_until).where(which)
    return [(text, [end if end > now else 0 for end in until]) for text, *until in rows.tuples()]


def kind_of(source: str, network: str) -> int:
    """Return what a row is: a network that reports list as a whole, which somebody inside may pass, or a listing."""
    return CROWD if source == REPORTS and "/" in network and prefix_of(network) not in WHOLE.values() else SINGLE


def prefix_of(network: str) -> int:
    """Return the prefix of a network as the tables write it; an IPv4 address has none there."""
    base, _, prefix = network.partition("/")
    return int(prefix) if prefix else BITS[6 if ":" in base else 4]


def ends(database: str, category: str, until: int, levels: Sequence[int]) -> Sequence[int]:
    """Return the end of a row in each slot."""
    if database == ALONE:
        return levels if max(levels) <= FOREVER else [served_until(end) for end in levels]
    slot, until = category_slot(category), served_until(until)
    return [until if place == slot else 0 for place in range(SLOTS)]


def is_subject(network: Network) -> bool:
    """Tell whether this is what reports list for one organization alone, which never holds another such network."""
    return network.prefix == WHOLE[network.version]


def subject(text: str) -> Network:
    """Read a row's network. Most are IPv4 addresses, which are read ten times as fast so."""
    if ":" in text or "/" in text:
        return parse_network(text)
    value = int.from_bytes(socket.inet_aton(text))
    return Network(4, value, value, BITS[4])


def _alone(meanings: Meanings, now: int) -> tuple[OrganizationListings, bool]:
    """What the reports of each organization list for it alone."""
    found: dict[int, tuple[array[int], Any, array[int]]] = {
        4: (array("I", [0]), array("I"), array("I")),
        6: (array("I", [0]), [], array("I")),
    }
    is_nested = False
    for owner in _owners():
        listed: dict[int, list[tuple[Network, Sequence[int]]]] = {4: [], 6: []}
        for text, *until in _rows_alone(owner, now):
            network = subject(text)
            listed[network.version].append((network, until))
            is_nested = is_nested or not is_subject(network)
        for version, (begins, starts, values) in found.items():
            begins.extend([begins[-1]] * (owner + 1 - len(begins)))
            for start, value in _steps_alone(listed[version], version, meanings):
                starts.append(start)
                values.append(value)
            begins.append(len(starts))
    (from4, starts4, values4), (from6, starts6, values6) = found[4], found[6]
    return OrganizationListings(OrganizationSteps(from4, starts4, from6, starts6), values4, values6), is_nested


def _steps_alone(
    listed: list[tuple[Network, Sequence[int]]], version: int, meanings: Meanings
) -> Iterator[tuple[int, int]]:
    """Starts and meanings of one organization's listings. Subjects of reports never hold one another."""
    listed.sort()
    if any(one.last >= other.first for (one, _), (other, _) in pairwise(listed)):
        nested = NestedNetworks((network, ListedNetwork(until, REASON_ALONE)) for network, until in listed)
        yield from flattened(nested, version, meanings)
        return
    end = 0
    for network, until in listed:
        if end and end != network.first:
            yield end, 0
        yield network.first, meanings.of_one(until, REASON_ALONE)
        end = network.last + 1
    if end and not end >> BITS[version]:
        yield end, 0


def _owners() -> list[int]:
    owner = OrganizationListing.organization
    return [row[0] for row in OrganizationListing.select(owner).distinct().order_by(owner).tuples()]


def _rows_alone(owner: int, now: int) -> list[tuple[Any, ...]]:
    """At most as many as one organization may have."""
    one = OrganizationListing
    query = one.select(one.network, one.level1_until, one.level2_until, one.level3_until, one.level4_until)
    query = query.where((one.organization == owner) & (one.expires_at > now))
    return list(proxy.execute_sql(*query.sql()).fetchall())


def _pages() -> Iterator[Sequence[Any]]:
    """All rows, as the driver gives them: texts and numbers need nothing done to them.

    They come in the order of their ids, and are chosen by whoever reads them: no index must be asked for more.
    """
    last = 0
    while True:
        query = Listing.select(Listing.id, *COLUMNS).where(Listing.id > last).order_by(Listing.id).limit(PAGE)
        rows: list[tuple[Any, ...]] = proxy.execute_sql(*query.sql()).fetchall()
        for row in rows:
            yield row[1:]
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


def flattened(networks: NestedNetworks[ListedNetwork], version: int, meanings: Meanings) -> Iterator[tuple[int, int]]:
    """Yield starts and meanings of networks that may hold one another."""
    return ((start, meanings.of_many(holding)) for start, holding in networks.steps(version))
