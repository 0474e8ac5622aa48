"""The state of the feeds and what they serve. It reads tables and changes nothing."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from peewee import Case, fn

from reputation.notices import alerts
from reputation.notices.checks import FEED_PRECISION
from reputation.publisher.approvals import LIST, WATCH
from reputation.store.models import Feed, FeedRevision, Listing
from reputation.store.search import containing

STATES = ("good", "held", "failed", "stale", "waiting", "paused", "on watch")
MISSED = 3  # a feed that has missed so many of its turns is stale


class FeedStatus(NamedTuple):
    """The state of one feed: good, held, failed, stale, waiting or paused; the message gives the reason.

    `entries` are those in use: served, or counted where the feed is on watch. `fallen` says that it is less often right
    than it was, "" where it is not.
    """

    name: str
    category: str
    database: str
    entries: int
    refreshed_at: int | None
    state: str
    message: str
    warnings: tuple[str, ...]
    purpose: str = LIST
    fallen: str = ""


def feed(name: str, now: int) -> FeedStatus | None:
    """Return one feed by its name, or None where there is none."""
    return next(iter(_states(Feed.select().where(Feed.name == name), now)), None)


def page(search: str, state: str, first: int, count: int, now: int) -> tuple[list[FeedStatus], int]:
    """Return `count` feeds by name from number `first` on, and the number of all that match.

    `search` is a part of the name or source, `state` is one of STATES; "" is any.
    """
    which = Feed.id.is_null(False)
    if search:
        which &= containing(search, Feed.name, Feed.source)
    if state:
        which &= _in_state(state, now)
    rows = Feed.select().where(which)
    return _states(rows.order_by(fn.LOWER(Feed.name)).offset(first).limit(count), now), rows.count()


def entries_served(now: int) -> int:
    """Count the entries that all feeds together serve."""
    live = (FeedRevision.state == "live") & (Feed.purpose == LIST) & ~Feed.paused & ~_has_ended(now)
    return int(FeedRevision.select(fn.SUM(FeedRevision.entries)).join(Feed).where(live).scalar() or 0)


def first_feeds(count: int, now: int) -> tuple[list[FeedStatus], int]:
    """Return at most `count` feeds by name, and the number of all feeds.

    Where there are more than `count`, those that are not good come first.
    """
    total = Feed.select().count()
    is_good = Case(None, [(_in_state("good", now), 1)], 0)
    rows = Feed.select().order_by(is_good, Feed.name) if total > count else Feed.select().order_by(Feed.name)
    return _states(rows.limit(count), now), total


def _states(rows: Any, now: int) -> list[FeedStatus]:
    found = list(rows)
    live = (FeedRevision.state == "live") & (FeedRevision.feed << [feed.id for feed in found])
    columns = FeedRevision.feed, FeedRevision.entries, FeedRevision.ends_at
    rows_of = {feed: (count, end) for feed, count, end in FeedRevision.select(*columns).where(live).tuples()}
    served = {feed: count for feed, (count, end) in rows_of.items() if end is None or now < end}
    fallen = alerts.lasting_texts(FEED_PRECISION)
    return [
        FeedStatus(
            feed.name,
            feed.category,
            feed.database,
            0 if feed.paused else served.get(feed.id, 0),
            feed.refreshed_at,
            *_state(feed, rows_of.get(feed.id, (0, None))[1], now),
            tuple(json.loads(feed.warnings)),
            feed.purpose,
            fallen.get(feed.name, ""),
        )
        for feed in found
    ]


def own_listings(now: int) -> int:
    """Count our own listings that are served."""
    return int(Listing.select(fn.COUNT(Listing.id)).where(Listing.expires_at > now).scalar() or 0)


def _in_state(state: str, now: int) -> Any:
    """A condition for the rows that are in a state, as `_state` tells of one."""
    ended = FeedRevision.select(FeedRevision.feed).where((FeedRevision.state == "live") & _has_ended(now))
    is_late = (Feed.status == "good") & ((now - Feed.refreshed_at > MISSED * Feed.every) | (Feed.id << ended))
    if state == "paused":
        return Feed.paused
    if state == "on watch":  # beside the state of its fetch
        return Feed.purpose == WATCH
    if state == "stale":
        return ~Feed.paused & is_late
    is_it = ~Feed.paused & (Feed.status == state)
    return is_it & (Feed.refreshed_at.is_null() | ~is_late) if state == "good" else is_it


def _has_ended(now: int) -> Any:
    return FeedRevision.ends_at.is_null(False) & (FeedRevision.ends_at <= now)


def _state(feed: Feed, ends_at: int | None, now: int) -> tuple[str, str]:
    if feed.paused:
        return "paused", "It is neither fetched nor used until somebody resumes it."
    if feed.status == "good" and ends_at is not None and ends_at <= now:
        return "stale", "Its list has ended, by its own word or by the bound max_age, and is not used any more."
    late = feed.refreshed_at is not None and now - feed.refreshed_at > MISSED * feed.every
    if feed.status == "good" and late:
        return "stale", "The last refresh was due long ago: does the scheduler run?"
    return feed.status, feed.message
