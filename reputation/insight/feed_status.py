"""What is loaded, since when, and how the feeds are. Reads tables and the live snapshot's parts; changes nothing."""

from __future__ import annotations

import json
from typing import NamedTuple

from peewee import fn

from reputation.store.models import Feed, FeedRevision, Listing

MISSED = 3  # a feed that has missed so many of its turns is stale


class FeedStatus(NamedTuple):
    """How one feed is: good, held, failed, stale, waiting or paused; the message says why, where it matters."""

    name: str
    category: str
    database: str
    entries: int
    refreshed_at: int | None
    state: str
    message: str
    warnings: tuple[str, ...]


def feeds(now: int) -> list[FeedStatus]:
    """Every feed by name."""
    live = FeedRevision.select().where(FeedRevision.state == "live")
    entries = {row.feed_id: row.entries for row in live.select(FeedRevision.feed, FeedRevision.entries)}
    return [
        FeedStatus(
            feed.name,
            feed.category,
            feed.database,
            0 if feed.paused else entries.get(feed.id, 0),
            feed.refreshed_at,
            *_state(feed, now),
            tuple(json.loads(feed.warnings)),
        )
        for feed in Feed.select().order_by(Feed.name)
    ]


def own_listings(now: int) -> int:
    """How many listings of our own are served."""
    return int(Listing.select(fn.COUNT(Listing.id)).where(Listing.expires_at > now).scalar() or 0)


def _state(feed: Feed, now: int) -> tuple[str, str]:
    if feed.paused:
        return "paused", "It is neither fetched nor served until somebody resumes it."
    late = feed.refreshed_at is not None and now - feed.refreshed_at > MISSED * feed.every
    if feed.status == "good" and late:
        return "stale", "The last refresh was due long ago: does the scheduler run?"
    return feed.status, feed.message
