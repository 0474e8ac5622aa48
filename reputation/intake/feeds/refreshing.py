"""One refresh of a feed: fetch, read, guard, and keep a new revision, or a sentence that says why there is none.

Downloading and reading take time and hold no transaction; the result is written in one transaction. The list is read by
a process of its own (reputation/intake/importing), which may die. A refresh that fails in any way withdraws nothing:
what was served before is still served, and the feed's row keeps the reason.
"""

import json
import logging
from dataclasses import dataclass
from typing import Any, NamedTuple

from reputation import faults
from reputation.clock import has_come, was_within
from reputation.intake.bounds import FeedBounds
from reputation.intake.change_review import Change
from reputation.intake.exemptions import confirmed_servers
from reputation.intake.feeds import attempts, revisions
from reputation.intake.feeds.ending import Age, age_of, ends_at
from reputation.intake.fetch import PATIENT, Fetched, FetchError, Patience, fetch
from reputation.intake.fetch.waiting import LONGEST
from reputation.intake.formats import FormatError
from reputation.intake.formats.dates import words_of
from reputation.intake.guards import GuardError
from reputation.intake.importing import reader
from reputation.intake.importing.lists import Before, ListOrder, ReadList
from reputation.intake.importing.reader import NotRead
from reputation.intake.importing.spool import Spool
from reputation.intake.origins.revisions import content_in_use
from reputation.publisher import damaged_lists
from reputation.publisher.approvals import APPROVE
from reputation.publisher.purposes import record_change
from reputation.refusal import Refused
from reputation.store import damage, db
from reputation.store.models import Feed, FeedRevision
from reputation.store.rows import FeedRow, RevisionRow

log = logging.getLogger("gatepost.feeds")

IN_FULL_AFTER = 9  # answers that nothing has changed: every tenth is asked for in full
SOONER = 900  # seconds after which a refresh that failed is tried again, where the feed's own time is longer
UNREADABLE = Before(b"-", b"-", "[]")
FAULT = "import:"  # what the names of our faults begin with


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
    """What was fetched, as far as it got through the guards, and the revision that it was compared with."""

    fetched: Fetched
    found: ReadList
    digest: str
    age: Age
    before: int | None

    @property
    def change(self) -> Change:
        """Return how it differs from the list before."""
        return self.found.change


def due(now: int) -> list[str]:
    """Return the names of the feeds that are due now; the feed that has waited longest is first.

    None is due before the moment that its source named (Retry-After), or soon after an attempt that ended the program.
    What was looked at in a time to come, by a clock that was ahead, is due.
    """
    may_ask = has_come(Feed.retry_at, now, LONGEST)
    rows = Feed.select().where(~Feed.paused & may_ask).order_by(Feed.checked_at.asc(nulls="first"), Feed.id)
    return [feed.name for feed in rows if _is_due(feed, now) and not attempts.waits(feed, now)]


def _is_due(feed: FeedRow, now: int) -> bool:
    every = min(feed.every, SOONER) if feed.status == "failed" else feed.every
    return feed.checked_at is None or not was_within(feed.checked_at, now, every)


def refresh_due(now: int, patience: Patience = PATIENT) -> list[Refreshed]:
    """Refresh the feeds that are due, one after the other; a fault in one leaves the others alone."""
    revisions.end_approvals(now)
    damaged_lists.tell(now)
    _forget_faults(now)
    return _each(due(now), now, patience)


def _forget_faults(now: int) -> None:
    """A feed that was removed or paused, here or by another program, has no fault any more."""
    ours = {_fault_of(feed) for feed in Feed.select(Feed.name).where(~Feed.paused)}
    for name in faults.names(FAULT.rstrip(":")) - ours:
        faults.gone(name, now)


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
        fetched, spool = _put_aside(
            fetch(feed.source, bounds.max_bytes, *validators, patience, feed.key_header, feed.retry_at > 0)
        )
    except FetchError as error:
        return _failed(feed, "failed", str(error), now, wait=error.wait)
    except NotRead as error:
        return _failed(feed, "failed", str(error), now)
    if spool is None:
        return _not_modified(feed, fetched, now)
    with spool:
        return _read(feed, fetched, spool, bounds, now)


