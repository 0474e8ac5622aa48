"""The record of what has changed, so that every process that answers DNS sees it within a second.

A use case marks a part in the transaction that changes it. A process that answers compares the generations with those
it has loaded: after each page that changed something, and regularly for changes by another process or node.
"""

from __future__ import annotations

import time

from reputation.store.models import Part

# What a snapshot is made of; reputation/publisher.py builds each from its tables.
STANDARD_FEEDS = "standard feeds"
DYNAMIC_FEEDS = "dynamic feeds"
LISTINGS = "listings"
ORIGINS = "origins"
POLICIES = "policies"
PARTS = (POLICIES, LISTINGS, ORIGINS, DYNAMIC_FEEDS, STANDARD_FEEDS)


def record_change(part: str, now: int | None = None) -> None:
    """Record that the part has changed. Call it inside the transaction that changes the tables."""
    if part not in PARTS:
        raise ValueError(f"{part!r} is no part of a snapshot: {', '.join(PARTS)}")
    timestamp = int(time.time()) if now is None else now
    Part.insert(name=part, generation=1, changed_at=timestamp).on_conflict(
        conflict_target=[Part.name], update={Part.generation: Part.generation + 1, Part.changed_at: timestamp}
    ).execute()


def generations() -> dict[str, int]:
    """Return every part's generation; 0 for one that was never marked."""
    found = {part.name: part.generation for part in Part.select()}
    return {name: found.get(name, 0) for name in PARTS}
