"""What a feed is for, and which parts of what is served it is therefore in."""

from __future__ import annotations

from typing import Any

from reputation.store import changes

LIST = "list"
APPROVE = "approve"
WATCH = "watch"  # fetched and kept as all are, and counted as what it would do; nothing of it is served
PURPOSES = (LIST, APPROVE, WATCH)
OF_DATABASE = {"standard": changes.STANDARD_FEEDS, "dynamic": changes.DYNAMIC_FEEDS}


def record_change(feed: Any, now: int) -> None:
    """Record that the feed's part of DNS changed, so that the publisher reads it again; one on watch has no part.

    Call it inside the transaction of the change.
    """
    if feed.purpose == WATCH:
        return
    # What a list of good senders covers is left out of both databases.
    for part in OF_DATABASE.values() if feed.purpose == APPROVE else (OF_DATABASE[feed.database],):
        changes.record_change(part, now)
