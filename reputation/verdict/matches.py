"""Remembered connections in columns: a hundred thousand of them take three megabytes, and no object each.

The columns are those of a tally's ring (tally.py), so that a slice of a ring is copied as it is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from reputation.verdict.steps import LOW_HALF


class Match(NamedTuple):
    """One remembered connection: refused or deferred, or (code 0) one of the sample of the others."""

    at: int
    organization: int
    database: int
    code: int
    version: int
    value: int


class Matches:
    """A list of Match. `what` holds organization, database, version and code in 32, 16, 8 and 8 bits."""

    def __init__(self, matches: Iterable[Match] = ()) -> None:
        self.high, self.low, self.what, self.at = array("Q"), array("Q"), array("Q"), array("I")
        for match in matches:
            self.append(match)

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, place: int) -> Match:
        what, value = self.what[place], self.high[place] << 64 | self.low[place]
        return Match(self.at[place], what >> 32, what >> 16 & 255, what & 255, what >> 8 & 255, value)

    def __iter__(self) -> Iterator[Match]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Matches) and self.columns == other.columns

    __hash__ = None  # type: ignore[assignment]  # it changes

    @property
    def columns(self) -> Sequence[array[Any]]:
        """Return the columns in the order of a tally's ring."""
        return self.high, self.low, self.what, self.at

    def append(self, match: Match) -> None:
        """Append one match."""
        self.high.append(match.value >> 64)
        self.low.append(match.value & LOW_HALF)
        self.what.append(match.organization << 32 | match.database << 16 | match.version << 8 | match.code)
        self.at.append(match.at)

    def extend(self, columns: Iterable[array[Any]]) -> None:
        """Append many matches, given in columns of equal length."""
        for mine, more in zip(self.columns, columns, strict=True):
            mine.extend(more)
