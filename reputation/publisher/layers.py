"""The layers of what feeds list, each listing with its end and its reason; own_listings.py has our own listings."""

from __future__ import annotations

from typing import Any, NamedTuple

from reputation.publisher.approvals import LIST, approved
from reputation.publisher.damaged_lists import in_use
from reputation.publisher.stored_lists import METADATA
from reputation.ranges import (
    Overlay,
    OverlayPart,
    Stored,
    overlay,
)
from reputation.store.models import Feed, FeedRevision
from reputation.verdict.snapshot import Layer, literal
from reputation.verdict.steps import Steps4, Steps6
from reputation.verdict.zones import FOREVER, SLOTS, category_slot, served_until


class ServedList(NamedTuple):
    """The newest list of a feed that is in a layer: the numbers of the feed and of the revision, and its entries.

    `fetched_at` is when it was fetched, `ends_at` when it is no longer served (Unix seconds; None: it has no end).
    """

    feed: int
    revision: int
    entries: int
    fetched_at: int
    ends_at: int | None


class FeedLayer(NamedTuple):
    """The layer of the feeds of one database, and the lists that it was made of."""

    layer: Layer
    lists: tuple[ServedList, ...]


def standard_feeds() -> FeedLayer:
    """Build the layer of the standard database: until a fetch no longer contains the address, or the list ends."""
    newest = {row.feed_id: row for row in _revisions("standard").where(FeedRevision.state == "live")}
    found = [opened for row in newest.values() if (opened := in_use(row))]
    parts = [
        OverlayPart(stored, _slot(category_slot(row.feed.category), _end(row)), literal(row.feed.name))
        for row, stored in found
    ]
    return FeedLayer(_layer(overlay(_without_approved(parts))), _served([(row, _end(row)) for row, _ in found]))


def dynamic_feeds(now: int) -> FeedLayer:
    """Build the layer of the dynamic database: at every level, until the feed's duration after the last fetch ends."""
    rows = list(_revisions("dynamic").where(FeedRevision.state << ("live", "old")))
    newest = {row.feed_id: row for row in rows if row.state == "live"}
    rows = [row for row in rows if row.state == "old" or newest[row.feed_id] is row]
    found = [opened for row in rows if now < _stay(row) and (opened := in_use(row))]
    parts = [OverlayPart(stored, _all(_stay(row)), literal(row.feed.name)) for row, stored in found]
    return FeedLayer(_layer(overlay(_without_approved(parts))), _served([(row, _stay(row)) for row, _ in found]))


def _served(rows: list[tuple[Any, int]]) -> tuple[ServedList, ...]:
    """The newest list of each feed among rows that have their ends beside them."""
    newest = {row.feed_id: (row, end) for row, end in sorted(rows, key=lambda pair: int(pair[0].id))}
    return tuple(
        ServedList(feed, row.id, row.entries, row.fetched_at, end if end < FOREVER else None)
        for feed, (row, end) in newest.items()
    )


def _without_approved(parts: list[OverlayPart]) -> list[OverlayPart]:
    """The lists without what a list of good senders covers; as they are stored where there is no such list."""
    good = approved()
    if not good.count:
        return parts
    return [
        part._replace(ranges=(part.ranges.ranges if isinstance(part.ranges, Stored) else part.ranges).less(good))
        for part in parts
    ]


def _revisions(database: str) -> Any:
    """The revisions of feeds that are not paused, without their ranges, in the order of their numbers."""
    chosen = (Feed.database == database) & (Feed.purpose == LIST) & ~Feed.paused
    return FeedRevision.select(*METADATA, Feed).join(Feed).where(chosen).order_by(FeedRevision.id)


def _end(row: FeedRevision) -> int:
    """When the list ends by its own word or its age; most never do."""
    return served_until(row.ends_at or None)


def _stay(row: FeedRevision) -> int:
    """When the list ends, or its entries, that stay for a time after it was seen last."""
    return min(served_until(row.seen_at + row.feed.duration), _end(row))


def _all(end: int) -> tuple[int, int, int, int]:
    return end, end, end, end


def _slot(slot: int, until: int) -> tuple[int, int, int, int]:
    ends = [0] * SLOTS
    ends[slot] = until
    return ends[0], ends[1], ends[2], ends[3]


def _layer(made: Overlay) -> Layer:
    return Layer(
        Steps4(made.lows4, made.values4, made.index4),
        Steps6(made.high6, made.low6, made.values6),
        made.expiries,
        made.reasons,
    )
