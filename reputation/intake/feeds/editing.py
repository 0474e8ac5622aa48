"""Feeds as rows: adding, changing and removing them, and reading their state."""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

from peewee import IntegrityError, fn

from reputation.clock import has_come
from reputation.durations import duration_text
from reputation.intake import formats
from reputation.intake.bounds import FeedBounds
from reputation.intake.feeds import attempts, revisions
from reputation.intake.feeds.catalogue import LEAST
from reputation.intake.feeds.ending import set_ends
from reputation.intake.fetch import FetchError, checked_key_header, checked_source, is_same_place
from reputation.intake.fetch.waiting import LONGEST
from reputation.intake.formats.dates import words_of
from reputation.publisher import damaged_lists
from reputation.publisher.approvals import APPROVE, LIST, PURPOSES, WATCH
from reputation.publisher.purposes import record_change
from reputation.refusal import NameTaken, Refused
from reputation.settings import masked
from reputation.store import audit, db
from reputation.store.models import Feed, FeedRevision
from reputation.store.rows import FeedRow, RevisionRow
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES

HOUR = 3600
STAY = 12 * HOUR


class FeedState(NamedTuple):
    """A feed and its present state.

    Times are Unix seconds, None means never. `entries` is the number served (0: nothing yet), `held_entries` the number
    that waits for a person (None: nothing waits). `every` and `duration` are seconds. `content_at` is when the list
    that is served was made, as far as anybody says, `ends_at` when it is no longer served (None: it has no end).
    `key_name` is the header with which its key is sent, "" where there is none; `retry_at` the second before which its
    source wants no question. `watched_since` is when it was put on watch, 0 where it is not; then "served" means
    counted. `attempts` to read its list have begun since one ended well; it is not tried again before `again_at`.
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
    content_at: int | None = None
    ends_at: int | None = None
    key_name: str = ""
    retry_at: int = 0
    purpose: str = LIST
    watched_since: int = 0
    attempts: int = 0
    again_at: int = 0


def add(
    name: str, source: str, format: str, category: str, now: int,
    database: str = "standard", every: int = HOUR, duration: int = STAY,
    bounds: Mapping[str, Any] | None = None, who: str = audit.COMMAND_LINE, key_header: str = "",
    purpose: str = LIST,
) -> FeedState:  # fmt: skip
    """Add a feed, which is due at once. `key_header` is `NAME: VALUE`, sent with each question and never shown.

    The `purpose` is one of PURPOSES: what a feed to approve covers is listed by no other feed and no report; one on
    watch is counted and not served. One to approve stays so; the others may change by `watch` and `serve`.

    Raise Refused where a value is not allowed, NameTaken where the name is in use.
    """
    name = name.strip()
    _check(name, category, database, every, duration)
    read = _read(source, format, bounds or {}) | {"key_header": _key(key_header)}
    _check_interval(read["source"], every)
    if purpose not in PURPOSES:
        raise Refused(f"There is no purpose {purpose!r}: write {' or '.join(PURPOSES)}.")
    try:
        with db.write():
            Feed.create(
                name=name,
                category=category.upper(),
                database=database,
                every=every,
                duration=duration,
                purpose=purpose,
                watched_since=now if purpose == WATCH else 0,
                created_at=now,
                **read,
            )
            what = {APPROVE: "to approve", WATCH: f"{category.upper()}, on watch"}.get(purpose, category.upper())
            after = f"{masked(read['source'])} as {format}, {what}"
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
        audit.record(None, who, f"Feed removed: {name}", now, before=masked(feed.source))
        record_change(feed, now)


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
        Feed.update(bounds=bounds.to_json(), etag="", last_modified="", **attempts.FORGOTTEN).where(
            Feed.id == feed.id
        ).execute()
        set_ends(revisions.by_name(name))
        record_change(feed, now)
        audit.record(None, who, f"Bounds of the feed {name} changed", now, before=feed.bounds, after=bounds.to_json())
    return bounds


def edit(
    name: str, source: str, format: str, category: str, now: int,
    database: str, every: int, duration: int, bounds: Mapping[str, Any], who: str, key_header: str | None = None,
) -> FeedState:  # fmt: skip
    """Change everything of a feed but its name; `key_header` None keeps the key that is there, unless the host changes.

    A new source, format or bound counts from the next fetch, which is due at once; a new category or database counts
    from the next packet. Raise Refused where a value is not allowed.
    """
    _check(name, category, database, every, duration)
    read = _read(source, format, bounds)
    wanted: dict[str, Any] = read | {
        "category": category.upper(), "database": database, "every": every, "duration": duration,
    }  # fmt: skip
    _check_interval(wanted["source"], every)
    with db.write():
        feed = revisions.by_name(name)
        wanted["key_header"] = _kept_key(feed, wanted["source"]) if key_header is None else _key(key_header)
        before = {field: getattr(feed, field) for field in wanted if getattr(feed, field) != wanted[field]}
        if not before:
            return state_of(feed)
        if not before.keys().isdisjoint(("source", "format", "bounds", "key_header")):
            # What comes next is judged anew, even where the source says that nothing changed.
            wanted |= {"etag": "", "last_modified": "", "checked_at": None, **attempts.FORGOTTEN}
        if not before.keys().isdisjoint(("source", "key_header")):
            wanted["retry_at"] = 0  # whoever is asked now, or as another, has not said to wait
        record_change(feed, now)
        Feed.update(**wanted).where(Feed.id == feed.id).execute()
        feed = revisions.by_name(name)
        set_ends(feed)
        record_change(feed, now)
        after = {field: wanted[field] for field in before}
        audit.record(None, who, f"Feed changed: {name}", now, _words(before), _words(after))
        return state_of(feed)


def pause(name: str, now: int, who: str) -> None:
    """Stop fetching the feed and serving what it lists until it is resumed; its lists are kept."""
    _set_paused(name, True, now, who)


def resume(name: str, now: int, who: str) -> None:
    """Serve a paused feed again at once, and fetch it at the next turn of the scheduler."""
    _set_paused(name, False, now, who)


def watch(name: str, now: int, who: str = audit.COMMAND_LINE) -> None:
    """Serve nothing of the feed any more: it is fetched and kept as before, and counted as what it would do.

    Raise Refused where it is on watch already, or is a list of good senders, which refuses nobody.
    """
    with db.write():
        feed = revisions.by_name(name)
        if feed.purpose == APPROVE:
            raise Refused(f"{name} is a list of good senders, which refuses nobody: pause it instead.")
        if feed.purpose == WATCH:
            raise Refused(f"The feed {name} is on watch already.")
        _set_purpose(feed, WATCH, now, who)


def serve(name: str, now: int, who: str = audit.COMMAND_LINE) -> None:
    """Serve a feed that was on watch, from the next packet on. Raise Refused where it is not on watch."""
    with db.write():
        feed = revisions.by_name(name)
        if feed.purpose != WATCH:
            raise Refused(f"The feed {name} is not on watch.")
        _set_purpose(feed, LIST, now, who)


def refresh_soon(name: str, now: int) -> None:
    """Make the feed due at the next turn of the scheduler.

    Raise Refused where it is paused, or where its source has said that it wants no question yet.
    """
    with db.write():
        feed = revisions.by_name(name)
        if not has_come(feed.retry_at, now, LONGEST):
            raise Refused(
                f"The source of {name} wants no question before {words_of(feed.retry_at)}: it said so itself."
            )
        if feed.paused:
            raise Refused(f"The feed {name} is paused: resume it first.")
        Feed.update(checked_at=None, **attempts.FORGOTTEN).where(Feed.id == feed.id).execute()


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
    return next(iter(_states([feed])))


def _states(rows: Iterable[FeedRow]) -> list[FeedState]:
    found = list(rows)
    ids = [feed.id for feed in found]
    newest, damaged = revisions.newest(ids), damaged_lists.standing(ids)
    return [
        _state(feed, newest.get((feed.id, "live")), newest.get((feed.id, "held")), damaged.get(feed.id))
        for feed in found
    ]


def _state(
    feed: FeedRow, live: RevisionRow | None, held: RevisionRow | None, damaged: damaged_lists.Notice | None
) -> FeedState:
    status, message = damaged_lists.said(damaged, feed.status, feed.message)
    return FeedState(
        feed.name, feed.source, feed.format, feed.category, feed.database, feed.every, feed.duration,
        status, f"{message} {attempts.about(feed)}".strip(), tuple(json.loads(feed.warnings)),
        live.entries if live else 0, held.entries if held else None, live.fetched_at if live else None,
        feed.checked_at, feed.refreshed_at, FeedBounds.from_json(feed.bounds), feed.id, feed.paused,
        live.content_at if live else None, live.ends_at if live else None,
        feed.key_header.partition(":")[0], feed.retry_at, feed.purpose, feed.watched_since,
        feed.attempts, attempts.next_at(feed.attempts, feed.attempted_at),
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
        again = {} if paused else {"checked_at": None, **attempts.FORGOTTEN}
        Feed.update(paused=paused, **again).where(Feed.id == feed.id).execute()
        audit.record(None, who, f"Feed {'paused' if paused else 'resumed'}: {name}", now)
        record_change(feed, now)


def _set_purpose(feed: FeedRow, purpose: str, now: int, who: str) -> None:
    record_change(feed, now)
    since = now if purpose == WATCH else 0
    Feed.update(purpose=purpose, watched_since=since).where(Feed.id == feed.id).execute()
    what = "put on watch" if purpose == WATCH else "served, no longer on watch"
    audit.record(None, who, f"Feed {what}: {feed.name}", now)
    record_change(revisions.by_name(feed.name), now)


def _words(values: Mapping[str, Any]) -> str:
    """The values for the audit log, in which no key and no password stands."""
    shown = dict(values)
    if "key_header" in shown:
        name = shown.pop("key_header").partition(":")[0]
        shown["key"] = f"by {name}" if name else "none"
    return masked(", ".join(f"{name} {value}" for name, value in shown.items()))


def _key(text: str) -> str:
    try:
        return checked_key_header(text)
    except FetchError as error:
        raise Refused(str(error)) from None


def _kept_key(feed: FeedRow, source: str) -> str:
    """The key of a feed, which was given for one host and goes to no other, nor there in clear text."""
    return feed.key_header if is_same_place(source, feed.source) else ""


def _check_interval(source: str, every: int) -> None:
    least = LEAST.get(source, 0)
    if every < least:
        raise Refused(
            f"This list is fetched at most once in {duration_text(least)}: its publisher asks for that, or makes it no "
            "more often."
        )


def _check(name: str, category: str, database: str, every: int, duration: int) -> None:
    if not (0 < len(name) <= 100 and name.isprintable()):
        raise Refused("A feed needs a name of at most 100 printable characters.")
    if category.upper() not in CATEGORIES:
        raise Refused(f"There is no category {category!r}: write KSS, DUL or ETL.")
    if database not in DATABASE_NAMES:
        raise Refused(f"There is no database {database!r}: write standard or dynamic.")
    if every <= 0 or duration <= 0:
        raise Refused("A feed needs a time between fetches and a stay above zero, such as 1h and 12h.")
