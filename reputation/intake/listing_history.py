"""What became of our own listings: written whenever one is made, extended, removed or ends; read for one address.

It says what anybody may know. Which trap was hit, or who complained, stands with the evidence and never here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from reputation.addresses.address import BITS, Address
from reputation.addresses.scored_networks import around
from reputation.store import db
from reputation.store.models import Listing, ListingEvent

LISTED, EXTENDED, REMOVED, ENDED = "listed", "extended", "removed", "ended"
KEPT = 2 * 365 * 86400  # seconds


class HistoryEvent(NamedTuple):
    """`until` is when the listing ends or ended; 0 for one that was removed."""

    database: str
    network: str
    category: str
    what: str
    at: int
    until: int
    reason: str
    source: str


class ListingHistory(NamedTuple):
    """Of one address: what lists it now, and what became of every listing that held it, the newest first."""

    listed: list[HistoryEvent]
    events: list[HistoryEvent]


def note(events: Iterable[HistoryEvent]) -> None:
    """Write what became of listings, inside the transaction that changes them."""
    fields = [getattr(ListingEvent, name) for name in HistoryEvent._fields]
    db.write_rows(fields, list(events))


def history(address: Address, now: int) -> ListingHistory:
    """Everything about the networks that hold the address."""
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
    """What became of a listing, as it stands in its row."""
    until = 0 if what == REMOVED else row.expires_at
    return HistoryEvent(row.database, row.network, row.category, what, at, until, row.reason, row.source)


def prune(now: int) -> int:
    """Remove what is too old to tell; how many."""
    return int(ListingEvent.delete().where(ListingEvent.at < now - KEPT).execute())
