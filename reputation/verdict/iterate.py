"""Iterates over step functions: the steps that reach into a range, in the order of the addresses.

A value holds from its start up to the next one, and 0 means nothing (steps.py, which finds the value of one address).
Where all of a long list is counted, reputation/ranges does it in arrays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator

from reputation.verdict.steps import Steps4, Steps6


class Starts:
    """The starts of steps of either version, as numbers."""

    def __init__(self, steps: Steps4 | Steps6) -> None:
        # Compiled steps lend their columns as views of their own kind, which bisect cannot index.
        if isinstance(steps, Steps4):
            self._four, self._six = [memoryview(steps.lows), memoryview(steps.index)], []
        else:
            self._four, self._six = [], [memoryview(steps.high), memoryview(steps.low)]
        self._length = len(steps.values)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return self.since(0)

    def before(self, address: int) -> int:
        """Count the starts below an address. O(log n)."""
        return self.holding(address - 1) + 1 if address else 0

    def holding(self, address: int) -> int:
        """Find the place of the step that holds at an address. O(log n)."""
        if self._four:
            lows, index = self._four
            bucket, low = address >> 16, address & 0xFFFF
            return bisect_right(lows, low, index[bucket], index[bucket + 1]) - 1
        return bisect_right(range(self._length), address, key=self._six_at) - 1

    def since(self, place: int) -> Iterator[int]:
        """Yield the starts from a place on, which may be after the last one. O(log n), and O(1) for each."""
        if not self._four:
            yield from map(self._six_at, range(place, self._length))
            return
        lows, index = self._four
        bucket = bisect_right(index, place) - 1
        for at in range(place, self._length):
            while index[bucket + 1] <= at:
                bucket += 1
            yield bucket << 16 | lows[at]

    def _six_at(self, place: int) -> int:
        high, low = self._six
        return int(high[place] << 64 | low[place])


def steps_inside(steps: Steps4 | Steps6, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first address, last address, value) of each step with a value other than 0 between `first` and `last`.

    Both ends are inclusive, and the steps are cut to them.
    """
    return ((begin, end, value) for begin, end, value in steps_and_gaps(steps, first, last) if value)


def steps_and_gaps(steps: Steps4 | Steps6, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Yield (first address, last address, value) of each step between `first` and `last`, gaps included."""
    starts = Starts(steps)
    place = starts.holding(first)
    begins = starts.since(place)
    begin = next(begins)
    while begin <= last:
        end = next(begins, last + 1)  # just behind the step
        yield max(begin, first), min(end - 1, last), steps.values[place]
        begin, place = end, place + 1
