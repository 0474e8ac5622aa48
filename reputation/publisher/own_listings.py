"""The layer of our own listings of one database. Reports change it at any moment, so a hundred thousand must be cheap.

Hardly any two of them overlap: those that do not are put side by side, column by column as they come out of the table,
and only those that overlap are flattened one by one. Beside them stand those that hold for one organization alone.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from reputation.addresses.address import BITS, Network, parse_network
from reputation.addresses.nested import NestedNetworks
from reputation.ranges.side_by_side import (
    Spans,
    interleave,
    overlapping,
    spans,
    steps_of,
)
from reputation.store.models import Listing, OrganizationListing
from reputation.store.models import database as proxy
from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.snapshot import Layer
from reputation.verdict.steps import Steps4, steps6
from reputation.verdict.zones import DATABASE_NAMES, DYNAMIC, SLOTS, category_slot

# It tells its sender that nobody else lists him; what was seen is the organization's to say.
REASON_ALONE = "The organization that you write to has seen spam from this sender; the listing ends by itself"

COLUMNS = (
    Listing.network, Listing.reason, Listing.category, Listing.expires_at,
    Listing.level1_until, Listing.level2_until, Listing.level3_until, Listing.level4_until,
)  # fmt: skip


class ListedNetwork(NamedTuple):
    """A listing: its end in each slot, and its reason."""

    ends: Sequence[int]
    reason: str


class Meanings:
    """The meanings of the steps' values: four ends and four reasons each.

    0 is nothing; the meanings of the rows come first.
    """

    def __init__(self, entries: Sequence[ListedNetwork]) -> None:
        self.expiries = interleave([[0, *(entry.ends[slot] for entry in entries)] for slot in range(SLOTS)])
        self.reasons = [""] * SLOTS
        for ends, reason in entries:
            # A slot without an end has no reason: long texts that nobody is told are not kept.
            self.reasons += [reason if until else "" for until in ends]
        self._count = len(entries)

    def of_one(self, ends: Sequence[int], reason: str) -> int:
        """Add the meaning of one listing; return its number."""
        self.expiries.extend(ends)
        self.reasons += [reason if until else "" for until in ends]
        self._count += 1
        return self._count

    def of_many(self, entries: list[ListedNetwork]) -> int:
        """Add the meaning of listings that overlap: for each slot the one that lasts longest; return its number.

        Return 0 for no listing.
        """
        if not entries:
            return 0
        for slot in range(SLOTS):
            until, reason = max((entry.ends[slot], entry.reason) for entry in entries)
            self.expiries.append(until)
            self.reasons.append(reason if until else "")
        self._count += 1
        return self._count


class OwnLayer(NamedTuple):
    """The layer of our own listings, and which of its meanings hold for one organization alone."""

    layer: Layer
    alone: OrganizationListings


def build(database: str, now: int) -> OwnLayer:
    """Build what we list ourselves in a database and is served, with an end for each slot."""
    rows = _rows(database, now)
    entries = [ListedNetwork(_ends(database, row), row[1]) for row in rows]
    meanings = Meanings(entries)
    four = [place for place, row in enumerate(rows) if ":" not in row[0]]
    six = [place for place, row in enumerate(rows) if ":" in row[0]]
    steps4 = _four([rows[place][0] for place in four], four, entries, meanings)
    nested6 = NestedNetworks((parse_network(rows[place][0]), entries[place]) for place in six)
    made6 = steps6(_flattened(nested6, 6, meanings))
    alone = _alone(meanings, now) if database == DATABASE_NAMES[DYNAMIC] else OrganizationListings()
    return OwnLayer(Layer(steps4, made6, meanings.expiries, meanings.reasons), alone)


def _alone(meanings: Meanings, now: int) -> OrganizationListings:
    """What the reports of each organization list for it alone."""
    by_owner: dict[int, dict[int, list[tuple[Network, Sequence[int]]]]] = {}
    for owner, text, *ends in _rows_alone(now):
        network = _subject(text)
        by_owner.setdefault(owner, {4: [], 6: []})[network.version].append((network, ends))
    found: dict[int, tuple[list[int], list[int], list[int]]] = {4: ([0], [], []), 6: ([0], [], [])}
    for owner in range(max(by_owner, default=-1) + 1):
        for version, (begins, starts, values) in found.items():
            for start, value in _steps_alone(by_owner[owner][version], version, meanings) if owner in by_owner else ():
                starts.append(start)
                values.append(value)
            begins.append(len(starts))
    (from4, starts4, values4), (from6, starts6, values6) = found[4], found[6]
    return OrganizationListings(OrganizationSteps(from4, starts4, from6, starts6), values4, values6)


def _subject(text: str) -> Network:
    """A row's network. Most are IPv4 addresses, which are read ten times as fast so."""
    if ":" in text or "/" in text:
        return parse_network(text)
    value = int.from_bytes(socket.inet_aton(text))
    return Network(4, value, value, BITS[4])


