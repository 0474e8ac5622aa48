"""Builds the parts of a snapshot from the tables and publishes them. It knows tables and snapshots, and no use case.

Each part has a generation in the tables (reputation/store/changes.py). `catch_up` builds the parts that have changed
and leaves the others as they are, so that a policy edit costs only the policy and not the lists.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from reputation.publisher import (
    isps,
    layers,
    memory,
    policies,
)
from reputation.publisher.listings_part import OwnListings
from reputation.store import changes, db
from reputation.store.models import OriginRevision
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY, Origins
from reputation.verdict.snapshot import Layer, Policies, Snapshot
from reputation.verdict.zones import DATABASE_NAMES

log = logging.getLogger("gatepost.publisher")

LARGE = frozenset((changes.ORIGINS, changes.DYNAMIC_FEEDS, changes.STANDARD_FEEDS))  # parts whose making takes room


@dataclass(frozen=True)
class LoadedPart:
    """What the portal shows of a part: since when it is served, and how many seconds it took to build."""

    name: str
    generation: int
    loaded_at: int
    seconds: float


@dataclass
class Parts:
    """What has been built so far; each new snapshot is made from them."""

    policies: Policies = field(default_factory=Policies)
    origins: Origins = EMPTY
    feeds: dict[str, Layer] = field(default_factory=lambda: {name: Layer() for name in DATABASE_NAMES})
    own: OwnListings = field(default_factory=OwnListings.nothing)

    def snapshot(self, serial: int, lookup_url: str) -> Snapshot:
        """Make a snapshot from the parts."""
        standard, dynamic = (self.own.listed(name, self.feeds[name]) for name in DATABASE_NAMES)
        return Snapshot(standard, dynamic, self.origins, self.policies, serial, lookup_url)


class Publisher:
    """The only writer of `live`. Any thread may call `catch_up`; they take turns, and no answer waits for them."""

    def __init__(
        self, live: Live, seed: Callable[[], Origins], unpack: Callable[[bytes], Origins], lookup_url: str
    ) -> None:
        self.live = live
        self.loaded: dict[str, LoadedPart] = {}
        self._seed, self._unpack, self._lookup_url = seed, unpack, lookup_url
        self._parts = Parts()
        self._serial = 0
        self._turn = threading.Lock()
        self._builders: dict[str, Callable[[int], None]] = {
            changes.POLICIES: self._build_policies,
            changes.ORIGINS: self._build_origins,
            changes.DYNAMIC_FEEDS: self._build_dynamic_feeds,
            changes.STANDARD_FEEDS: self._build_standard_feeds,
        }

    @property
    def origins(self) -> Origins:
        """Return the origins that are served; empty ones before the first snapshot."""
        return self.live.current.origins if self.live.current else EMPTY

    def catch_up(self, now: int | None = None) -> list[str]:
        """Publish every part that has changed since it was built; return their names.

        The first call publishes them all.
        """
        timestamp = int(time.time()) if now is None else now
        with self._turn:
            wanted = changes.generations()
            stale = [name for name in changes.PARTS if self._generation(name) != wanted[name]]
            for name in stale:
                began = time.perf_counter()
                if name == changes.LISTINGS:
                    self._follow_listings(wanted[name], timestamp)
                else:
                    self._builders[name](timestamp)
                self._note(name, wanted[name], timestamp, time.perf_counter() - began)
            if stale:
                self._swap(timestamp)
            if LARGE.intersection(stale):
                db.shrink_cache()
                memory.trim_heap()
            return stale

    def merge_listings(self, now: int) -> float:
        """Build the layers of our own listings anew where that is due; return the seconds it took, 0 where it is not.

        Nothing waits for it: meanwhile `catch_up` lets the present layers follow what changes.
        """
        before = self._parts.own
        if not before.is_due(now):
            return 0
        began = time.perf_counter()
        memory.trim_heap()  # what reports have left is room for the columns
        merged = OwnListings.read(now)
        with self._turn:
            generation = changes.generations()[changes.LISTINGS]
            # Where all were read in the meantime, these are older than what is served.
            if self._parts.own is before and merged.follow(generation, now):
                self._parts.own = merged
                self._note(changes.LISTINGS, generation, now, time.perf_counter() - began)
                self._swap(now)
        del before, merged
        db.shrink_cache()
        memory.trim_heap()
        return time.perf_counter() - began

    def _note(self, name: str, generation: int, now: int, seconds: float) -> None:
        self.loaded[name] = LoadedPart(name, generation, now, seconds)
        level = logging.INFO if name in LARGE else logging.DEBUG  # reports change listings twice a second
        log.log(level, "%s published, %.3f s", name, seconds)

    def _swap(self, now: int) -> None:
        # RFC 1035 3.3.13: a serial only rises. Seconds do, and a clock set back does not undo it.
        self._serial = max(self._serial + 1, now) & 0xFFFFFFFF
        self.live.swap(self._parts.snapshot(self._serial, self._lookup_url))

    def _generation(self, name: str) -> int:
        return self.loaded[name].generation if name in self.loaded else -1

    def _build_policies(self, now: int) -> None:
        self._parts.policies = policies.build(now)

    def _follow_listings(self, generation: int, now: int) -> None:
        if not self._parts.own.follow(generation, now):
            self._parts.own = OwnListings.read(now)

    def _build_origins(self, now: int) -> None:
        self._parts.origins = isps.overlaid(self._table_of_origins(), isps.accepted())

    def _table_of_origins(self) -> Origins:
        row = OriginRevision.select().order_by(OriginRevision.id.desc()).first()
        try:
            return self._unpack(bytes(row.content)) if row else self._seed()
        except ValueError as error:
            log.error("The stored table of origins cannot be read, the bundled one is used: %s", error)
            return self._seed()

    def _build_standard_feeds(self, now: int) -> None:
        self._parts.feeds["standard"] = layers.standard_feeds()

    def _build_dynamic_feeds(self, now: int) -> None:
        self._parts.feeds["dynamic"] = layers.dynamic_feeds(now)
