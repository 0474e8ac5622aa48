"""How old a list is, and when it is no longer served: by its own word, or by the bound `max_age` of its feed."""

import json
from typing import NamedTuple

from reputation.durations import duration_text
from reputation.intake.bounds import FeedBounds
from reputation.intake.fetch import Fetched
from reputation.intake.formats import FormatError
from reputation.intake.formats.dates import second_of, words_of
from reputation.store.models import FeedRevision
from reputation.store.rows import FeedRow
from reputation.verdict.zones import FOREVER


class Age(NamedTuple):
    """When a list was made (None: nobody says), and when it ends by its own word (None: it does not say)."""

    content_at: int | None
    expires_at: int | None


def age_of(dated: int, expires: int, fetched: Fetched, bounds: FeedBounds, now: int) -> Age:
    """Return the age of a list by its own word, `dated` and `expires` (0: it does not say), or else by its server's.

    Raise FormatError where it is too old.
    """
    made = dated or second_of(fetched.modified)
    made = min(made, now) if made else 0
    if made and bounds.max_age and made + bounds.max_age <= now:
        raise FormatError(
            f"The list is too old: it was made on {words_of(made)}, and its bound max_age is "
            f"{duration_text(bounds.max_age)}."
        )
    return Age(made or None, expires or None)


def ends_at(age: Age, fetched_at: int, bounds: FeedBounds) -> int | None:
    """Return the second from which a list is not served; None where it has no end.

    A list that says nothing of its age is as old as our first fetch of it.
    """
    ends = [age.expires_at] if age.expires_at else []
    if bounds.max_age:
        ends.append((age.content_at or fetched_at) + bounds.max_age)
    return min((*ends, FOREVER)) if ends else None


def set_ends(feed: FeedRow) -> None:
    """Apply the bound `max_age` of the feed to the lists that are kept. Call it inside a transaction."""
    bounds = FeedBounds.of(json.loads(feed.bounds))
    columns = FeedRevision.id, FeedRevision.content_at, FeedRevision.expires_at, FeedRevision.fetched_at
    for row in FeedRevision.select(*columns).where(FeedRevision.feed == feed):
        ends = ends_at(Age(row.content_at, row.expires_at), row.fetched_at, bounds)
        FeedRevision.update(ends_at=ends).where(FeedRevision.id == row.id).execute()
