"""Attempts to read a feed's list: written down when they begin, so that one that ends the program is known.

A list that was too large for the machine once would be so again, seconds after each start. So an attempt counts until
it has ended well, and each one that has not doubles the time until the next, up to a day. A person's button, a change
of the feed, and a list that could be read forget them all.
"""

from reputation.clock import was_within
from reputation.intake.formats.dates import words_of
from reputation.store import db
from reputation.store.models import Feed
from reputation.store.rows import FeedRow

FIRST_WAIT = 900  # seconds after the first attempt that has not ended well
LONGEST_WAIT = 86400
FORGOTTEN = {"attempts": 0, "attempted_at": 0}  # the columns of a feed whose attempts are forgotten


def begin(feed: FeedRow, now: int) -> None:
    """Write down that the feed's list is read from now on."""
    with db.write():
        Feed.update(attempts=Feed.attempts + 1, attempted_at=now).where(Feed.id == feed.id).execute()


def next_at(attempts: int, attempted_at: int) -> int:
    """Return the second before which the feed is not tried again."""
    doubled = FIRST_WAIT << min(attempts - 1, 20) if attempts else 0
    return attempted_at + min(doubled, LONGEST_WAIT)


def waits(feed: FeedRow, now: int) -> bool:
    """Tell whether the feed is not tried again yet. A clock that was set back lets it be tried."""
    wait = next_at(feed.attempts, 0)
    return feed.attempts > 0 and bool(was_within(feed.attempted_at, now, wait))


def about(feed: FeedRow) -> str:
    """Return a sentence about an attempt that has begun and has not ended; "" where there is none."""
    is_open = feed.attempts > 0 and (feed.checked_at is None or feed.checked_at < feed.attempted_at)
    if not is_open:
        return ""
    again = words_of(next_at(feed.attempts, feed.attempted_at))
    return (
        f"Its list has been being read since {words_of(feed.attempted_at)}, and that has not ended. Where the program "
        f"was ended meanwhile, the list may be too large for this machine: it is tried again at {again}, or when you "
        "say so."
    )


def when_again(attempts: int, now: int) -> str:
    """Return a sentence that says when the next attempt is made, after one at `now` that did not end well."""
    return f"It is tried again at {words_of(next_at(attempts, now))}, or when you say so."
