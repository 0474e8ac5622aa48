"""A list as it is stored: opened at once, and converted into ranges only where these are needed.

One long list can answer without being converted (disjoint.py), and ten millions of ranges take long to make.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from reputation.ranges import blobs
from reputation.ranges.blobs import Columns
from reputation.ranges.ranges import Ranges


class Stored:
    """A stored list. `four` has its IPv4 ranges as they are stored."""

    def __init__(self, blob4: bytes, blob6: bytes, texts: Iterable[str]) -> None:
        """ValueError where a blob is damaged, cut off or of another layout."""
        self.texts = tuple(texts)
        self.four, self._six = blobs.unpack4(blob4), blobs.unpack6(blob6)
        highest, kept = max(_highest(self.four.texts), _highest(self._six[2])), len(self.texts)
        if highest > kept:
            raise ValueError(f"the stored list names text {highest}, but only {kept} texts are stored with it")

    @property
    def has_texts4(self) -> bool:
        """Tell whether any IPv4 range has a text of its own."""
        return _highest(self.four.texts) > 0

    @cached_property
    def ranges(self) -> Ranges:
        """Convert the list into ranges, both IP versions; this is done once."""
        return Ranges(*self.four.columns(), *self._six, self.texts)

    def count_of(self, version: int) -> int:
        """Return the number of ranges of one IP version."""
        return len(self.four.lows if version == 4 else self._six[0])

    def of(self, version: int) -> Columns:
        """Return first addresses, last addresses and text numbers of one IP version."""
        return self.ranges.of(4) if version == 4 else self._six


def _highest(numbers: NDArray[Any]) -> int:
    """The highest text number; a list without texts has one zero for all of them."""
    return int(numbers[0]) if len(numbers) and numbers.strides == (0,) else int(numbers.max(initial=0))
