"""Which revision of a feed is served. Owns the rows of revisions, not how their content came about.

live       what the standard database serves, and the newest that the dynamic one does
held       waits for a person: a guard stopped it, or it was rolled back
old        was live before; the dynamic database still serves it until its stay has ended
withdrawn  was held, until the source moved on or another one was held
damaged    cannot be read any more: another one is in use in its place (reputation/publisher/damaged_lists.py)
"""

from collections.abc import Sequence

from peewee import fn

from reputation.publisher import damaged_lists
from reputation.publisher.approvals import APPROVE
from reputation.publisher.damaged_lists import DAMAGED
from reputation.publisher.purposes import record_change
from reputation.publisher.stored_lists import METADATA, DamagedList, opened
from reputation.ranges import Ranges
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import Feed, FeedRevision, Part
from reputation.store.rows import FeedRow, RevisionRow

KEPT = 5  # revisions for comparison and rollback, beside those that are live, held or still served


def find(feed: FeedRow, state: str) -> RevisionRow | None:
    """Find the newest revision in that state, without its content; return None where there is none.

    One that was found to be damaged is none, also where its row cannot be changed.
    """
    is_it = (FeedRevision.feed == feed) & (FeedRevision.state == state)
    chosen = FeedRevision.select(*METADATA).where(is_it & FeedRevision.id.not_in(damaged_lists.noted()))
    newest: RevisionRow | None = chosen.order_by(FeedRevision.id.desc()).first()
    return newest


def newest(feeds: Sequence[int]) -> dict[tuple[int, str], RevisionRow]:
    """Return the newest live and the newest held revision of each of these feeds, by feed and state.

    The content, which may be megabytes, is left out.
    """
    chosen = FeedRevision.select(*METADATA).where(
        (FeedRevision.feed << feeds) & (FeedRevision.state << ("live", "held"))
    )
    return {(row.feed_id, row.state): row for row in chosen.order_by(FeedRevision.id)}


def content(revision: RevisionRow) -> Ranges:
    """Load the ranges of a revision. Raise ValueError where what is stored is damaged."""
    found = opened(revision.id)
    return Ranges.empty() if found is None else found.ranges


def by_name(name: str) -> FeedRow:
    """Return the row of the feed with this name. Raise Refused where there is none."""
    row: FeedRow | None = Feed.get_or_none(Feed.name == name)
    if row is None:
        known = (
            ", ".join(feed.name for feed in Feed.select(Feed.name).order_by(Feed.name).limit(20)) or "there is none yet"
        )
        raise Refused(f"There is no feed {name!r} ({known}).")
    return row


def end_approvals(now: int) -> None:
    """Let the lists of good senders that have ended approve nobody: nothing else takes note of their end.

    They stay live, so that what comes next is compared with them, and ends as they did where it is the same.
    """
    parts = (changes.STANDARD_FEEDS, changes.DYNAMIC_FEEDS)
    seen = Part.select(fn.COALESCE(fn.MIN(Part.changed_at), 0)).where(Part.name << parts)
    ended = (FeedRevision.ends_at > seen) & (FeedRevision.ends_at <= now)
    wanted = ended & (FeedRevision.state == "live") & (Feed.purpose == APPROVE)
    feed = Feed.select().join(FeedRevision).where(wanted).first()
    if feed is not None:
        with db.write():
            record_change(feed, now)


def accept(name: str, now: int, who: str = audit.COMMAND_LINE) -> int:
    """Serve the revision that is held; return the number of its entries. Raise Refused where none is held."""
    with db.write():
        feed = by_name(name)
        held = find(feed, "held")
        if held is None:
            raise Refused(f"The feed {name} has nothing that waits to be accepted.")
        _check(feed, held, "accepted")
        make_live(feed, held, now)
        _say(feed, "good", "")
        audit.record(None, who, f"Accepted the held list of the feed {name}", now, after=f"{held.entries} entries")
    return held.entries


def refuse(name: str, now: int, who: str = audit.COMMAND_LINE) -> int:
    """Give up the revision that is held, so that the one before is still served; return the number of its entries.

    The same content is held again when it comes again. Raise Refused where none is held.
    """
    with db.write():
        feed = by_name(name)
        held = find(feed, "held")
        if held is None:
            raise Refused(f"The feed {name} has nothing that waits to be refused.")
        give_up_held(feed)
        # Without its validators: otherwise the source would say that nothing changed since the list that was refused.
        Feed.update(status="good", message="", etag="", last_modified="").where(Feed.id == feed.id).execute()
        audit.record(None, who, f"Refused the held list of the feed {name}", now, before=f"{held.entries} entries")
    return held.entries


