"""How much a list differs from the one that is served, and when a person has to agree before it is served instead."""

from typing import NamedTuple

from reputation.intake.bounds import FeedBounds
from reputation.intake.formats import Parsed
from reputation.intake.guards import all_entries
from reputation.ranges import EntryCounts, Ranges, Stored, difference, tally

# Below this size a share says little: one entry more of four is 25%.
TOO_SMALL_TO_COMPARE = 20
# Changes of addresses count from a /12 on, so that one /24 beside some single addresses is no alarm.
MANY_ADDRESSES = 1 << 20


class Change(NamedTuple):
    """How a list changed: its entries now, how many were added and removed, and IPv4 addresses that differ."""

    entries: int
    added: int
    removed: int
    addresses4: int


def compare(parsed: Parsed, fresh: Ranges, live: Ranges | Stored | None, live_entries: int) -> Change:
    """Compare a new list with the one that is served.

    `fresh` is what the guards left of `parsed`; `live` is what is served, made of `live_entries` entries. Removed
    entries are no longer at hand; they are counted as old entries plus added ones minus the present ones.
    """
    return differing(tally(all_entries(parsed), fresh, live or Ranges.empty()), fresh, live, live_entries)


def differing(counted: EntryCounts, fresh: Ranges, live: Ranges | Stored | None, live_entries: int) -> Change:
    """Do the rest of `compare`, for which the entries are needed no more: `counted` is what they came to."""
    before = live or Ranges.empty()
    differs = difference(before.ranges if isinstance(before, Stored) else before, fresh)
    gone = live_entries + counted.added - counted.entries
    removed = min(max(gone, 1), live_entries) if differs.removed else 0
    return Change(counted.entries, counted.added, removed, differs.addresses4)


def why_held(change: Change, live: Ranges | None, live_entries: int, bounds: FeedBounds) -> str:
    """Explain why a person has to agree before the list replaces the live one; return "" where nobody has to.

    The larger of two shares counts: entries added or removed, of the live ones; and IPv4 addresses added or removed,
    where these are many. The first list of a feed has nothing to be compared with, and a small list too few entries.
    """
    if live is None:
        return ""
    is_small = live_entries < TOO_SMALL_TO_COMPARE
    by_entries = 0.0 if is_small else max(change.added, change.removed) / live_entries
    by_addresses = change.addresses4 / max(live.addresses4, 1) if change.addresses4 > MANY_ADDRESSES else 0.0
    share = max(by_entries, by_addresses)
    if share <= bounds.max_change:
        return ""
    what = (
        f"{change.added:,} entries came and {change.removed:,} went, of {live_entries:,}"
        if by_entries >= by_addresses
        else f"{change.addresses4:,} IPv4 addresses came or went, of {live.addresses4:,}"
    )
    size = f"by {share:.0%}" if share < 10 else "more than tenfold"
    return f"The list changed {size} ({what}); its bound max_change is {bounds.max_change:.0%}."
