"""The history of a feed: its revisions, and which ranges were added and removed between two of them.

It changes nothing.
"""

from typing import NamedTuple

from reputation.intake.feeds import revisions
from reputation.intake.guards import block_text
from reputation.publisher.damaged_lists import DAMAGED
from reputation.publisher.stored_lists import METADATA
from reputation.ranges import changed
from reputation.refusal import Refused
from reputation.store.models import FeedRevision
from reputation.store.rows import RevisionRow

WORDS = {
    "live": "in use",
    "held": "held: waits for a person",
    "old": "in use before",
    "withdrawn": "never in use, or taken back",
    DAMAGED: "damaged in the database: another one is in use",
}


class Revision(NamedTuple):
    """One fetch that brought something new. `entries`, `added` and `removed` are as counted at that time."""

    id: int
    state: str
    fetched_at: int
    seen_at: int
    entries: int
    added: int
    removed: int

    @property
    def words(self) -> str:
        """Describe the state in words, such as "served before"."""
        return WORDS[self.state]


class RevisionDiff(NamedTuple):
    """How the `new` revision differs from the `old` one: numbers of ranges, and some of the ranges as texts."""

    old: Revision
    new: Revision
    added: int
    removed: int
    which: str
    ranges: tuple[str, ...]

    @property
    def total(self) -> int:
        """Return the number of ranges of the chosen kind, which is `added` or `removed`."""
        return self.added if self.which == "added" else self.removed


def history(name: str) -> list[Revision]:
    """Return the revisions that are kept, the newest first."""
    feed = revisions.by_name(name)
    rows = FeedRevision.select(*METADATA).where(FeedRevision.feed == feed)
    return [_revision(row) for row in rows.order_by(FeedRevision.id.desc())]


def diff(name: str, old_id: int, new_id: int, which: str, begin: int, count: int) -> RevisionDiff:
    """Compare two revisions and return `count` ranges that were `added` or `removed`, from number `begin` on.

    Raise Refused where a revision is gone or cannot be read.
    """
    old, new = _row(name, old_id), _row(name, new_id)
    try:
        found = changed(revisions.content(old), revisions.content(new))
    except ValueError as error:
        raise Refused(f"These lists cannot be compared: {error}.") from None
    ranges = tuple(block_text(*block) for block in found.some(which, begin, count))
    counts = found.count("added"), found.count("removed")
    return RevisionDiff(_revision(old), _revision(new), *counts, which, ranges)


def _row(name: str, revision_id: int) -> RevisionRow:
    feed = revisions.by_name(name)
    chosen = (FeedRevision.feed == feed) & (FeedRevision.id == revision_id)
    row: RevisionRow | None = FeedRevision.select(*METADATA).where(chosen).first()
    if row is None:
        raise Refused("This list is not kept any more: choose another one of the history.")
    return row


def _revision(row: RevisionRow) -> Revision:
    return Revision(row.id, row.state, row.fetched_at, row.seen_at, row.entries, row.added, row.removed)
