"""A stored list that is damaged gives way to the last good one before it, and is fetched anew.

Who reads a list finds the damage, and goes on with the list before (`in_use`); that writes nothing. `set_aside` writes
down what was found, so that the rows say what is served: the damaged list is `damaged`, the one before is live, and of
what its source last said nothing is known any more, so that the next answer comes in full. What comes then heals it.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from reputation import faults
from reputation.clock import was_within
from reputation.publisher.purposes import record_change
from reputation.publisher.stored_lists import METADATA, DamagedList, opened
from reputation.ranges.stored import Stored
from reputation.store import audit, damage, db
from reputation.store.models import AuditEntry, Feed, FeedRevision
from reputation.store.models import database as proxy

log = logging.getLogger("gatepost.publisher")

DAMAGED = "damaged"  # the state of a revision
FAULT = "stored list:"  # and the name of its feed
SOON = 3600  # seconds: what is damaged again within them is asked for as after a failure, and not at once
AGAIN = 60  # seconds after which what could not be written is tried again
LONGEST = 300  # characters of a reason
TWICE = "It was damaged twice within an hour: look at the disk."
HELD = "The list that was held is damaged in the database, and is fetched anew."


class Notice(NamedTuple):
    """What is said of a feed whose newest list is damaged, until another one is in use. `feed` is its number."""

    feed: int
    name: str
    text: str


class _Found(NamedTuple):
    """A damaged list, why it is one, and the one before that is in use in its place.

    `is_stuck`: its feed is due, and the row itself cannot be changed, because the database cannot read it. It is of the
    database that was open then.
    """

    row: Any
    why: str
    before: Any
    database: Any
    is_stuck: bool = False
    tried_at: float = -math.inf  # by the monotonic clock


_found: dict[int, _Found] = {}  # by the number of the revision, until its row says it, too
_lock = threading.Lock()


def in_use(row: Any) -> tuple[Any, Stored] | None:
    """Open the list of a revision, which has its feed beside it; where it is damaged, the last good one before it.

    Return the row of what was opened, and its list; None where none can be read, or it was removed a moment ago.
    """
    try:
        found = opened(row.id)
    except DamagedList as error:
        before = _before(row) if row.state == "live" else None
        note(row, str(error), before[0] if before else None)
        return before
    return None if found is None else (row, found)


def readable(row: Any) -> Stored | None:
    """Open the list of one revision alone; return None where it is damaged, which is noted, or gone."""
    found = in_use(row)
    return found[1] if found and found[0].id == row.id else None


def note(row: Any, why: str, before: Any = None) -> None:
    """Remember that the list of a revision is damaged, and which is in use in its place, until it is written down."""
    with _lock:
        if row.id in _found and _found[row.id].database is proxy.obj:
            return
        _found[row.id] = _Found(row, why[:LONGEST], before, proxy.obj)
    log.error("A stored list of the feed %s is damaged: %s", row.feed.name, why)


def noted() -> list[int]:
    """Return the numbers of revisions that were found to be damaged and whose rows do not say it yet, or cannot."""
    return [one.row.id for one in _noted()]


def set_aside(now: int) -> list[str]:
    """Write down which lists were found to be damaged; return the names of their feeds.

    What cannot be written stays as it is found: nobody uses it, it is told all the same, and it is tried again.
    """
    done = []
    for one in [one for one in _noted() if not one.is_stuck and time.monotonic() - one.tried_at >= AGAIN]:
        try:
            is_stuck = not _is_whole(one.row.id) and _set_aside(one, now)
        except (damage.Damaged, *damage.ERRORS) as error:
            with _lock:
                _found[one.row.id] = one._replace(tried_at=time.monotonic())
            log.error("The damaged list of the feed %s cannot be set aside: %s", one.row.feed.name, error)
            continue
        with _lock:
            if is_stuck:
                _found[one.row.id] = one._replace(is_stuck=True)
            else:
                _found.pop(one.row.id, None)
        done.append(str(one.row.feed.name))
    return done


def heal(feed: Any) -> bool:
    """Forget the damaged lists of a feed, whose source was just read in full; tell whether there were any.

    Call it inside the transaction that takes what was read.
    """
    chosen = (FeedRevision.feed == feed) & (FeedRevision.state == DAMAGED)
    ids = [row.id for row in FeedRevision.select(FeedRevision.id).where(chosen)]
    for revision in ids:
        remove(revision)
    return bool(ids)


def remove(revision: int) -> None:
    """Remove a list that nobody needs; where the database cannot read it, it stays. Call it inside a transaction."""
    try:
        with damage.named():
            FeedRevision.delete().where(FeedRevision.id == revision).execute()
    except damage.Damaged as error:  # what is live now is newer: it says nothing any more
        log.error("The former list %d cannot be removed: %s", revision, error)


def standing(feeds: Sequence[int] | None = None) -> dict[int, Notice]:
    """Return what is said of the feeds (None: of all) whose newest list is damaged, by their numbers."""
    chosen = FeedRevision.state == DAMAGED
    if feeds is not None:
        chosen &= FeedRevision.feed << list(feeds)
    rows = FeedRevision.select(*METADATA, Feed).join(Feed).where(chosen).order_by(FeedRevision.id)
    marked = {row.feed_id: row for row in rows}
    noted = [one for one in _noted() if one.row.state == "live"]
    noted = [one for one in noted if feeds is None or one.row.feed_id in feeds]
    live = _live([*marked, *(one.row.feed_id for one in noted)]) if marked or noted else {}
    found = {
        feed: _notice(row, row.damage, live.get(feed))
        for feed, row in marked.items()
        if feed not in live or live[feed].id < row.id
    }
    return found | {
        one.row.feed_id: _notice(one.row, one.why, one.before)
        for one in noted
        if one.row.feed_id in live and live[one.row.feed_id].id == one.row.id  # nothing newer has come
    }


def said(notice: Notice | None, status: str, message: str) -> tuple[str, str]:
    """Return the state of a feed and its reason, with what is said of a damaged list before the result of its fetch."""
    if notice is None:
        return status, message
    return DAMAGED, notice.text if status in ("good", "waiting") else f"{notice.text} {message}".rstrip()


def tell(now: int) -> None:
    """Tell the room of faults which feeds' lists are damaged, and which are so no longer."""
    names = set()
    for notice in standing().values():
        names.add(f"{FAULT}{notice.name}")
        faults.raised(f"{FAULT}{notice.name}", f"Feed {notice.name}: {notice.text}", now)
    for name in faults.names(FAULT.rstrip(":")) - names:
        faults.gone(name, now)


