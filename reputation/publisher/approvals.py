"""What the lists of good senders cover: no feed lists it, and no report. Sender rules of organizations stand above it.

The lists are read again only when another one is live: reports ask many times a second.
"""

from __future__ import annotations

import json
import logging

from reputation.ranges import Ranges, Stored, join
from reputation.store import db
from reputation.store.changes import STANDARD_FEEDS
from reputation.store.models import Feed, FeedRevision, Part

log = logging.getLogger("gatepost.publisher")

LIST = "list"
APPROVE = "approve"
WATCH = "watch"  # fetched and kept as all are, and counted as what it would do; nothing of it is served
PURPOSES = (LIST, APPROVE, WATCH)

Key = tuple[tuple[int, str], ...]
_last: tuple[Key, Ranges] = ((), Ranges.empty())


def approved() -> Ranges:
    """Return what the live lists of good senders cover together, without those that are paused or have ended.

    The clock is that of the tables, their last change: who answers and who reports see the same end. The job that
    refreshes feeds records a change when a list ends.
    """
    global _last
    # Most feeds list senders, and there may be hundreds: those few that do not are found by an index.
    approving = [row[0] for row in Feed.select(Feed.id).where((Feed.purpose == APPROVE) & ~Feed.paused).tuples()]
    wanted = (FeedRevision.state == "live") & (FeedRevision.feed << approving)
    last_change = Part.select(Part.changed_at).where(Part.name == STANDARD_FEEDS)
    wanted &= FeedRevision.ends_at.is_null() | (FeedRevision.ends_at > last_change)
    rows = list(FeedRevision.select(FeedRevision.id, FeedRevision.hash, FeedRevision.texts).where(wanted))
    key = tuple((row.id, row.hash) for row in rows)
    if key != _last[0]:
        _last = key, join([_ranges(row) for row in rows])
    return _last[1]


def _ranges(row: FeedRevision) -> Ranges:
    four, six = (db.read_blob(field, row.id) for field in (FeedRevision.ranges4, FeedRevision.ranges6))
    try:
        return Stored(four or b"", six or b"", json.loads(row.texts)).ranges
    except ValueError as error:  # one damaged list approves nobody, and takes nothing else away
        log.error("A stored list of good senders cannot be read, refresh it: %s", error)
        return Ranges.empty()