def _steps_alone(
    listed: list[tuple[Network, Sequence[int]]], version: int, meanings: Meanings
) -> Iterator[tuple[int, int]]:
    """Starts and meanings of one organization's listings. Subjects of reports never hold one another."""
    listed.sort()
    if any(one.last >= other.first for (one, _), (other, _) in pairwise(listed)):
        nested = NestedNetworks((network, ListedNetwork(ends, REASON_ALONE)) for network, ends in listed)
        yield from _flattened(nested, version, meanings)
        return
    end = 0
    for network, ends in listed:
        if end and end != network.first:
            yield end, 0
        yield network.first, meanings.of_one(ends, REASON_ALONE)
        end = network.last + 1
    if end and not end >> BITS[version]:
        yield end, 0


def _rows_alone(now: int) -> list[tuple[Any, ...]]:
    one = OrganizationListing
    query = one.select(
        one.organization, one.network, one.level1_until, one.level2_until, one.level3_until, one.level4_until
    ).where(one.expires_at > now)
    return list(proxy.execute_sql(*query.order_by(one.organization, one.network).sql()).fetchall())


def _rows(database: str, now: int) -> list[tuple[Any, ...]]:
    """As the driver gives them: texts and numbers need nothing done to them."""
    query = Listing.select(*COLUMNS).where((Listing.database == database) & (Listing.expires_at > now))
    found: list[tuple[Any, ...]] = proxy.execute_sql(*query.sql()).fetchall()
    return found


def _ends(database: str, row: tuple[Any, ...]) -> Sequence[int]:
    if database == "dynamic":
        return row[4:]
    slot = category_slot(row[2])
    return [row[3] if place == slot else 0 for place in range(SLOTS)]


def _four(networks: list[str], places: list[int], entries: list[ListedNetwork], meanings: Meanings) -> Steps4:
    """The steps of the IPv4 networks, of which `places` says which entry each one is."""
    split = [network.partition("/") for network in networks]
    all_spans = spans(b"".join([socket.inet_aton(base) for base, _, _ in split]), [int(end or 32) for *_, end in split])
    crowded = overlapping(all_spans)
    together = NestedNetworks((parse_network(networks[at]), entries[places[at]]) for at in crowded.nonzero()[0])
    alone = Spans(all_spans.firsts[~crowded], all_spans.lasts[~crowded])
    values = [places[at] + 1 for at in (~crowded).nonzero()[0]]
    made = steps_of(alone, values, list(_flattened(together, 4, meanings)))
    return Steps4(made.lows, made.values, made.positions)


def _flattened(networks: NestedNetworks[ListedNetwork], version: int, meanings: Meanings) -> Iterator[tuple[int, int]]:
    """Starts and meanings of networks that may hold one another."""
    return ((start, meanings.of_many(holding)) for start, holding in networks.steps(version))