def _noted() -> list[_Found]:
    return [one for one in list(_found.values()) if one.database is proxy.obj]


def _before(row: Any) -> tuple[Any, Stored] | None:
    """The newest list that was in use before this one and can be read. It is as if its source had just told it."""
    rows = FeedRevision.select(*METADATA, Feed).join(Feed)
    chosen = (FeedRevision.feed == row.feed_id) & (FeedRevision.state == "old") & (FeedRevision.id < row.id)
    for earlier in list(rows.where(chosen).order_by(FeedRevision.id.desc())):
        try:
            found = opened(earlier.id)
        except DamagedList as error:
            note(earlier, str(error))
            continue
        if found is not None:
            earlier.seen_at = max(earlier.seen_at, row.seen_at)
            return earlier, found
    return None


def _live(feeds: Sequence[int]) -> dict[int, Any]:
    rows = FeedRevision.select(*METADATA).where((FeedRevision.state == "live") & (FeedRevision.feed << list(feeds)))
    return {row.feed_id: row for row in rows.order_by(FeedRevision.id)}


def _notice(row: Any, why: str, before: Any) -> Notice:
    instead = (
        f"The one before, of {_day(before.fetched_at)} with {before.entries:,} entries, is in use"
        if before
        else "No list before it can be read, so that nothing of it is in use"
    )
    text = f"Its list of {_day(row.fetched_at)} is damaged in the database: {why}. {instead} until it has come in full."
    return Notice(row.feed_id, row.feed.name, text)


def _set_aside(one: _Found, now: int) -> bool:
    """Tell whether the row itself cannot be changed: SQLite reads all of it, and then writes nothing else."""
    try:
        with damage.named(), db.write():
            _write_down(one, True, now)
    except damage.Damaged:
        with damage.named(), db.write():
            _write_down(one, False, now)
        return True
    return False


def _write_down(one: _Found, marks: bool, now: int) -> None:
    rows = FeedRevision.select(FeedRevision.id, FeedRevision.state, Feed).join(Feed)
    row = rows.where(FeedRevision.id == one.row.id).first()
    if row is None or row.state == DAMAGED:
        return
    if marks:
        _mark(one, row.state)
    if row.state in ("live", "held"):
        _forget_source(one, row, marks, now)
    record_change(row.feed, now)
    before = f"{one.row.entries:,} entries of {_day(one.row.fetched_at)}: {one.why}"
    instead = one.before
    after = f"{instead.entries:,} entries of {_day(instead.fetched_at)} in use" if instead else "nothing instead"
    audit.record(None, audit.SELF, _said(row.feed, row.state), now, before, after)


def _said(feed: Any, state: str = "live") -> str:
    return f"Damaged {'' if state == 'live' else 'earlier '}list of the feed {feed.name} set aside"


def _is_whole(revision: int) -> bool:
    try:
        opened(revision)
    except DamagedList:
        return False
    return True


def _mark(one: _Found, state: str) -> None:
    damaged = {"state": DAMAGED, "damage": one.why, "etag": "", "last_modified": ""}
    FeedRevision.update(damaged).where(FeedRevision.id == one.row.id).execute()
    if state == "live" and one.before is not None:
        is_there = (FeedRevision.id == one.before.id) & (FeedRevision.state == "old")
        FeedRevision.update(state="live", seen_at=one.before.seen_at).where(is_there).execute()


def _forget_source(one: _Found, row: Any, is_marked: bool, now: int) -> None:
    """Let the feed be fetched at once and in full; where it was so before, as after a failure."""
    feed, is_live = row.feed, row.state == "live"
    values: dict[str, Any] = {"etag": "", "last_modified": "", "unchanged": 0}
    if not is_live:
        values |= {"status": "failed", "message": HELD}
    elif feed.status != "held" and _is_again(feed, now):
        values |= {"status": "failed", "message": TWICE}
    elif feed.status != "held" and not is_marked:
        values |= {"status": "failed", "message": _notice(one.row, one.why, one.before).text}
    if is_live:
        values["content_at"] = one.before.content_at if one.before else None
    if not _is_again(feed, now):
        values["checked_at"] = None
    Feed.update(values).where(Feed.id == feed.id).execute()


def _is_again(feed: Any, now: int) -> bool:
    said = (AuditEntry.who == audit.SELF) & (AuditEntry.what == _said(feed)) & was_within(AuditEntry.at, now, SOON)
    return bool(AuditEntry.select().where(said).exists())


def _day(second: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(second))
