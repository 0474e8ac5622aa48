"""The live list of each feed, served or on watch, for who asks of many addresses which feeds hold them.

No DNS answer needs it: it is for counting (reputation/counting). A list is unpacked when it is asked for the first time
and kept until another one is live, eight bytes a range.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from typing import NamedTuple

from reputation.publisher.approvals import PURPOSES
from reputation.ranges.membership import Membership
from reputation.ranges.stored import Stored
from reputation.store import db
from reputation.store.models import Feed, FeedRevision

log = logging.getLogger("gatepost.publisher")

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
    rows = list(FeedRevision.select(*columns).join(Feed).where(is_live).order_by(Feed.id).tuples())
    found = {}
    lists = []
    for revision, digest, feed, purpose, database, category in rows:
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
    row = FeedRevision.select(FeedRevision.texts, FeedRevision.feed).where(FeedRevision.id == revision).first()
    four, six = (db.read_blob(field, revision) for field in (FeedRevision.ranges4, FeedRevision.ranges6))
    try:
        return Membership(Stored(four or b"", six or b"", json.loads(row.texts) if row else []))
    except ValueError as error:  # one damaged list must not keep the others from being counted
        log.error("A stored list cannot be read and is not counted, refresh its feed: %s", error)
        return Membership()
