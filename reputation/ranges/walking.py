"""Walking over step functions: the steps that reach into a range, one after the other.

Steps are what answers (reputation/verdict/steps.py): of IPv4 with `lows`, `index` and `values`, of IPv6 with `high`,
`low` and `values`. A value holds from its start up to the next one, and 0 means nothing. Where all of a long list is
counted, inside.py does it in arrays.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

TOP = {4: (1 << 32) - 1, 6: (1 << 128) - 1}  # the highest address, by IP version


class Starts(Sequence[int]):
    """The starts of steps of either version, as numbers. Compiled steps lend their columns as views, which bisect
    cannot index itself."""

    def __init__(self, steps: Any) -> None:
        self._lows: Any = getattr(steps, "lows", None)
        self._index: Any = getattr(steps, "index", None)
        self._high: Any = getattr(steps, "high", None)
        self._low: Any = getattr(steps, "low", None)
        self._length = len(steps.values)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, place: Any) -> Any:
        if self._lows is not None:
            bucket = bisect_right(range(len(self._index)), place, key=self._index.__getitem__) - 1
            return bucket << 16 | self._lows[place]
        return int(self._high[place]) << 64 | int(self._low[place])


def steps_inside(steps: Any, first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """First and last address and value of each step that means something between `first` and `last`, both inclusive,
    and cut to them; in the order of the addresses."""
    starts = Starts(steps)
    place = bisect_right(starts, first) - 1
    begin = starts[place]
    while begin <= last:
        value, place = steps.values[place], place + 1
        end = starts[place] if place < len(starts) else last + 1  # just behind the step
        if value:
            yield max(begin, first), min(end - 1, last), value
        begin = end
