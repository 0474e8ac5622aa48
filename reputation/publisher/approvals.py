"""What the lists of good senders cover: no feed lists it, and no report. Sender rules of organizations stand above it.

The lists are read again only when another one is live: reports ask many times a second.
"""

from __future__ import annotations

from reputation.publisher.damaged_lists import in_use
from reputation.publisher.purposes import APPROVE, LIST, PURPOSES, WATCH
from reputation.publisher.stored_lists import METADATA
from reputation.ranges import Ranges, join
from reputation.store.changes import STANDARD_FEEDS
from reputation.store.models import Feed, FeedRevision, Part

__all__ = ["APPROVE", "LIST", "PURPOSES", "WATCH", "approved"]

Key = tuple[tuple[int, str], ...]
_last: tuple[Key, Ranges] = ((), Ranges.empty())


def approved() -> Ranges:
    """Return what the live lists of good senders cover together, without those that are paused or have ended.

    The clock is that of the tables, their last change: who answers and who reports see the same end. The job that
    refreshes feeds records a change when a list ends. Where a list is damaged, the one before it counts.
    """
    global _last
    # Most feeds list senders, and there may be hundreds: those few that do not are found by an index.
    approving = [row[0] for row in Feed.select(Feed.id).where((Feed.purpose == APPROVE) & ~Feed.paused).tuples()]
    wanted = (FeedRevision.state == "live") & (FeedRevision.feed << approving)
    last_change = Part.select(Part.changed_at).where(Part.name == STANDARD_FEEDS)
    wanted &= FeedRevision.ends_at.is_null() | (FeedRevision.ends_at > last_change)
    rows = FeedRevision.select(FeedRevision.id, FeedRevision.hash, FeedRevision.feed).where(wanted)
    newest = {row.feed_id: row for row in rows.order_by(FeedRevision.id)}
    key = tuple((row.id, row.hash) for row in newest.values())
    if key != _last[0]:
        _last = key, join([_ranges(row.id) for row in newest.values()])
    return _last[1]


def _ranges(revision: int) -> Ranges:
    row = FeedRevision.select(*METADATA, Feed).join(Feed).where(FeedRevision.id == revision).first()
    found = in_use(row) if row else None
    return found[1].ranges if found else Ranges.empty()
