"""Walking over step functions: the steps that reach into a range, one after the other.

Steps are what answers (reputation/verdict/steps.py): of IPv4 with `lows`, `index` and `values`, of IPv6 with `high`,
`low` and `values`. A value holds from its start up to the next one, and 0 means nothing. Where all of a long list is
counted, inside.py does it in arrays.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

TOP = {4: (1 << 32) - 1, 6: (1 << 128) - 1}  # the highest address, by IP version


class Starts:
    """The starts of steps of either version, as numbers."""

    def __init__(self, steps: Any) -> None:
        # Compiled steps lend their columns as views of their own kind, which bisect cannot index.
        self._four = [memoryview(column) for column in (steps.lows, steps.index)] if hasattr(steps, "lows") else None
        self._six = [] if self._four else [memoryview(column) for column in (steps.high, steps.low)]
        self._length = len(steps.values)

    def __iter__(self) -> Iterator[int]:
        return self.since(0)

    def holding(self, address: int) -> int:
        """The place of the step that holds at an address."""
        if self._four:
            lows, index = self._four
            bucket, low = address >> 16, address & 0xFFFF
            return bisect_right(lows, low, index[bucket], index[bucket + 1]) - 1
        return bisect_right(range(self._length), address, key=self._six_at) - 1

    def since(self, place: int) -> Iterator[int]:
        """Those from a place on, which may be behind the last one."""
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


def steps_inside(steps: Any, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """First and last address and value of each step that means something between `first` and `last`, both inclusive,
    and cut to them; in the order of the addresses."""
    starts = Starts(steps)
    place = starts.holding(first)
    begins = starts.since(place)
    begin = next(begins)
    while begin <= last:
        end = next(begins, last + 1)  # just behind the step
        if steps.values[place]:
            yield max(begin, first), min(end - 1, last), steps.values[place]
        begin, place = end, place + 1
