"""Builds the parts of a snapshot from the tables and publishes them. It knows tables and snapshots, and no use case.

Each part has a generation in the tables (reputation/store/changes.py). `catch_up` builds the parts that have changed
and leaves the others as they are, so that a policy edit costs only the policy and not the lists.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from reputation import faults, memory
from reputation.publisher import damaged_lists, damaged_origins, isps, layers, policies
from reputation.publisher.layers import FeedLayer, ServedList
from reputation.publisher.listings_part import OwnListings
from reputation.publisher.prepared_files import PreparedFiles
from reputation.store import changes, damage, db, serials
from reputation.store.changes import PartState
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY, Origins
from reputation.verdict.snapshot import Layer, Policies, Snapshot
from reputation.verdict.zones import DATABASE_NAMES

log = logging.getLogger("gatepost.publisher")

TRY_AGAIN = 60  # seconds after which a part that could not be built is tried again, unchanged
FED = {changes.STANDARD_FEEDS: "standard", changes.DYNAMIC_FEEDS: "dynamic"}
UNPUBLISHED = "published part"  # a fault; its subject is the name of the part
LARGE = frozenset((changes.ORIGINS, changes.DYNAMIC_FEEDS, changes.STANDARD_FEEDS))  # parts whose making takes room


@dataclass(frozen=True)
class LoadedPart:
    """What the portal shows of a part: since when it is served, and how many seconds it took to build."""

    name: str
    generation: int
    loaded_at: int
    seconds: float


@dataclass(frozen=True)
class FailedPart:
    """A part that could not be built: as of which generation and since when, and the reason. What was served stays.

    `as_of` is when that was last seen to be what the tables hold.
    """

    name: str
    generation: int
    since: int
    tried_at: int
    reason: str
    as_of: int

    @property
    def told(self) -> str:
        """Say it to the operator."""
        return (
            f"{self.name.capitalize()} cannot be published: {self.reason}. What was published before is still served."
        )


class ServedLists(NamedTuple):
    """The lists that are served, by the numbers of their feeds.

    `held_up` are the databases whose layer is older than what is stored, because that could not be published.
    """

    of_feed: dict[int, ServedList]
    held_up: set[str]


@dataclass
class Parts:
    """What has been built so far; each new snapshot is made from them."""

    policies: Policies = field(default_factory=Policies)
    origins: Origins = EMPTY
    feeds: dict[str, Layer] = field(default_factory=lambda: {name: Layer() for name in DATABASE_NAMES})
    own: OwnListings = field(default_factory=OwnListings.nothing)
    states: dict[str, PartState] = field(default_factory=dict)  # of the tables, of which each was built
    lists: dict[str, tuple[ServedList, ...]] = field(default_factory=dict)  # that each layer of feeds was made of

    def value(self, name: str) -> Any:
        """Return a part by its name, but for our own listings."""
        return self.feeds[FED[name]] if name in FED else getattr(self, name)

    def take(self, name: str, value: Any) -> None:
        """Take a part by its name, but for our own listings."""
        if isinstance(value, FeedLayer):
            self.feeds[FED[name]], self.lists[name] = value
        elif name in FED:
            self.feeds[FED[name]] = value
        else:
            setattr(self, name, value)

    def snapshot(self, serial: int, lookup_url: str) -> Snapshot:
        """Make a snapshot from the parts."""
        standard, dynamic = (self.own.listed(name, self.feeds[name]) for name in DATABASE_NAMES)
        return Snapshot(standard, dynamic, self.origins, self.policies, serial, lookup_url)


class Publisher:
    """The only writer of `live`. Any thread may call `catch_up`; they take turns, and no answer waits for them."""

    def __init__(
        self,
        live: Live,
        seed: Callable[[], Origins],
        unpack: Callable[[bytes], Origins],
        lookup_url: str,
        prepared: PreparedFiles | None = None,
    ) -> None:
        """`prepared` are the files from which `live` may answer already; without them, none are kept."""
        self.live = live
        self.loaded: dict[str, LoadedPart] = {}
        self.failed: dict[str, FailedPart] = {}
        self._seed, self._unpack, self._lookup_url = seed, unpack, lookup_url
        self._parts = Parts()
        self._prepared = prepared
        if prepared:
            prepared.hand_out(self._parts)
        self._serial = prepared.serial if prepared else 0
        self._checked_at = prepared.as_of if prepared else 0
        self._turn, self._keeping = threading.Lock(), threading.Lock()
        self._builders: dict[str, Callable[[int], Any]] = {
            changes.POLICIES: policies.build,
            changes.ORIGINS: lambda now: isps.overlaid(self._table_of_origins(), isps.accepted()),
            changes.DYNAMIC_FEEDS: layers.dynamic_feeds,
            changes.STANDARD_FEEDS: lambda now: layers.standard_feeds(),
        }

    @property
    def origins(self) -> Origins:
        """Return the origins that are served; empty ones before the first snapshot."""
        return self.live.current.origins if self.live.current else EMPTY

    @property
    def served_lists(self) -> ServedLists | None:
        """Return which lists of feeds are served; None where that is not known, before the first snapshot."""
        lists, failed = self._parts.lists, self.failed.keys() & FED.keys()
        if not lists.keys() >= FED.keys():
            return None
        return ServedLists({one.feed: one for some in lists.values() for one in some}, {FED[name] for name in failed})

    @property
    def as_of(self) -> int:
        """Return as of when the tables are served, in Unix seconds: the last time that they were seen to be.

        It is 0 where nothing is served yet.
        """
        return min([self._checked_at, *(part.as_of for part in list(self.failed.values()))])

    def catch_up(self, now: int | None = None) -> list[str]:
        """Publish every part that has changed since it was built; return their names.

        The first call publishes them all. A part that cannot be built for what stands in its rows is left as it was
        served, is in `failed`, and holds up no other; it is tried again when it changes, and every minute.
        """
        timestamp = int(time.time()) if now is None else now
        with self._turn:
            has_risen = self._follow_serial(timestamp)
            wanted = changes.states()
            stale = [name for name in changes.PARTS if self._is_stale(name, wanted[name], timestamp)]
            built = [name for name in stale if self._is_built(name, wanted[name], timestamp)]
            if stale or has_risen:
                self._swap(timestamp)
            self._checked_at = timestamp
            self._tell_damage(timestamp, bool(LARGE.intersection(stale)))
            if LARGE.intersection(stale):
                db.shrink_cache()
                memory.trim_heap()
            return built

    def _is_stale(self, name: str, wanted: PartState, now: int) -> bool:
        failed = self.failed.get(name)
        if failed and failed.generation == wanted.generation and 0 <= now - failed.tried_at < TRY_AGAIN:
            return False
        return self._generation(name) != wanted.generation

    def _is_built(self, name: str, wanted: PartState, now: int) -> bool:
        """Build a part; False where its rows are such that it cannot be. A database that is away is another matter."""
        began = time.perf_counter()
        try:
            with damage.named():  # a page that cannot be read is a fault of what lies in it
                self._build(name, wanted, now)
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            before, reason = self.failed.get(name), f"{type(error).__name__}: {error}"
            since, as_of = (before.since, before.as_of) if before else (now, self._checked_at or now)
            failed = self.failed[name] = FailedPart(name, wanted.generation, since, now, reason, as_of)
            log.exception("%s cannot be published, what was published before is still served", name)
            faults.raised(f"{UNPUBLISHED}:{name}", failed.told, now)
            return False
        if self.failed.pop(name, None):
            faults.gone(f"{UNPUBLISHED}:{name}", now)
        self._parts.states[name] = wanted
        self._note(name, wanted.generation, now, time.perf_counter() - began)
        return True

    def _build(self, name: str, wanted: PartState, now: int) -> None:
        if name == changes.LISTINGS:
            self._follow_listings(wanted, now)
            return
        found = self._prepared.take(name, wanted) if self._prepared else None
        self._parts.take(name, self._builders[name](now) if found is None else found)

    def _tell_damage(self, now: int, is_new: bool) -> None:
        """Write down which stored lists were found to be damaged, and tell it. What is published stays in any case."""
        try:
            found = [*damaged_lists.set_aside(now), *damaged_origins.set_aside(now)]
            if found or is_new:
                damaged_lists.tell(now)
                damaged_origins.tell(now)
        except (ValueError, *damage.ERRORS) as error:
            log.error("Which stored lists are damaged could not be written down: %s", error)

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
            state = changes.states()[changes.LISTINGS]
            # Where all were read in the meantime, these are older than what is served.
            if self._parts.own is before and merged.follow(state.generation, now):
                self._parts.own, self._parts.states[changes.LISTINGS] = merged, state
                self._note(changes.LISTINGS, state.generation, now, time.perf_counter() - began)
                self._swap(now)
        del before, merged
        db.shrink_cache()
        memory.trim_heap()
        return time.perf_counter() - began

    def keep(self, now: int, goes_on: bool = True) -> list[str]:
        """Write what is served into the prepared files, as far as it has changed; return the names of what was written.

        Where the program goes on, it serves the lists from their files from then on. Raise OSError where the disk does
        not take it; the former files stay.
        """
        with self._turn:
            own, parts, states, serial = self._parts.own, replace(self._parts), dict(self._parts.states), self._serial
            parts.feeds, parts.lists = dict(parts.feeds), dict(parts.lists)
            generation, recent, as_of = own.generation, dict(own.recent), self.as_of
        if self._prepared is None or not states.keys() >= set(changes.PARTS):
            return []
        with self._keeping:
            names = [name for name in self._builders if self._is_kept(name, parts, states)]
            is_new = self._prepared.write_listings(own, recent, generation, serial, min(now, as_of))
            if goes_on:
                self._serve_from_files([name for name in names if name in LARGE], parts, own)
            return [*names, changes.LISTINGS] if is_new else names

    def _is_kept(self, name: str, parts: Parts, states: dict[str, PartState]) -> bool:
        assert self._prepared
        return self._prepared.write(name, parts.value(name), states[name], parts.lists.get(name))

    def _serve_from_files(self, names: list[str], kept: Parts, own: OwnListings) -> None:
        """Go on with the lists that were written as they lie in their files: their memory is free then."""
        assert self._prepared
        mapped = {name: self._prepared.mapped(name) for name in names}
        layers = self._prepared.mapped_listings(own)
        with self._turn:
            for name, value in mapped.items():
                if value is not None and self._parts.value(name) is kept.value(name):
                    self._parts.take(name, value)
            if layers and self._parts.own is own:
                own.replace(layers)
            if names or layers:  # it says the same: its serial stays
                same = self._parts.snapshot(self._serial, self._lookup_url)
                for _ in range(2):  # the idle slot lets go of the former lists, too
                    self.live.swap(same)
        if names or layers:
            memory.trim_heap()

    def finish(self) -> None:
        """Catch up and keep what is served, so that the next start answers as this one did at its end."""
        now = int(time.time())
        try:
            with db.connected():
                self.catch_up(now)
                self.keep(now, goes_on=False)
        except Exception as error:
            log.error("What is served was not kept for the next start, which answers as of earlier: %s", error)

    def _note(self, name: str, generation: int, now: int, seconds: float) -> None:
        self.loaded[name] = LoadedPart(name, generation, now, seconds)
        level = logging.INFO if name in LARGE else logging.DEBUG  # reports change listings twice a second
        log.log(level, "%s published, %.3f s", name, seconds)

    def _follow_serial(self, now: int) -> bool:
        """Take the serial of the tables; tell whether it is another one than is served.

        Read before the parts, it never runs ahead of what is served; what changes in between, the next turn tells.
        """
        serial, served = serials.current(), self._serial
        if served and serials.is_after(served, serial):  # the tables were put back from a copy while we served
            serial = serials.raise_to((served + 1) % serials.MODULUS, now)
        self._serial = serial
        return serial != served

    def _swap(self, now: int) -> None:
        self.live.swap(self._parts.snapshot(self._serial, self._lookup_url))

    def _generation(self, name: str) -> int:
        return self.loaded[name].generation if name in self.loaded else -1

    def _follow_listings(self, state: PartState, now: int) -> None:
        found = self._prepared.take_listings(state) if self._prepared else None
        if found is not None and found.follow(state.generation, now):
            self._parts.own = found
        elif not self._parts.own.follow(state.generation, now):
            self._parts.own = OwnListings.read(now)

    def _table_of_origins(self) -> Origins:
        found = damaged_origins.newest(self._unpack)
        return self._seed() if found is None else found[1]
