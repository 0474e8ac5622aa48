"""The live list of each feed, served or on watch, for who asks of many addresses which feeds hold them.

No DNS answer needs it: it is for counting (reputation/counting). A list is unpacked when it is asked for the first time
and kept until another one is live, eight bytes a range.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from reputation.publisher.approvals import PURPOSES
from reputation.publisher.damaged_lists import in_use
from reputation.publisher.stored_lists import METADATA
from reputation.ranges.membership import Membership
from reputation.store.models import Feed, FeedRevision

_kept: dict[tuple[int, str], Membership] = {}


class LiveList(NamedTuple):
    """The live list of a feed, with the feed's number, purpose, database and category."""

    feed: int
    purpose: str
    database: str
    category: str
    members: Membership


def live_lists(now: int, purposes: Collection[str] = PURPOSES) -> list[LiveList]:
    """Return the live lists of the feeds with these purposes, without those that are paused or have ended at `now`."""
    global _kept
    columns = (FeedRevision.id, FeedRevision.hash, Feed.id, Feed.purpose, Feed.database, Feed.category)
    is_live = (FeedRevision.state == "live") & ~Feed.paused
    is_live &= FeedRevision.ends_at.is_null() | (FeedRevision.ends_at > now)
    rows = FeedRevision.select(*columns).join(Feed).where(is_live).order_by(Feed.id, FeedRevision.id).tuples()
    newest = {row[2]: row for row in rows}
    found = {}
    lists = []
    for revision, digest, feed, purpose, database, category in newest.values():
        key = (revision, digest)
        members = _kept.get(key)
        if purpose in purposes:
            members = members or _members(revision)
            lists.append(LiveList(feed, purpose, database, category, members))
        if members is not None:
            found[key] = members
    _kept = found  # another thread may unpack a list twice, and none sees half of it
    return lists


def _members(revision: int) -> Membership:
    row = FeedRevision.select(*METADATA, Feed).join(Feed).where(FeedRevision.id == revision).first()
    found = in_use(row) if row else None  # where it is damaged, the one before it counts
    return Membership(found[1]) if found else Membership()
