"""A list as it is stored: opened at once, and converted into ranges only where these are needed.

One long list can answer without being converted (disjoint.py), and ten millions of ranges take long to make.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reputation.ranges import blobs
from reputation.ranges.blobs import PIECE, Columns
from reputation.ranges.cells import Array
from reputation.ranges.ranges import Ranges, digest_of

Bounds = tuple[int, int]  # the last address of a range, and the number of its text


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

    def digest(self) -> str:
        """Return what `Ranges.digest` returns, without converting the list."""
        four = [(len(self.four.lows), self._column4(number)) for number in range(3)]
        return digest_of((*four, *((len(column), (column,)) for column in self._six)), self.texts)

    def _column4(self, number: int) -> Iterator[Array]:
        return (piece.columns()[number] for piece in self.four.pieces(PIECE))

    def check(self) -> None:
        """Raise ValueError where its ranges overlap, touch with the same text, or are not in order.

        A list that we have made ourselves is in order; one that another process hands over need not be.
        """
        last: Bounds | None = None
        for piece in self.four.pieces(PIECE):
            last = _checked(*piece.columns(), last)
        _checked_six(*self._six)

    def of(self, version: int) -> Columns:
        """Return first addresses, last addresses and text numbers of one IP version."""
        return self.ranges.of(4) if version == 4 else self._six


def _highest(numbers: NDArray[Any]) -> int:
    """The highest text number; a list without texts has one zero for all of them."""
    return int(numbers[0]) if len(numbers) and numbers.strides == (0,) else int(numbers.max(initial=0))


def _checked(firsts: Array, lasts: Array, texts: NDArray[np.uint16], before: Bounds | None) -> Bounds | None:
    """Check IPv4 ranges, and the first of them against the range before; return what the last of them says."""
    if not len(firsts):
        return before
    begins, ends, marks = firsts.astype(np.int64), lasts.astype(np.int64), texts.astype(np.int64)
    previous, mark = before or (-2, 0)
    ends_before, marks_before = np.concatenate([[previous], ends[:-1]]), np.concatenate([[mark], marks[:-1]])
    touches = (begins == ends_before + 1) & (marks == marks_before)
    if (ends < begins).any() or (begins <= ends_before).any() or touches.any():
        raise ValueError("the IPv4 ranges are not in order")
    return int(ends[-1]), int(marks[-1])


def _checked_six(firsts: Array, lasts: Array, texts: NDArray[np.uint16]) -> None:
    after = lasts[:-1].copy()
    after[:, 1] += np.uint64(1)
    after[:, 0] += (after[:, 1] == 0).astype(np.uint64)
    touches = (after == firsts[1:]).all(axis=1) & (texts[1:] == texts[:-1])
    if (
        not _is_below(firsts, lasts, or_equal=True).all()
        or not _is_below(lasts[:-1], firsts[1:]).all()
        or touches.any()
    ):
        raise ValueError("the IPv6 ranges are not in order")


def _is_below(some: Array, others: Array, or_equal: bool = False) -> NDArray[np.bool_]:
    low = some[:, 1] <= others[:, 1] if or_equal else some[:, 1] < others[:, 1]
    below: NDArray[np.bool_] = (some[:, 0] < others[:, 0]) | ((some[:, 0] == others[:, 0]) & low)
    return below
