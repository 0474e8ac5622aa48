"""The history of our own listings: an event is written when one is made, extended, removed or ends.

It contains only what anybody may know. Which trap was hit, or who complained, is with the evidence and never here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reputation.addresses.address import BITS, Address
from reputation.addresses.scored_networks import around
from reputation.store import db
from reputation.store.models import Listing, ListingEvent

HAND, REPORTS = "hand", "reports"  # the sources of a listing
LISTED, EXTENDED, REMOVED, ENDED = "listed", "extended", "removed", "ended"
KEPT = 2 * 365 * 86400  # seconds


class HistoryEvent(NamedTuple):
    """One event.

    `at` and `until` are Unix seconds; `until` is when the listing ends or ended, 0 where it was removed.
    """

    database: str
    network: str
    category: str
    what: str
    at: int
    until: int
    reason: str
    source: str


class ListingHistory(NamedTuple):
    """The history of one address: its present listings, and the events of every listing that held it, newest first."""

    listed: list[HistoryEvent]
    events: list[HistoryEvent]


def note(events: Iterable[HistoryEvent]) -> None:
    """Write events of listings. Call it inside the transaction that changes the listings."""
    fields = [getattr(ListingEvent, name) for name in HistoryEvent._fields]
    db.write_rows(fields, list(events))


def history(address: Address, now: int) -> ListingHistory:
    """Return the history of every network that holds the address."""
    networks = [str(around(address, prefix)) for prefix in range(BITS[address.version] + 1)]
    rows = ListingEvent.select().where(ListingEvent.network << networks)
    rows = rows.order_by(ListingEvent.at.desc(), ListingEvent.id.desc())
    events = [
        HistoryEvent(row.database, row.network, row.category, row.what, row.at, row.until, row.reason, row.source)
        for row in rows
    ]
    open_ = Listing.select().where((Listing.network << networks) & (Listing.expires_at > now))
    listed = [of(row, LISTED, row.created_at) for row in open_.order_by(Listing.expires_at.desc())]
    return ListingHistory(listed, events)


def of(row: Listing, what: str, at: int) -> HistoryEvent:
    """Make an event from a listing's row."""
    until = 0 if what == REMOVED else row.expires_at
    return HistoryEvent(row.database, row.network, row.category, what, at, until, row.reason, row.source)


def prune(now: int) -> int:
    """Remove the events that are older than two years; return how many."""
    return int(ListingEvent.delete().where(ListingEvent.at < now - KEPT).execute())
