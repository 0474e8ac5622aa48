"""A list as it lies in the database: opened at once, and taken apart into ranges where somebody asks for them.

To answer from one long list it need not be taken apart (apart.py), and ten millions of ranges take long to make.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from reputation.ranges import blobs
from reputation.ranges.blobs import Columns, Packed4
from reputation.ranges.ranges import Ranges


class Stored:
    """`packed4` is how its IPv4 ranges lie there; None where they lie in an older layout, or have texts."""

    def __init__(self, blob4: bytes, blob6: bytes, texts: Iterable[str]) -> None:
        """ValueError where a blob is damaged, cut off or of another layout."""
        self.texts = tuple(texts)
        self._four, self._six = blobs.unpack4(blob4), blobs.unpack6(blob6)
        numbers = (self._four.texts if isinstance(self._four, Packed4) else self._four[2], self._six[2])
        highest = max(map(_highest, numbers))
        if highest > len(self.texts):
            raise ValueError(
                f"the stored list names text {highest}, but only {len(self.texts)} texts are stored with it"
            )

    @property
    def packed4(self) -> Packed4 | None:
        return self._four if isinstance(self._four, Packed4) and not _highest(self._four.texts) else None

    @cached_property
    def ranges(self) -> Ranges:
        """Its ranges, both IP versions."""
        four = self._four.unpacked() if isinstance(self._four, Packed4) else self._four
        return Ranges(*four, *self._six, self.texts)

    def count_of(self, version: int) -> int:
        """The number of ranges of one IP version."""
        if version == 6:
            return len(self._six[0])
        return len(self._four.lows if isinstance(self._four, Packed4) else self._four[0])

    def of(self, version: int) -> Columns:
        """First addresses, last addresses and text numbers of one IP version."""
        return self.ranges.of(4) if version == 4 else self._six


def _highest(numbers: NDArray[Any]) -> int:
    """The highest text number; a list without texts has one zero for all of them."""
    return int(numbers[0]) if len(numbers) and numbers.strides == (0,) else int(numbers.max(initial=0))
