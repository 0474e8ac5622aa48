"""The layers of what feeds list, each listing with its end and its reason; own_listings.py has our own listings."""

from __future__ import annotations

import json
import logging
from typing import Any

from reputation.publisher.approvals import LIST, approved
from reputation.ranges import (
    Overlay,
    OverlayPart,
    Ranges,
    Stored,
    overlay,
)
from reputation.store import db
from reputation.store.models import Feed, FeedRevision
from reputation.verdict.snapshot import Layer, literal
from reputation.verdict.steps import Steps4, Steps6
from reputation.verdict.zones import SLOTS, category_slot, served_until

log = logging.getLogger("gatepost.publisher")


def standard_feeds() -> Layer:
    """Build the layer of the standard database: until a fetch no longer contains the address, or the list ends."""
    rows = list(_revisions("standard").where(FeedRevision.state == "live"))
    parts = [
        OverlayPart(_ranges(row), _slot(category_slot(row.feed.category), _end(row)), literal(row.feed.name))
        for row in rows
    ]
    return _layer(overlay(_without_approved(parts)))


def dynamic_feeds(now: int) -> Layer:
    """Build the layer of the dynamic database: at every level, until the feed's duration after the last fetch ends."""
    rows = _revisions("dynamic").where(FeedRevision.state << ("live", "old"))
    ends = [(row, min(served_until(row.seen_at + row.feed.duration), _end(row))) for row in rows]
    parts = [OverlayPart(_ranges(row), _all(end), literal(row.feed.name)) for row, end in ends if now < end]
    return _layer(overlay(_without_approved(parts)))


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
    """The revisions of feeds that are not paused, without their ranges."""
    chosen = (Feed.database == database) & (Feed.purpose == LIST) & ~Feed.paused
    columns = (FeedRevision.id, FeedRevision.seen_at, FeedRevision.ends_at, FeedRevision.texts, Feed)
    return FeedRevision.select(*columns).join(Feed).where(chosen).order_by(FeedRevision.id)


def _ranges(row: FeedRevision) -> Ranges | Stored:
    four, six = (db.read_blob(field, row.id) for field in (FeedRevision.ranges4, FeedRevision.ranges6))
    if four is None or six is None:  # it was removed a moment ago, and this part is about to be built anew
        return Ranges.empty()
    try:
        return Stored(four, six, json.loads(row.texts))
    except ValueError as error:  # one damaged row must not take the other lists away
        log.error("The stored list of feed %s cannot be read, refresh it: %s", row.feed.name, error)
        return Ranges.empty()


def _end(row: FeedRevision) -> int:
    """When the list ends by its own word or its age; most never do."""
    return served_until(row.ends_at or None)


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
