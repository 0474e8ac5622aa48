"""Feeds: published lists that are fetched, guarded and kept as revisions. Used by the doors and the scheduler.

    editing.py      add and remove a feed, its bounds, what is known of it
    refreshing.py   one fetch, from the source to a new revision, or why there is none
    revisions.py    which revision is served: accept, rollback, and what is thrown away
    history.py      what a feed was, and what changed between two revisions
    preview.py      a list as it would be taken, before it becomes a feed
    catalogue/      well-known public lists with their terms
    taking.py       several lists of the catalogue become feeds at once

DNS follows from the rows: a change marks its part as changed, and the publisher reads that part again.
"""

from reputation.durations import parse_duration
from reputation.intake.feeds.editing import (
    FeedState,
    add,
    all_feeds,
    by_id,
    edit,
    named_feeds,
    pause,
    refresh_soon,
    remove,
    resume,
    serve,
    set_bounds,
    sources,
    watch,
)
from reputation.intake.feeds.history import (
    Revision,
    RevisionDiff,
    diff,
    history,
)
from reputation.intake.feeds.preview import Preview, preview_feed
from reputation.intake.feeds.refreshing import Refreshed, due, refresh, refresh_all, refresh_due
from reputation.intake.feeds.revisions import accept, read_anew, refuse, rollback
from reputation.intake.feeds.taking import Taken, take

__all__ = [
    "FeedState",
    "Preview",
    "Refreshed",
    "Revision",
    "RevisionDiff",
    "Taken",
    "accept",
    "add",
    "all_feeds",
    "by_id",
    "diff",
    "due",
    "edit",
    "history",
    "named_feeds",
    "parse_duration",
    "pause",
    "preview_feed",
    "read_anew",
    "refresh",
    "refresh_all",
    "refresh_due",
    "refresh_soon",
    "refuse",
    "remove",
    "resume",
    "rollback",
    "serve",
    "set_bounds",
    "sources",
    "take",
    "watch",
]
