"""Our own listings as a part of the snapshot: large layers that are built now and then, and what has changed since.

A change costs what has changed, however many are listed. Where it is not certain what that is, all are read again.
"""

from __future__ import annotations

import secrets

from reputation.publisher import own_listings
from reputation.publisher.recent_listings import RecentListings, TooMuch
from reputation.store import changes
from reputation.store.changes import PartState
from reputation.verdict.organization_steps import OrganizationListings
from reputation.verdict.shapes import OwnLayer, RecentLayer
from reputation.verdict.snapshot import Layer, Listed
from reputation.verdict.zones import DATABASE_NAMES

LEAST_MERGED = 4_000  # changes that the small layer holds at least before the large one is built with them
SHARE_MERGED = 32  # or, of long lists, one for so many steps: both costs then stay small
MOST_RECENT = 200_000  # changes; with more the large layer is built at once
MERGED_EVERY = 3600  # seconds: no fault in what was noted of changes lasts longer
CLOCK_SLACK = 60  # seconds by which two threads may tell the time differently

NOTHING_OWN = OwnLayer(Layer(), OrganizationListings(), {4: frozenset(), 6: frozenset()})


class OwnListings:
    """The layers of both databases as of a generation. One thread at a time may let them `follow` what changes.

    `read_from` is the state of the tables that the large layers were read from, `read_at` when, in Unix seconds, and
    `id` tells them from all others.
    """

    def __init__(
        self,
        layers: dict[str, OwnLayer],
        read_from: PartState,
        read_at: int,
        id: str = "",
        recent: dict[str, RecentLayer] | None = None,
    ) -> None:
        """`recent` is served above the layers until they follow what has changed."""
        self.generation = read_from.generation
        self.layers, self.read_from, self.read_at, self._latest = layers, read_from, read_at, read_at
        self.id = id or secrets.token_hex(16)
        self._recent = {name: RecentListings(name, layers[name]) for name in DATABASE_NAMES}
        self._built = recent or {name: RecentLayer(None, OrganizationListings()) for name in DATABASE_NAMES}

    @classmethod
    def nothing(cls) -> OwnListings:
        """Make layers in which nothing is listed, as of no generation."""
        return cls(dict.fromkeys(DATABASE_NAMES, NOTHING_OWN), PartState(-1, 0), 0)

    @classmethod
    def read(cls, now: int) -> OwnListings:
        """Read all listings."""
        # What is committed while they are read may be in them or not: it is read again when they follow.
        state = changes.states()[changes.LISTINGS]
        return cls(own_listings.build(now), state, now)

    @property
    def recent(self) -> dict[str, RecentLayer]:
        """Return the small layers of what has changed since, by database."""
        return self._built

    def replace(self, layers: dict[str, OwnLayer]) -> None:
        """Go on with the same large layers in other memory."""
        self.layers = layers
        for name, recent in self._recent.items():
            recent.below = layers[name]

    def follow(self, generation: int, now: int) -> bool:
        """Bring in what has changed up to a generation; tell whether that could be done.

        Where it could not, these layers are of no use any more: read all listings.
        """
        changed = changes.changed_listings(self.generation, generation) if self.generation >= 0 else None
        if changed is None or now < self._latest - CLOCK_SLACK or self._count() + len(changed) > MOST_RECENT:
            return False
        by_place: dict[str, list[str]] = {}
        for where, network in changed:
            by_place.setdefault(where, []).append(network)
        try:
            for where, networks in by_place.items():
                if where in self._recent:
                    self._recent[where].change(networks, now)
                else:
                    self._recent[own_listings.ALONE].change_alone(int(where), networks, now)
        except TooMuch:
            return False
        self._built = {name: recent.built() for name, recent in self._recent.items()}
        self.generation, self._latest = generation, max(now, self._latest)
        return True

    def is_due(self, now: int) -> bool:
        """Tell whether the large layers should be built with what has changed."""
        steps = sum(len(one.layer.steps4) + len(one.layer.steps6) for one in self.layers.values())
        is_old = not self.read_at <= now < self.read_at + MERGED_EVERY
        return self.generation >= 0 and (is_old or self._count() >= max(LEAST_MERGED, steps // SHARE_MERGED))

    def listed(self, database: str, feeds: Layer) -> Listed:
        """Return what a database lists, with the layer of its feeds."""
        own, recent = self.layers[database], self._built[database]
        return Listed(feeds, own.layer, own.alone, recent.layer, recent.alone)

    def _count(self) -> int:
        return sum(recent.count for recent in self._recent.values())
