"""Which of many addresses a list holds, asked at once: the list as two columns of bounds, without its texts.

Eight bytes a range of IPv4, and a binary search for all addresses together: what a batch of reports or of connections
asks of every feed costs less than writing one row of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import Array, no_bounds
from reputation.ranges.ranges import packed
from reputation.ranges.stored import Stored


class Membership:
    """The addresses of one list. It never changes."""

    def __init__(self, stored: Stored | None = None) -> None:
        """Without a stored list it holds no address."""
        none4, none6 = no_bounds(4), no_bounds(6)
        self._first4, self._last4 = stored.of(4)[:2] if stored else (none4, none4)
        first6, last6 = stored.of(6)[:2] if stored else (none6, none6)
        self._first6, self._last6 = _keys(first6), _keys(last6)

    def holds(self, version: int, addresses: Sequence[int] | Array) -> NDArray[np.bool_]:
        """Tell of each address whether it is in the list.

        `addresses` are numbers, or the column that they are in: uint32, or uint64 of shape (n, 2) for IPv6.
        """
        if version == 4:
            return _holds(self._first4, self._last4, np.asarray(addresses, np.uint32))
        asked = addresses if isinstance(addresses, np.ndarray) else packed(6, addresses)
        return _holds(self._first6, self._last6, _keys(asked))


def _keys(bounds: Array) -> NDArray[Any]:
    """IPv6 bounds as 16 octets each, which compare as their numbers do."""
    return np.ascontiguousarray(bounds, ">u8").view("S16").reshape(-1)


def _holds(firsts: NDArray[Any], lasts: NDArray[Any], asked: NDArray[Any]) -> NDArray[np.bool_]:
    if not len(firsts) or not len(asked):
        return np.zeros(len(asked), bool)
    # Ranges do not overlap: only the last one that begins at or before an address can hold it.
    place = np.searchsorted(firsts, asked, side="right") - 1
    return (place >= 0) & (asked <= lasts[place])
