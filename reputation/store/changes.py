"""The record of what has changed, so that every process that answers DNS sees it within a second.

A use case marks a part in the transaction that changes it. A process that answers compares the generations with those
it has loaded: after each page that changed something, and regularly for changes by another process or node.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import NamedTuple

from reputation.store.models import ListingChange, Part

# What a snapshot is made of; reputation/publisher.py builds each from its tables.
STANDARD_FEEDS = "standard feeds"
DYNAMIC_FEEDS = "dynamic feeds"
LISTINGS = "listings"
ORIGINS = "origins"
POLICIES = "policies"
PARTS = (POLICIES, LISTINGS, ORIGINS, DYNAMIC_FEEDS, STANDARD_FEEDS)


MOST_NAMED = 10_000  # networks of one change: where there are more, all listings are read again
KEPT_SECONDS = 600  # after which every process has seen a change, or reads all listings again


class PartState(NamedTuple):
    """The state of a part's tables: how often it has changed, and the Unix second of the last change.

    The number alone is not enough: a database that was put back from a copy may come to the same number again.
    """

    generation: int
    changed_at: int


ListingKey = tuple[str, str]  # the database, or the number of the organization that it holds for alone; the network


def record_change(part: str, now: int | None = None) -> int:
    """Record that the part has changed, and return its new generation.

    Call it inside the transaction that changes the tables: in all nodes, the next generation waits until it has ended.
    """
    if part not in PARTS:
        raise ValueError(f"{part!r} is no part of a snapshot: {', '.join(PARTS)}")
    timestamp = int(time.time()) if now is None else now
    written = Part.insert(name=part, generation=1, changed_at=timestamp).on_conflict(
        conflict_target=[Part.name], update={Part.generation: Part.generation + 1, Part.changed_at: timestamp}
    )
    [(generation,)] = written.returning(Part.generation).tuples()
    return int(generation)


def record_listings(changed: Iterable[ListingKey], now: int) -> None:
    """Record which of our own listings have changed, are new or gone. Call it as you call `record_change`."""
    keys = list(changed)
    if not keys:
        return
    generation = record_change(LISTINGS, now)
    if len(keys) > MOST_NAMED:
        return
    networks: dict[str, list[str]] = {}
    for where, network in keys:
        networks.setdefault(where, []).append(network)
    # A database that was put back from a copy may come to the same number again.
    ListingChange.insert(generation=generation, changed_at=now, networks=json.dumps(networks)).on_conflict(
        conflict_target=[ListingChange.generation],
        update={ListingChange.changed_at: now, ListingChange.networks: json.dumps(networks)},
    ).execute()


def changed_listings(after: int, until: int) -> set[ListingKey] | None:
    """Return which of our own listings have changed after one generation, up to another one.

    Return None where that is not certain: a change among them has not said what it was about, or is no longer kept.
    """
    if until < after:
        return None
    rows = ListingChange.select(ListingChange.networks).where(
        (ListingChange.generation > after) & (ListingChange.generation <= until)
    )
    found = [json.loads(row[0]) for row in rows.tuples()]
    if len(found) != until - after:
        return None
    return {(where, network) for one in found for where, networks in one.items() for network in networks}


def prune_listing_changes(now: int) -> int:
    """Forget which listings old changes were about; return how many changes."""
    return int(ListingChange.delete().where(ListingChange.changed_at <= now - KEPT_SECONDS).execute())


def is_known_change(state: PartState) -> bool:
    """Tell whether it is still kept that our own listings were once in this state."""
    one = ListingChange
    is_same = (one.generation == state.generation) & (one.changed_at == state.changed_at)
    return bool(one.select().where(is_same).exists())


def generations() -> dict[str, int]:
    """Return every part's generation; 0 for one that was never marked."""
    return {name: state.generation for name, state in states().items()}


def states() -> dict[str, PartState]:
    """Return the state of every part; zeros for one that was never marked."""
    found = {part.name: PartState(part.generation, part.changed_at) for part in Part.select()}
    return {name: found.get(name, PartState(0, 0)) for name in PARTS}
