"""Feeds as rows: adding, changing and removing them, and reading their state."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from peewee import IntegrityError, fn

from reputation.intake import formats
from reputation.intake.bounds import FeedBounds
from reputation.intake.feeds import revisions
from reputation.intake.fetch import FetchError, checked_source
from reputation.refusal import NameTaken, Refused
from reputation.store import audit, db
from reputation.store.models import Feed, FeedRevision
from reputation.store.rows import FeedRow, RevisionRow
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES

HOUR = 3600
STAY = 12 * HOUR


class FeedState(NamedTuple):
    """A feed and its present state.

    Times are Unix seconds, None means never. `entries` is the number served (0: nothing yet), `held_entries` the number
    that waits for a person (None: nothing waits). `every` and `duration` are seconds.
    """

    name: str
    source: str
    format: str
    category: str
    database: str
    every: int
    duration: int
    status: str
    message: str
    warnings: tuple[str, ...]
    entries: int
    held_entries: int | None
    fetched_at: int | None
    checked_at: int | None
    refreshed_at: int | None
    bounds: FeedBounds
    id: int = 0
    paused: bool = False


def add(
    name: str, source: str, format: str, category: str, now: int,
    database: str = "standard", every: int = HOUR, duration: int = STAY,
    bounds: Mapping[str, Any] | None = None, who: str = audit.COMMAND_LINE,
) -> FeedState:  # fmt: skip
    """Add a feed, which is due at once.

    Raise Refused where a value is not allowed, NameTaken where the name is in use.
    """
    name = name.strip()
    _check(name, category, database, every, duration)
    read = _read(source, format, bounds or {})
    try:
        with db.write():
            Feed.create(
                name=name,
                category=category.upper(),
                database=database,
                every=every,
                duration=duration,
                created_at=now,
                **read,
            )
            after = f"{read['source']} as {format}, {category.upper()}"
            audit.record(None, who, f"Feed added: {name}", now, after=after)
            return state_of(revisions.by_name(name))
    except IntegrityError:
        raise NameTaken(f"There is a feed {name!r} already.") from None


def remove(name: str, now: int, who: str = audit.COMMAND_LINE) -> None:
    """Remove a feed and all that it lists. Raise Refused where there is no such feed."""
    with db.write():
        feed = revisions.by_name(name)
        FeedRevision.delete().where(FeedRevision.feed == feed).execute()
        Feed.delete().where(Feed.id == feed.id).execute()
        audit.record(None, who, f"Feed removed: {name}", now, before=feed.source)
        revisions.record_change(feed, now)


def set_bounds(name: str, values: Mapping[str, Any], now: int, who: str = audit.COMMAND_LINE) -> FeedBounds:
    """Change some bounds of a feed and return all of them.

    The next fetch is checked against them, even where the source says that nothing changed. Raise Refused where a value
    is wrong.
    """
    with db.write():
        feed = revisions.by_name(name)
        try:
            bounds = FeedBounds.of(json.loads(feed.bounds) | dict(values))
        except ValueError as error:
            raise Refused(str(error)) from None
        Feed.update(bounds=bounds.to_json(), etag="", last_modified="").where(Feed.id == feed.id).execute()
        audit.record(None, who, f"Bounds of the feed {name} changed", now, before=feed.bounds, after=bounds.to_json())
    return bounds


def edit(
    name: str, source: str, format: str, category: str, now: int,
    database: str, every: int, duration: int, bounds: Mapping[str, Any], who: str,
) -> FeedState:  # fmt: skip
    """Change everything of a feed but its name.

    A new source, format or bound counts from the next fetch, which is due at once; a new category or database counts
    from the next packet. Raise Refused where a value is not allowed.
    """
    _check(name, category, database, every, duration)
    wanted = _read(source, format, bounds) | {
        "category": category.upper(), "database": database, "every": every, "duration": duration,
    }  # fmt: skip
    with db.write():
        feed = revisions.by_name(name)
        before = {field: getattr(feed, field) for field in wanted if getattr(feed, field) != wanted[field]}
        if not before:
            return state_of(feed)
        if not before.keys().isdisjoint(("source", "format", "bounds")):
            # What comes next is judged anew, even where the source says that nothing changed.
            wanted |= {"etag": "", "last_modified": "", "checked_at": None}
        revisions.record_change(feed, now)
        Feed.update(**wanted).where(Feed.id == feed.id).execute()
        feed = revisions.by_name(name)
        revisions.record_change(feed, now)
        after = {field: wanted[field] for field in before}
        audit.record(None, who, f"Feed changed: {name}", now, _words(before), _words(after))
        return state_of(feed)


def pause(name: str, now: int, who: str) -> None:
    """Stop fetching the feed and serving what it lists until it is resumed; its lists are kept."""
    _set_paused(name, True, now, who)


def resume(name: str, now: int, who: str) -> None:
    """Serve a paused feed again at once, and fetch it at the next turn of the scheduler."""
    _set_paused(name, False, now, who)


def refresh_soon(name: str) -> None:
    """Make the feed due at the next turn of the scheduler. Raise Refused where it is paused."""
    with db.write():
        feed = revisions.by_name(name)
        if feed.paused:
            raise Refused(f"The feed {name} is paused: resume it first.")
        Feed.update(checked_at=None).where(Feed.id == feed.id).execute()


def by_id(feed_id: int) -> FeedState | None:
    """Return the feed with this id, or None."""
    feed = Feed.get_or_none(Feed.id == feed_id)
    return state_of(feed) if feed else None


def all_feeds() -> list[FeedState]:
    """Return every feed, sorted by name."""
    return _states(Feed.select().order_by(fn.LOWER(Feed.name)))


def named_feeds(names: Collection[str]) -> dict[str, FeedState]:
    """Return the feeds that have these names, by name; unknown names are left out."""
    return {feed.name: feed for feed in _states(Feed.select().where(Feed.name << sorted(names)))}


def sources() -> set[str]:
    """Return the sources of all feeds."""
    return {source for (source,) in Feed.select(Feed.source).tuples()}


def state_of(feed: FeedRow) -> FeedState:
    """Read the state of a feed from its row and its live and held revisions."""
    return _state(feed, revisions.find(feed, "live"), revisions.find(feed, "held"))


def _states(rows: Iterable[FeedRow]) -> list[FeedState]:
    found = list(rows)
    newest = revisions.newest([feed.id for feed in found])
    return [_state(feed, newest.get((feed.id, "live")), newest.get((feed.id, "held"))) for feed in found]


def _state(feed: FeedRow, live: RevisionRow | None, held: RevisionRow | None) -> FeedState:
    return FeedState(
        feed.name, feed.source, feed.format, feed.category, feed.database, feed.every, feed.duration,
        feed.status, feed.message, tuple(json.loads(feed.warnings)),
        live.entries if live else 0, held.entries if held else None, live.fetched_at if live else None,
        feed.checked_at, feed.refreshed_at, FeedBounds.from_json(feed.bounds), feed.id, feed.paused,
    )  # fmt: skip


def _read(source: str, format: str, bounds: Mapping[str, Any]) -> dict[str, str]:
    """Where a feed comes from and how it is read, as its row has it; Refused where something of it cannot be."""
    try:
        formats.check(format)
        return {"source": checked_source(source), "format": format, "bounds": FeedBounds.of(bounds).to_json()}
    except (FetchError, ValueError) as error:
        raise Refused(str(error)) from None


def _set_paused(name: str, paused: bool, now: int, who: str) -> None:
    with db.write():
        feed = revisions.by_name(name)
        if feed.paused == paused:
            raise Refused(f"The feed {name} is {'paused already' if paused else 'not paused'}.")
        again = {} if paused else {"checked_at": None}
        Feed.update(paused=paused, **again).where(Feed.id == feed.id).execute()
        audit.record(None, who, f"Feed {'paused' if paused else 'resumed'}: {name}", now)
        revisions.record_change(feed, now)


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _check(name: str, category: str, database: str, every: int, duration: int) -> None:
    if not (0 < len(name) <= 100 and name.isprintable()):
        raise Refused("A feed needs a name of at most 100 printable characters.")
    if category.upper() not in CATEGORIES:
        raise Refused(f"There is no category {category!r}: write KSS, DUL or ETL.")
    if database not in DATABASE_NAMES:
        raise Refused(f"There is no database {database!r}: write standard or dynamic.")
    if every <= 0 or duration <= 0:
        raise Refused("A feed needs a time between fetches and a stay above zero, such as 1h and 12h.")
