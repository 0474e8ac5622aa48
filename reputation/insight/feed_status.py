"""The state of the feeds and what they serve. It reads tables and changes nothing.

What is served is what the publisher has laid into the snapshot (`served`), and not what the rows say: a list that could
not be published is not shown as loaded. A process that serves nothing has the rows alone.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from peewee import Case, fn

from reputation.intake.feeds import attempts
from reputation.notices import alerts
from reputation.notices.checks import FEED_PRECISION
from reputation.publisher import ServedLists, damaged_lists
from reputation.publisher.approvals import LIST, WATCH
from reputation.publisher.damaged_lists import DAMAGED, Notice
from reputation.publisher.layers import ServedList
from reputation.store.models import Feed, FeedRevision, Listing
from reputation.store.search import containing

STATES = ("good", "held", "failed", DAMAGED, "stale", "waiting", "paused", "on watch")
MISSED = 3  # a feed that has missed so many of its turns is stale
HELD_UP = "Its newest list is stored and could not be published: System says why."


class FeedStatus(NamedTuple):
    """The state of one feed: good, held, failed, damaged, stale, waiting or paused; the message gives the reason.

    `entries` are those in use: served, or counted where the feed is on watch. `list_at` is when the list with them
    was fetched (Unix seconds; None: none). `fallen` says that it is less often right
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
    list_at: int | None = None


def feed(name: str, now: int, served: ServedLists | None = None) -> FeedStatus | None:
    """Return one feed by its name, or None where there is none."""
    return next(iter(_states(Feed.select().where(Feed.name == name), now, served)), None)


def page(
    search: str, state: str, first: int, count: int, now: int, served: ServedLists | None = None
) -> tuple[list[FeedStatus], int]:
    """Return `count` feeds by name from number `first` on, and the number of all that match.

    `search` is a part of the name or source, `state` is one of STATES; "" is any.
    """
    which = Feed.id.is_null(False)
    if search:
        which &= containing(search, Feed.name, Feed.source)
    if state:
        which &= _in_state(state, now)
    rows = Feed.select().where(which)
    return _states(rows.order_by(fn.LOWER(Feed.name)).offset(first).limit(count), now, served), rows.count()


def entries_served(now: int, served: ServedLists | None = None) -> int:
    """Count the entries that all feeds together serve."""
    if served is not None:
        return sum(one.entries for one in served.of_feed.values() if one.ends_at is None or now < one.ends_at)
    live = (FeedRevision.state == "live") & (Feed.purpose == LIST) & ~Feed.paused & ~_has_ended(now)
    return int(FeedRevision.select(fn.SUM(FeedRevision.entries)).join(Feed).where(live).scalar() or 0)


def first_feeds(count: int, now: int, served: ServedLists | None = None) -> tuple[list[FeedStatus], int]:
    """Return at most `count` feeds by name, and the number of all feeds.

    Where there are more than `count`, those that are not good come first.
    """
    total = Feed.select().count()
    is_good = Case(None, [(_in_state("good", now), 1)], 0)
    rows = Feed.select().order_by(is_good, Feed.name) if total > count else Feed.select().order_by(Feed.name)
    return _states(rows.limit(count), now, served), total


def _states(rows: Any, now: int, served: ServedLists | None) -> list[FeedStatus]:
    found = list(rows)
    ids = [feed.id for feed in found]
    stored, damaged = _stored(ids), damaged_lists.standing(ids)
    fallen = alerts.lasting_texts(FEED_PRECISION)
    return [_status(feed, stored.get(feed.id), damaged.get(feed.id), served, fallen, now) for feed in found]


def _stored(feeds: list[int]) -> dict[int, ServedList]:
    """The newest live list of each feed, as the rows have it."""
    live = (FeedRevision.state == "live") & (FeedRevision.feed << feeds)
    one = FeedRevision
    rows = one.select(one.feed, one.id, one.entries, one.fetched_at, one.ends_at).where(live).order_by(one.id)
    return {row[0]: ServedList(*row) for row in rows.tuples()}


def _status(
    feed: Feed, stored: ServedList | None, damaged: Notice | None, served: ServedLists | None,
    fallen: dict[str, str], now: int,
) -> FeedStatus:  # fmt: skip
    is_served = served is not None and feed.purpose == LIST
    used = served.of_feed.get(feed.id) if served is not None and is_served else stored
    if feed.paused or (used and used.ends_at is not None and used.ends_at <= now):
        used = None
    state, message = _state(feed, stored.ends_at if stored else None, damaged, now)
    if served is not None and is_served and _is_held_up(feed, used, stored, served):
        state, message = "stale" if state == "good" else state, f"{message} {HELD_UP}".strip()
    return FeedStatus(
        feed.name,
        feed.category,
        feed.database,
        used.entries if used else 0,
        feed.refreshed_at,
        state,
        message,
        tuple(json.loads(feed.warnings)),
        feed.purpose,
        fallen.get(feed.name, ""),
        used.fetched_at if used else None,
    )


def _is_held_up(feed: Feed, used: ServedList | None, stored: ServedList | None, served: ServedLists) -> bool:
    is_same = (used.revision if used else 0) == (stored.revision if stored else 0)
    return feed.database in served.held_up and not feed.paused and not is_same


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
    is_damaged = Feed.id << list(damaged_lists.standing())
    if state == DAMAGED:
        return ~Feed.paused & is_damaged
    is_late &= ~is_damaged
    if state == "stale":
        return ~Feed.paused & is_late
    is_it = ~Feed.paused & (Feed.status == state) & ~is_damaged
    return is_it & (Feed.refreshed_at.is_null() | ~is_late) if state == "good" else is_it


def _has_ended(now: int) -> Any:
    return FeedRevision.ends_at.is_null(False) & (FeedRevision.ends_at <= now)


def _state(feed: Feed, ends_at: int | None, damaged: Notice | None, now: int) -> tuple[str, str]:
    if feed.paused:
        return "paused", "It is neither fetched nor used until somebody resumes it."
    if damaged is not None:
        return damaged_lists.said(damaged, feed.status, feed.message)
    if feed.status == "good" and ends_at is not None and ends_at <= now:
        return "stale", "Its list has ended, by its own word or by the bound max_age, and is not used any more."
    late = feed.refreshed_at is not None and now - feed.refreshed_at > MISSED * feed.every
    attempt = attempts.about(feed)
    if feed.status == "good" and late:
        return "stale", attempt or "The last refresh was due long ago: does the scheduler run?"
    return feed.status, f"{feed.message} {attempt}".strip()
