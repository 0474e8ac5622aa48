"""Pairs of numbers from two columns, such as those of the table of origins: which numbers stand beside which.

Both columns are sorted once; after that a number is found by halving. It does not know what the numbers mean.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

HALF = np.uint64(32)
LOW_HALF = np.uint64((1 << 32) - 1)


class NumberPairs:
    """The pairs that stand in two columns of the same length, whose numbers have at most 32 bits."""

    def __init__(self, left: ArrayLike, right: ArrayLike) -> None:
        lefts, rights = np.asarray(left).astype(np.uint64), np.asarray(right).astype(np.uint64)
        self._by_left = np.unique(lefts << HALF | rights)
        self._by_right = np.unique(rights << HALF | lefts)

    def beside_left(self, number: int) -> list[int]:
        """Return what stands on the right beside this number on the left: sorted, each once."""
        return _second(self._by_left, number)

    def beside_right(self, number: int) -> list[int]:
        """Return what stands on the left beside this number on the right: sorted, each once."""
        return _second(self._by_right, number)


def _second(pairs: NDArray[np.uint64], first: int) -> list[int]:
    lowest = np.uint64(first << 32)
    begin, end = np.searchsorted(pairs, lowest), np.searchsorted(pairs, lowest | LOW_HALF, side="right")
    found: list[int] = (pairs[begin:end] & LOW_HALF).tolist()
    return found