def _put_aside(fetched: Fetched) -> tuple[Fetched, Spool | None]:
    """What was fetched, with its content in a file and no longer in memory; None where nothing has changed."""
    if fetched.body is None:
        return fetched, None
    return fetched._replace(body=b""), reader.put_aside(fetched.body)


def _read(feed: FeedRow, fetched: Fetched, spool: Spool, bounds: FeedBounds, now: int) -> Refreshed:
    """Have the list read and keep it; where another list was accepted or rolled back meanwhile, compare it again."""
    attempts.begin(feed, now)
    try:
        done = None
        while done is None:
            done = _published(feed, _content(feed, fetched, spool, bounds, now), now)
    except NotRead as error:
        return _not_read(feed, error, now)
    except (FormatError, GuardError) as error:
        # what was refused is judged anew next time, by bounds that may have changed
        done = _failed(feed, "refused", str(error), now, forget=True, **attempts.FORGOTTEN)
    faults.gone(_fault_of(feed), now)
    return done


def _content(feed: FeedRow, fetched: Fetched, spool: Spool, bounds: FeedBounds, now: int) -> _Content:
    """Read the list. Raise FormatError or GuardError where nothing of it is taken, NotRead where it was not read."""
    live = revisions.find(feed, "live")
    order = ListOrder(
        feed.format, bounds, now, tuple(confirmed_servers()), feed.purpose == APPROVE,
        live.entries if live else None, lambda: _stored(live), content_in_use,
    )  # fmt: skip
    found = reader.read_list(spool, order)
    age = age_of(found.dated, found.expires, fetched, bounds, now)
    if found.refusal:
        raise GuardError(found.refusal)
    if found.damage:
        log.warning("the list that is served cannot be compared with the new one: %s", found.damage)
    return _Content(fetched, found, found.stored.digest(), age, live.id if live else None)


def _stored(revision: RevisionRow | None) -> Before:
    """The list of a revision, as it is stored; one that the database cannot read is none that can be compared."""
    assert revision is not None
    try:
        with damage.named():
            row = FeedRevision.get_by_id(revision.id)
    except damage.Damaged:
        return UNREADABLE
    return Before(bytes(row.ranges4), bytes(row.ranges6), row.texts)


def _not_read(feed: FeedRow, error: NotRead, now: int) -> Refreshed:
    """Keep why the list was not read; where that was the list's own doing, the next attempt comes later each time."""
    if not error.is_spent:
        return _failed(feed, "failed", str(error), now, attempts=feed.attempts, attempted_at=feed.attempted_at)
    message = f"{error} {attempts.when_again(feed.attempts + 1, now)}"
    faults.raised(_fault_of(feed), message, now)
    return _failed(feed, "failed", message, now)


def _fault_of(feed: FeedRow) -> str:
    return f"{FAULT}{feed.name}"


def _told_to_wait(feed: FeedRow) -> Refreshed:
    live = revisions.find(feed, "live")
    message = f"Its source wants no question before {words_of(feed.retry_at)}: it said so when it was asked last."
    return Refreshed(feed.name, "failed", live.entries if live else 0, 0, 0, (), message)


def _failed(
    feed: FeedRow, status: str, message: str, now: int, forget: bool = False, wait: int = 0, **values: int
) -> Refreshed:
    """Keep the reason. `forget` the validators where the next answer has to come in full; `wait` so many seconds.

    `values` are other columns of the feed that change with it.
    """
    forgotten: dict[str, Any] = {"etag": "", "last_modified": "", "warnings": "[]"} if forget else {}
    if wait:
        message += f" It wants no question before {words_of(now + wait)}."
    with db.write():
        _note(feed, now, status="failed", message=message, retry_at=now + wait if wait else 0, **forgotten, **values)
    log.info("feed %s: %s", feed.name, message)
    live = revisions.find(feed, "live")
    return Refreshed(feed.name, status, live.entries if live else 0, 0, 0, (), message)


