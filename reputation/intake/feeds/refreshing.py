"""One refresh of a feed: fetch, read, guard, and keep a new revision, or a sentence that says why there is none.

Downloading and reading take time and hold no transaction; the result is written in one transaction. A refresh that
fails in any way withdraws nothing: what was served before is still served, and the feed's row keeps the reason.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any, NamedTuple

from reputation.clock import has_come, was_within
from reputation.intake import formats
from reputation.intake.bounds import FeedBounds
from reputation.intake.change_review import Change, compare, why_held
from reputation.intake.exemptions import confirmed_servers
from reputation.intake.feeds import revisions
from reputation.intake.feeds.approving import guard_approvals
from reputation.intake.feeds.ending import Age, age_of, ends_at
from reputation.intake.fetch import PATIENT, Fetched, FetchError, Patience, fetch
from reputation.intake.fetch.waiting import LONGEST
from reputation.intake.formats import FormatError, Parsed
from reputation.intake.formats.dates import words_of
from reputation.intake.guards import Guarded, GuardError, guard
from reputation.intake.origins.as_networks import AsNetworks
from reputation.publisher import damaged_lists
from reputation.publisher.approvals import APPROVE
from reputation.publisher.purposes import record_change
from reputation.ranges import Ranges
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.models import Feed, FeedRevision
from reputation.store.rows import FeedRow, RevisionRow

log = logging.getLogger("gatepost.feeds")

IN_FULL_AFTER = 9  # answers that nothing has changed: every tenth is asked for in full
SOONER = 900  # seconds after which a refresh that failed is tried again, where the feed's own time is longer


class Refreshed(NamedTuple):
    """The result of one refresh.

    `status`: new (served from now on), unchanged, held (waits for a person), refused (by a guard, or unreadable) or
    failed (not fetched). `entries` is what the feed serves now, or what is held; `added` and `removed` count against
    what was served before. `message` gives the reason, where there is one.
    """

    name: str
    status: str
    entries: int
    added: int
    removed: int
    warnings: tuple[str, ...]
    message: str = ""


@dataclass(frozen=True)
class _Content:
    """What was fetched, as far as it got through the guards."""

    fetched: Fetched
    parsed: Parsed
    ranges: Ranges
    digest: str
    warnings: tuple[str, ...]
    age: Age


def due(now: int) -> list[str]:
    """Return the names of the feeds that are due now; the feed that has waited longest is first.

    None is due before the moment that its source named (Retry-After). What was looked at in a time to come, by a clock
    that was ahead, is due.
    """
    may_ask = has_come(Feed.retry_at, now, LONGEST)
    rows = Feed.select().where(~Feed.paused & may_ask).order_by(Feed.checked_at.asc(nulls="first"), Feed.id)
    return [feed.name for feed in rows if feed.checked_at is None or not was_within(feed.checked_at, now, _pause(feed))]


def _pause(feed: FeedRow) -> int:
    return min(feed.every, SOONER) if feed.status == "failed" else feed.every


def refresh_due(now: int, patience: Patience = PATIENT) -> list[Refreshed]:
    """Refresh the feeds that are due, one after the other; a fault in one leaves the others alone."""
    revisions.end_approvals(now)
    damaged_lists.tell(now)
    return _each(due(now), now, patience)


def refresh_all(now: int, patience: Patience = PATIENT) -> list[Refreshed]:
    """Refresh every feed that is not paused, one after the other, whether it is due or not.

    A fault in one leaves the others alone.
    """
    rows = Feed.select(Feed.name).where(~Feed.paused).order_by(Feed.id)
    return _each([feed.name for feed in rows], now, patience)


def _each(names: list[str], now: int, patience: Patience) -> list[Refreshed]:
    done = []
    for name in names:
        try:
            done.append(refresh(name, now, patience))
        except Refused as gone:  # removed meanwhile
            log.info("%s", gone)
        except Exception:  # a fault of ours: the other feeds still have their turn
            log.exception("feed %s", name)
            done.append(_faulty(name, now))
    return done


def _faulty(name: str, now: int) -> Refreshed:
    """Keep the fault as a reason, so that the feed is not due again at once."""
    message = "An internal error, which the log shows in full."
    try:
        return _failed(revisions.by_name(name), "failed", message, now, forget=True)
    except Exception:  # the tables themselves may be at fault
        log.exception("feed %s", name)
        return Refreshed(name, "failed", 0, 0, 0, (), message)


def refresh(name: str, now: int, patience: Patience = PATIENT) -> Refreshed:
    """Fetch the feed and serve, hold or refuse its content. Raise Refused where there is no such feed."""
    feed = revisions.looked_at(revisions.by_name(name), now)
    bounds = FeedBounds.from_json(feed.bounds)
    if not has_come(feed.retry_at, now, LONGEST):
        return _told_to_wait(feed)
    # A source that says for ever that nothing has changed may be wrong: at times its list is fetched in full.
    validators = ("", "") if feed.unchanged >= IN_FULL_AFTER else (feed.etag, feed.last_modified)
    try:
        fetched = fetch(feed.source, bounds.max_bytes, *validators, patience, feed.key_header, feed.retry_at > 0)
        content = None if fetched.body is None else _read(feed, fetched, bounds, now)
    except FetchError as error:
        return _failed(feed, "failed", str(error), now, wait=error.wait)
    except (FormatError, GuardError) as error:
        # what was refused is judged anew next time, by bounds that may have changed
        return _failed(feed, "refused", str(error), now, forget=True)
    if content is None:
        return _not_modified(feed, fetched, now)
    return _published(feed, content, bounds, now)


def _read(feed: FeedRow, fetched: Fetched, bounds: FeedBounds, now: int) -> _Content:
    parsed = formats.parse(fetched.body or b"", feed.format, bounds.max_bytes, now, AsNetworks())
    age = age_of(parsed, fetched, bounds, now)
    guarded: Guarded = (
        guard_approvals(parsed, bounds) if feed.purpose == APPROVE else guard(parsed, bounds, confirmed_servers())
    )
    more = (f"{parsed.more_warnings:,} more lines could not be read",) if parsed.more_warnings else ()
    warnings = (*parsed.warnings, *more, *guarded.warnings)
    return _Content(fetched, parsed, guarded.ranges, guarded.ranges.digest(), warnings, age)


def _told_to_wait(feed: FeedRow) -> Refreshed:
    live = revisions.find(feed, "live")
    message = f"Its source wants no question before {words_of(feed.retry_at)}: it said so when it was asked last."
    return Refreshed(feed.name, "failed", live.entries if live else 0, 0, 0, (), message)


def _failed(feed: FeedRow, status: str, message: str, now: int, forget: bool = False, wait: int = 0) -> Refreshed:
    """Keep the reason. `forget` the validators where the next answer has to come in full; `wait` so many seconds."""
    forgotten = {"etag": "", "last_modified": "", "warnings": "[]"} if forget else {}
    if wait:
        message += f" It wants no question before {words_of(now + wait)}."
    with db.write():
        _note(feed, now, status="failed", message=message, retry_at=now + wait if wait else 0, **forgotten)
    log.info("feed %s: %s", feed.name, message)
    live = revisions.find(feed, "live")
    return Refreshed(feed.name, status, live.entries if live else 0, 0, 0, (), message)


def _not_modified(feed: FeedRow, fetched: Fetched, now: int) -> Refreshed:
    with db.write():
        _note(feed, now, unchanged=feed.unchanged + 1)
        held, live = revisions.find(feed, "held"), revisions.find(feed, "live")
        if held is not None and (feed.etag, feed.last_modified) == (held.etag, held.last_modified):
            return _seen_held(feed, held, fetched, now)
        if live is not None:
            return _seen_live(feed, live, fetched, now, tuple(json.loads(feed.warnings)))
    return _failed(feed, "failed", "The source says that nothing changed, but nothing of it is kept.", now, forget=True)


def _published(feed: FeedRow, content: _Content, bounds: FeedBounds, now: int) -> Refreshed:
    """Compare with what is served, and write; where somebody accepted or rolled back meanwhile, compare again."""
    while True:
        live = revisions.find(feed, "live")
        differs, reason = _compared(live, content, bounds)
        with db.write():
            feed = revisions.by_name(feed.name)
            now_live = revisions.find(feed, "live")
            if (now_live and now_live.id) == (live and live.id):
                return _written(feed, content, differs, reason, now)


def _compared(live: RevisionRow | None, content: _Content, bounds: FeedBounds) -> tuple[Change, str]:
    """What came and went, and why a person has to agree, if so."""
    if live is None:
        return compare(content.parsed, content.ranges, None, 0), ""
    if live.hash == content.digest:
        return Change(live.entries, 0, 0, 0), ""
    try:
        served = revisions.content(live)
    except ValueError as damage:
        log.warning("the list that is served cannot be compared with the new one: %s", damage)
        served = None
    differs = compare(content.parsed, content.ranges, served, live.entries)
    return differs, why_held(differs, served, live.entries, bounds)


def _written(feed: FeedRow, content: _Content, differs: Change, reason: str, now: int) -> Refreshed:
    live, held = revisions.find(feed, "live"), revisions.find(feed, "held")
    if live is not None and live.hash == content.digest:
        _grow_old(feed, live, content.age, now)
        if damaged_lists.heal(feed):
            record_change(feed, now)
        return _seen_live(feed, live, content.fetched, now, content.warnings)
    if held is not None and held.hash == content.digest:
        _grow_old(feed, held, content.age, now)
        return _seen_held(feed, held, content.fetched, now)
    reason = content.fetched.doubt or reason
    if not reason and revisions.was_withdrawn(feed, live, content.digest):
        reason = "This list was held or rolled back before."
    if revisions.was_damaged(feed, content.digest):
        reason = ""
    revision = _new_revision(feed, content, differs, now)
    heard = _heard(content.fetched, content.warnings) | {"content_at": content.age.content_at}
    counts = differs.entries, differs.added, differs.removed
    if reason:
        message = _how_to_accept(feed, reason, live is not None)
        revisions.hold(feed, revision)
        _note(feed, now, status="held", message=message, **heard)
        return Refreshed(feed.name, "held", *counts, content.warnings, message)
    revisions.make_live(feed, revision, now)
    revisions.give_up_held(feed)
    _note(feed, now, status="good", message="", refreshed_at=now, **heard)
    return Refreshed(feed.name, "new", *counts, content.warnings)


def _new_revision(feed: FeedRow, content: _Content, differs: Change, now: int) -> RevisionRow:
    four, six = content.ranges.to_blobs()
    made: RevisionRow = FeedRevision.create(
        feed=feed, state="withdrawn", fetched_at=now, seen_at=now, hash=content.digest,
        entries=differs.entries, added=differs.added, removed=differs.removed,
        ranges4=four, ranges6=six, texts=json.dumps(content.ranges.texts),
        etag=content.fetched.etag, last_modified=content.fetched.modified,
        content_at=content.age.content_at, expires_at=content.age.expires_at,
        ends_at=ends_at(content.age, now, FeedBounds.from_json(feed.bounds)),
    )  # fmt: skip
    return made


def _grow_old(feed: FeedRow, revision: RevisionRow, age: Age, now: int) -> None:
    """The same addresses came with another date: they were looked at again, and may end later."""
    ends = ends_at(age, revision.fetched_at, FeedBounds.from_json(feed.bounds))
    if (revision.content_at, revision.expires_at, revision.ends_at) == (*age, ends):
        return
    values = {"content_at": age.content_at, "expires_at": age.expires_at, "ends_at": ends}
    FeedRevision.update(**values).where(FeedRevision.id == revision.id).execute()
    Feed.update(content_at=age.content_at).where(Feed.id == feed.id).execute()
    if revision.ends_at != ends:
        record_change(feed, now)


def _seen_live(feed: FeedRow, live: RevisionRow, fetched: Fetched, now: int, warnings: tuple[str, ...]) -> Refreshed:
    _see(live, fetched, now)
    revisions.give_up_held(feed)
    _note(feed, now, status="good", message="", refreshed_at=now, **_heard(fetched, warnings))
    if feed.database == "dynamic":
        record_change(feed, now)  # its entries stay longer now
    return Refreshed(feed.name, "unchanged", live.entries, 0, 0, warnings)


def _seen_held(feed: FeedRow, held: RevisionRow, fetched: Fetched, now: int) -> Refreshed:
    _see(held, fetched, now)
    message = feed.message if feed.status == "held" else _how_to_accept(feed, "The list is held.", True)
    warnings = tuple(json.loads(feed.warnings))
    _note(feed, now, status="held", message=message, **_heard(fetched, warnings))
    return Refreshed(feed.name, "held", held.entries, held.added, held.removed, warnings, message)


def _see(revision: RevisionRow, fetched: Fetched, now: int) -> None:
    seen = {"seen_at": now, "etag": fetched.etag, "last_modified": fetched.modified}
    FeedRevision.update(**seen).where(FeedRevision.id == revision.id).execute()


def _heard(fetched: Fetched, warnings: tuple[str, ...]) -> dict[str, Any]:
    heard = {"warnings": json.dumps(warnings), "etag": fetched.etag, "last_modified": fetched.modified, "retry_at": 0}
    return heard if fetched.body is None else heard | {"unchanged": 0}


def _note(feed: FeedRow, now: int, **values: Any) -> None:
    Feed.update(checked_at=now, **values).where(Feed.id == feed.id).execute()


def _how_to_accept(feed: FeedRow, reason: str, is_before: bool) -> str:
    meanwhile = "The list before it stays in use." if is_before else "Nothing of it is in use until then."
    return f"{reason} {meanwhile} If the new one is meant so, accept it (feed accept {feed.name})."
