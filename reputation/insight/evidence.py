"""The evidence against a network: spam reports, our own listings and how long they lasted, and what feeds list now.

It says no more than the network's owner may know. The text of a report and its reporter never leave this module: they
would reveal a trap.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from peewee import chunked

from reputation.addresses.address import (
    BITS,
    Address,
    Network,
    parse_network,
)
from reputation.addresses.nested import NestedNetworks
from reputation.addresses.scored_networks import around
from reputation.intake.listing_history import ENDED, EXTENDED, LISTED, REMOVED
from reputation.store.models import Listing, ListingEvent, SpamReport
from reputation.verdict.snapshot import Snapshot, expanded
from reputation.verdict.zones import CATEGORIES

TEXTS_AT_ONCE = 1000  # in one statement
MOST = 500  # of one kind and network: more say nothing more
FEW_SUBNETS = 24  # an IPv4 network from this prefix on has so few networks in it that all of them can be named

SOURCES = {
    "trap": "A message reached a spam trap",
    "complaint": "A recipient complained",
    "filter": "A content filter found spam",
    "hand": "Reported by a person",
}


class Evidence(NamedTuple):
    """One piece of evidence: `at` is when it happened or began, `until` when a listing ends or ended (0 for a report).

    Both are Unix seconds. `kind` is report, listing or feed; `address` is what it is about; `database` and `category`
    are "" for a report.
    """

    at: int
    until: int
    kind: str
    address: str
    database: str
    category: str
    reason: str

    def touches(self, first: int, end: int) -> bool:
        """Tell whether it falls into a span of time; a listing does while it lasts."""
        return self.at < end and max(self.until, self.at + 1) > first


def spam_reports(network: Network, first: int) -> Iterator[Evidence]:
    """Yield the reports about addresses of the network since `first` (Unix seconds), the newest first."""
    rows = SpamReport.select(SpamReport.address, SpamReport.source, SpamReport.reported_at).where(
        may_be_inside(SpamReport.address, network) & (SpamReport.reported_at >= first)
    )
    found = 0
    for address, source, at in rows.order_by(SpamReport.reported_at.desc()).tuples().iterator():
        if _overlap(network, address) and found < MOST:
            found += 1
            yield Evidence(at, 0, "report", address, "", "", SOURCES.get(source, "Reported as spam"))


def spam_reports_of(networks: Collection[Network], first: int) -> dict[Network, list[Evidence]]:
    """Return the same for several networks; for single addresses, as most mail servers are, in a few statements."""
    single = {str(one): one for one in networks if one.prefix == BITS[one.version]}
    found = {one: [] if str(one) in single else list(spam_reports(one, first)) for one in networks}
    columns = (SpamReport.address, SpamReport.source, SpamReport.reported_at)
    for some in chunked(sorted(single), TEXTS_AT_ONCE):
        rows = SpamReport.select(*columns).where((SpamReport.address << some) & (SpamReport.reported_at >= first))
        for address, source, at in rows.order_by(SpamReport.reported_at.desc()).tuples().iterator():
            kept = found[single[address]]
            if len(kept) < MOST:
                kept.append(Evidence(at, 0, "report", address, "", "", SOURCES.get(source, "Reported as spam")))
    return found


def own_listings(network: Network, first: int, now: int) -> list[Evidence]:
    """Return our own listings that overlap the network and were served at any time since `first`, the newest first."""
    return own_listings_of([network], first, now)[network]


def own_listings_of(networks: Collection[Network], first: int, now: int) -> dict[Network, list[Evidence]]:
    """Return the own listings of several networks, by network, with a few statements for all of them."""
    spans = _spans_of_history(networks, first)
    for row in _rows_touching(Listing, Listing.network, networks, Listing.expires_at > now):
        kept = spans.setdefault(_key(row), [])
        if not _stands(kept, now):  # older than what the history tells
            kept.append(_Span(row.created_at, row.expires_at, row.reason))
    found = [
        (parse_network(address), Evidence(span.since, span.until, "listing", address, database, category, span.reason))
        for (database, address, category, _source), kept in spans.items()
        for span in kept
        if span.until > first
    ]
    of = NestedNetworks(found)
    return {network: sorted(of.touching(network), key=lambda one: -one.at)[:MOST] for network in networks}


def feed_listings(snapshot: Snapshot, network: Network, now: int) -> list[Evidence]:
    """Return what feeds list of the network now, whatever a policy says.

    Feeds do not tell since when, so `at` is `now`.
    """
    found = []
    for name, listed in (("standard", snapshot.standard), ("dynamic", snapshot.dynamic)):
        for first, last, entries in listed.feeds.inside(network, now):
            # What decides: the first category, or the level that holds longest.
            slot, until, reason = entries[0] if name == "standard" else max(entries, key=attrgetter("until"))
            category = CATEGORIES[slot] if name == "standard" else "dynamic"
            shown, address = _range(network.version, first, last), Address(network.version, first)
            found.append(Evidence(now, until, "feed", shown, name, category, expanded(reason, address)))
            if len(found) >= MOST:
                return found
    return found


def may_be_inside(field: Any, network: Network) -> Any:
    """Return a condition for rows whose text may be an address or a network inside this one; some lie beside it."""
    if network.prefix == BITS[network.version]:
        return field == str(network)
    if network.version == 4 and network.prefix >= FEW_SUBNETS:
        return field << [
            str(around(Address(4, first), prefix))
            for prefix in range(network.prefix, 33)
            for first in range(network.first, network.last + 1, 1 << (32 - prefix))
        ]
    head = _head(network)
    return field.startswith(head) if head else field.contains("." if network.version == 4 else ":")


class _Span(NamedTuple):
    since: int
    until: int
    reason: str


Key = tuple[str, str, str, str]  # database, network, category, source


def _key(row: Any) -> Key:
    return row.database, row.network, row.category, row.source


def _stands(spans: Sequence[_Span], now: int) -> bool:
    return any(span.until > now for span in spans)


def _spans_of_history(networks: Collection[Network], first: int) -> dict[Key, list[_Span]]:
    """From when to when each listing stood, as far as its history tells."""
    recent = (ListingEvent.at >= first) | (ListingEvent.until > first)
    rows = _rows_touching(ListingEvent, ListingEvent.network, networks, recent)
    spans: dict[Key, list[_Span]] = {}
    for event in sorted(rows, key=lambda row: (row.at, row.id)):
        kept = spans.setdefault(_key(event), [])
        if event.what == LISTED or (event.what == EXTENDED and not _stands(kept, event.at)):
            kept.append(_Span(event.at, event.until, event.reason))
        elif event.what == EXTENDED:
            kept[-1] = kept[-1]._replace(until=max(event.until, kept[-1].until), reason=event.reason)
        elif event.what in (REMOVED, ENDED) and kept:
            kept[-1] = kept[-1]._replace(until=min(event.at, kept[-1].until))
    return spans


def _rows_touching(table: Any, field: Any, networks: Collection[Network], which: Any) -> list[Any]:
    """Rows, each once, whose network may overlap one of these: the caller asks."""
    # Neighbours share most of the networks around them: each is written once.
    outer = {around(Address(one.version, one.first), prefix) for one in networks for prefix in range(one.prefix + 1)}
    texts = map(str, outer)
    wide = [may_be_inside(field, one) for one in networks if one.prefix < BITS[one.version]]
    conditions = [*(field << some for some in chunked(sorted(texts), TEXTS_AT_ONCE)), *wide]
    found = {row.id: row for one in conditions for row in table.select().where(one & which)}
    return list(found.values())


def _head(network: Network) -> str:
    """How the texts of all its addresses begin; "" where they have nothing in common."""
    if network.version == 4:
        octets = str(ipaddress.IPv4Address(network.first)).split(".")[: network.prefix // 8]
        return "".join(f"{octet}." for octet in octets)
    head = ""
    for place in range(network.prefix // 16):
        group = network.first >> (112 - 16 * place) & 0xFFFF
        if not group:  # zeros may be written as ::
            break
        head += f"{group:x}:"
    return head


def _overlap(network: Network, text: str) -> bool:
    return parse_network(text).overlaps(network)


def _range(version: int, first: int, last: int) -> str:
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    networks: list[Any] = list(ipaddress.summarize_address_range(kind(first), kind(last)))
    if first == last:
        return str(kind(first))
    return str(networks[0]) if len(networks) == 1 else f"{kind(first)} to {kind(last)}"