def _not_modified(feed: FeedRow, fetched: Fetched, now: int) -> Refreshed:
    faults.gone(_fault_of(feed), now)  # the list before is there again
    with db.write():
        _note(feed, now, unchanged=feed.unchanged + 1)
        held, live = revisions.find(feed, "held"), revisions.find(feed, "live")
        if held is not None and (feed.etag, feed.last_modified) == (held.etag, held.last_modified):
            return _seen_held(feed, held, fetched, now)
        if live is not None:
            return _seen_live(feed, live, fetched, now, tuple(json.loads(feed.warnings)))
    return _failed(feed, "failed", "The source says that nothing changed, but nothing of it is kept.", now, forget=True)


def _published(feed: FeedRow, content: _Content, now: int) -> Refreshed | None:
    """Write what was read; None where the list with which it was compared is served no longer."""
    revisions.look_at_oldest(feed, now)
    with db.write():
        feed = revisions.by_name(feed.name)
        live = revisions.find(feed, "live")
        return _written(feed, content, now) if (live and live.id) == content.before else None


def _written(feed: FeedRow, content: _Content, now: int) -> Refreshed:
    live, held = revisions.find(feed, "live"), revisions.find(feed, "held")
    if live is not None and live.hash == content.digest:
        _grow_old(feed, live, content.age, now)
        if damaged_lists.heal(feed):
            record_change(feed, now)
        return _seen_live(feed, live, content.fetched, now, content.found.warnings)
    if held is not None and held.hash == content.digest:
        _grow_old(feed, held, content.age, now)
        return _seen_held(feed, held, content.fetched, now)
    reason = content.fetched.doubt or content.found.held
    if not reason and revisions.was_withdrawn(feed, live, content.digest):
        reason = "This list was held or rolled back before."
    if revisions.was_damaged(feed, content.digest):
        reason = ""
    revision = _new_revision(feed, content, now)
    heard = _heard(content.fetched, content.found.warnings) | {"content_at": content.age.content_at}
    counts = content.change.entries, content.change.added, content.change.removed
    if reason:
        message = _how_to_accept(feed, reason, live is not None)
        revisions.hold(feed, revision)
        _note(feed, now, status="held", message=message, **heard)
        return Refreshed(feed.name, "held", *counts, content.found.warnings, message)
    revisions.make_live(feed, revision, now)
    revisions.give_up_held(feed)
    _note(feed, now, status="good", message="", refreshed_at=now, **heard)
    return Refreshed(feed.name, "new", *counts, content.found.warnings)


def _new_revision(feed: FeedRow, content: _Content, now: int) -> RevisionRow:
    found, change = content.found, content.change
    made: RevisionRow = FeedRevision.create(
        feed=feed, state="withdrawn", fetched_at=now, seen_at=now, hash=content.digest,
        entries=change.entries, added=change.added, removed=change.removed,
        ranges4=found.ranges4, ranges6=found.ranges6, texts=json.dumps(found.stored.texts),
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
    return heard if fetched.body is None else heard | {"unchanged": 0} | attempts.FORGOTTEN


def _note(feed: FeedRow, now: int, **values: Any) -> None:
    Feed.update(checked_at=now, **values).where(Feed.id == feed.id).execute()


def _how_to_accept(feed: FeedRow, reason: str, is_before: bool) -> str:
    meanwhile = "The list before it stays in use." if is_before else "Nothing of it is in use until then."
    return f"{reason} {meanwhile} If the new one is meant so, accept it (feed accept {feed.name})."
