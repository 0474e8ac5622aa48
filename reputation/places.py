"""The places of a door for connections: how many there are, who has how many, and who goes for a newcomer.

The connection that has been quiet longest goes, and not the newcomer (as RFC 7766 6.2.3 has it for DNS): else a
handful of idle clients would keep all others out. Of a client that has its share, one of its own goes. None that is at
work does. All steps but one take the same time, however many there are. It knows no socket.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Generic, NamedTuple, TypeVar

Holder = TypeVar("Holder")

# What a door counts of its connections, in the order in which a person reads it, and how it is called.
FIGURES = {
    "open": "Open",
    "bound": "At most",
    "closed for quiet": "Closed: quiet longest",
    "closed as slowest": "Closed: slowest",
    "closed by deadline": "Closed: took too long",
    "refused": "Not accepted",
}


class Rivals(NamedTuple, Generic[Holder]):
    """Those of whom one must go for a newcomer: those of one client, or all (None).

    `quietest` is None where none of them is quiet.
    """

    quietest: Holder | None
    whose: str | None


class Places(Generic[Holder]):
    """Who has a place, those that are quiet in the order of since when. One thread uses it."""

    def __init__(self, in_all: int, of_client: int) -> None:
        """`in_all` and `of_client` are bounds of connections."""
        self.in_all, self.of_client = in_all, of_client
        self._whose: dict[Holder, str] = {}
        self._many: Counter[str] = Counter()
        self._quiet: dict[Holder, None] = {}
        self._quiet_of: dict[str, dict[Holder, None]] = {}

    def __len__(self) -> int:
        return len(self._whose)

    def __contains__(self, holder: object) -> bool:
        return holder in self._whose

    def __iter__(self) -> Iterator[Holder]:
        return iter(self._whose)

    def rivals(self, whose: str, has_share: bool = True) -> Rivals[Holder] | None:
        """Return of whom one must go before a client gets one more place; None where there is room.

        A client without `has_share`, such as a proxy of ours, may have all places.
        """
        if has_share and self._many[whose] >= self.of_client:
            return Rivals(next(iter(self._quiet_of.get(whose, {})), None), whose)
        return Rivals(self.quietest(), None) if len(self) >= self.in_all else None

    def of(self, whose: str | None) -> list[Holder]:
        """Return the holders of one client, or all of them; this takes the longer the more there are."""
        return [holder for holder, owner in self._whose.items() if whose is None or owner == whose]

    def many(self, whose: str) -> int:
        """Return how many places a client has."""
        return self._many[whose]

    def quietest(self) -> Holder | None:
        """Return who has been quiet longest; None where nobody is quiet."""
        return next(iter(self._quiet), None)

    def enter(self, holder: Holder, whose: str) -> None:
        """Give a place to one who is quiet from now on."""
        self._whose[holder] = whose
        self._many[whose] += 1
        self.rest(holder)

    def rest(self, holder: Holder) -> None:
        """Tell that a holder is quiet from now on."""
        if holder in self._whose:
            self.work(holder)
            self._quiet[holder] = None
            self._quiet_of.setdefault(self._whose[holder], {})[holder] = None

    def work(self, holder: Holder) -> None:
        """Tell that a holder is at work: it does not go for anybody."""
        if holder in self._quiet:
            del self._quiet[holder]
            whose = self._whose[holder]
            del self._quiet_of[whose][holder]
            if not self._quiet_of[whose]:
                del self._quiet_of[whose]

    def leave(self, holder: Holder) -> None:
        """Give up the place of one who is gone; one that has none is no fault."""
        if holder not in self._whose:
            return
        self.work(holder)
        whose = self._whose.pop(holder)
        self._many[whose] -= 1
        if not self._many[whose]:
            del self._many[whose]