def rollback(name: str, now: int, who: str = audit.COMMAND_LINE) -> int:
    """Serve the revision before the live one; return the number of its entries.

    The one rolled back is held, so that the next fetch of the same content does not bring it back by itself. Raise
    Refused where there is no earlier revision.
    """
    with db.write():
        feed = by_name(name)
        live, before = find(feed, "live"), find(feed, "old")
        if live is None or before is None:
            raise Refused(f"The feed {name} has no earlier list to go back to.")
        _check(feed, before, "gone back to")
        hold(feed, live)
        make_live(feed, before, now)
        _say(
            feed, "held", "The list was rolled back. The one before is in use until a new one comes or it is accepted."
        )
        what = f"Rolled back the feed {name}"
        audit.record(None, who, what, now, before=f"{live.entries} entries", after=f"{before.entries} entries")
    return before.entries


def make_live(feed: FeedRow, revision: RevisionRow, now: int) -> None:
    """Serve this revision in place of the live one. Call it inside a transaction."""
    _move(feed, "live", "old")
    _set_state(revision, "live")
    damaged_lists.heal(feed)
    _throw_away(feed, now)
    record_change(feed, now)


def hold(feed: FeedRow, revision: RevisionRow) -> None:
    """Hold this revision in place of one that may be held already. Call it inside a transaction."""
    _move(feed, "held", "withdrawn")
    _set_state(revision, "held")


def give_up_held(feed: FeedRow) -> None:
    """Withdraw the held revision: the source has a newer list, so nobody should accept the held one any more."""
    _move(feed, "held", "withdrawn")


def read_anew() -> None:
    """Let the next fetch of every feed come in full: whom the guards leave out has changed.

    Call it inside the transaction of that change.
    """
    Feed.update(etag="", last_modified="").execute()


def was_damaged(feed: FeedRow, digest: str) -> bool:
    """Tell whether this content was in use until it was damaged in the database: nobody need agree to it again."""
    same = (FeedRevision.feed == feed) & (FeedRevision.hash == digest) & (FeedRevision.state == DAMAGED)
    return bool(FeedRevision.select().where(same).exists())


def looked_at(feed: FeedRow, now: int) -> FeedRow:
    """Verify the list of a feed that is in use, and the one that is held, before its source is asked.

    Return the feed as it is then: where one is damaged, its source is asked in full.
    """
    for state in ("live", "held"):
        row = find(feed, state)
        if row is not None:
            damaged_lists.in_use(row)
    damaged_lists.set_aside(now)
    return by_name(feed.name)


def was_withdrawn(feed: FeedRow, live: RevisionRow | None, digest: str) -> bool:
    """Tell whether this content was held or rolled back since the live revision came."""
    same = (FeedRevision.feed == feed) & (FeedRevision.hash == digest) & (FeedRevision.state == "withdrawn")
    return live is not None and FeedRevision.select().where(same & (FeedRevision.id > live.id)).exists()


def _check(feed: FeedRow, revision: RevisionRow, what: str) -> None:
    """Refuse to serve what cannot be read."""
    try:
        opened(revision.id)
    except DamagedList as error:
        raise Refused(f"This list of {feed.name} cannot be {what}: it is damaged in the database ({error}).") from None


def _set_state(revision: RevisionRow, state: str) -> None:
    FeedRevision.update(state=state).where(FeedRevision.id == revision.id).execute()


def _move(feed: FeedRow, state: str, to: str) -> None:
    row = find(feed, state)  # not one that cannot be read, which SQLite cannot change either
    if row is not None:
        _set_state(row, to)


def _say(feed: FeedRow, status: str, message: str) -> None:
    Feed.update(status=status, message=message).where(Feed.id == feed.id).execute()


def look_at_oldest(feed: FeedRow, now: int) -> None:
    """Verify the list that the next one throws away: SQLite cannot remove what it cannot read, nor go on then."""
    for row in _unserved(feed, now)[KEPT - 1 :]:
        damaged_lists.readable(row)


def _unserved(feed: FeedRow, now: int) -> list[RevisionRow]:
    """Those that are not live, not held and not served any more, the newest first."""
    rows = FeedRevision.select(*METADATA).where(
        (FeedRevision.feed == feed) & (FeedRevision.state << ("old", "withdrawn"))
    )
    return [
        row
        for row in rows.order_by(FeedRevision.id.desc())
        if not (feed.database == "dynamic" and row.state == "old" and now < row.seen_at + feed.duration)
    ]


def _throw_away(feed: FeedRow, now: int) -> None:
    """Remove what nobody needs and is not among the last few."""
    noted = damaged_lists.noted()
    for row in _unserved(feed, now)[KEPT:]:
        if row.id not in noted:
            damaged_lists.remove(row.id)
