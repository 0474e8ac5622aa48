"""The steps of one list whose ranges do not touch each other, made directly from how the list is stored.

That is the longest list of the usual installation. Every range begins and ends a step, so that nothing has to be sorted
or searched; and as the steps keep the last 16 bits of their starts, most of the work is done in these. A list that is
not so simple is left to overlaying.py.

The work is done in pieces, so that intermediate results stay in the processor's cache and never take memory of the size
of the list: to get that from the system can take longer than all the rest.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.blobs import OTHER, PIECE, Packed4
from reputation.ranges.cells import BUCKET_BITS, BUCKETS, Array

Numbers = NDArray[np.int64]


class Columns4(NamedTuple):
    """Steps of IPv4: the last 16 bits of each start, the values, and an index of the buckets.

    The index is the position of the first start of each bucket of the first 16 bits, and the number of all. They are
    views of arrays, which are not copied: there may be twenty millions of them.
    """

    lows4: memoryview
    values4: memoryview
    index4: memoryview


def disjoint_steps(packed: Packed4) -> Columns4 | None:
    """Make steps that are 1 inside the ranges and 0 between them.

    Return None where ranges touch each other, where one begins at the lowest address of all or ends at the highest one,
    and where there is none.
    """
    count = len(packed.lows)
    lows = np.empty(2 * count + 1, np.uint16)
    lows[0], at = 0, 1
    steps = np.zeros(BUCKETS, np.int64)  # how many begin in each bucket
    steps[packed.buckets] = 2 * packed.counts.astype(np.int64)  # most ranges end where they begin
    reached = 0  # up to here the addresses are laid
    for piece in packed.pieces(PIECE):
        extents = _Extents(piece)
        if extents.first == reached or extents.any_touches() or (extents.reached_buckets >= BUCKETS).any():
            return None
        np.subtract.at(steps, extents.left_buckets, 1)
        np.add.at(steps, extents.reached_buckets, 1)
        behind = at + 2 * len(piece.lows)
        lows[at:behind:2], lows[at + 1 : behind : 2] = piece.lows, extents.afters
        at, reached = behind, extents.behind
    if not count:
        return None
    return Columns4(lows.data, _zero_one(2 * count + 1).data, _index(steps).data)


def _zero_one(size: int) -> Array:
    """0, 1, 0, 1 ... in one octet each."""
    values = np.zeros(size, np.uint8)
    values[1::2] = 1
    return values


def _index(steps: Numbers) -> Array:
    """Where each bucket begins."""
    index = np.ones(BUCKETS + 1, np.uint32)  # the first step of all begins at address zero
    index[0] = 0
    index[1:] += np.cumsum(steps, dtype=np.uint32)
    return index


class _Extents:
    """How far the ranges of a piece reach: `first` is the first address of the first one, `behind` the one behind the
    last one, `afters` the last 16 bits of the address behind each. Of those after which another bucket may come,
    `left_buckets` and `reached_buckets` are the buckets in which they begin and in which the address behind them lies;
    2**16 behind the highest address."""

    def __init__(self, piece: Packed4) -> None:
        self._piece, self._passed = piece, np.cumsum(piece.counts, dtype=np.int64)
        # Nothing is added by 16 bits and more, and by OTHER.
        self.afters = np.left_shift(np.uint16(1), piece.widths.astype(np.uint16))
        self.afters += piece.lows
        # Behind one that reaches the next bucket the last 16 bits are not higher.
        far = np.flatnonzero(self.afters <= piece.lows)
        self._others = far[piece.widths[far] == OTHER]
        firsts = self._firsts(far)
        behind = self._behind(far, firsts)
        self.afters[far] = behind.astype(np.uint16)
        self.left_buckets, self.reached_buckets = firsts >> BUCKET_BITS, behind >> BUCKET_BITS

    @property
    def first(self) -> int:
        """Return the first address of the first range."""
        return int(self._firsts(np.array([0]))[0])

    @property
    def behind(self) -> int:
        """Return the address after the last range; 2**32 after the highest address."""
        last = np.array([len(self._piece.lows) - 1])
        return int(self._behind(last, self._firsts(last))[0])

    def any_touches(self) -> bool:
        """Tell whether a range begins at the address after another one."""
        near = np.flatnonzero(self.afters[:-1] == self._piece.lows[1:])
        return bool((self._behind(near, self._firsts(near)) == self._firsts(near + 1)).any())

    def _firsts(self, places: Array) -> Numbers:
        """The first addresses of the ranges at these places, which ascend."""
        counts = np.searchsorted(places, self._passed)
        counts[1:] -= counts[:-1].copy()
        firsts: Numbers = np.repeat(self._piece.buckets.astype(np.int64) << BUCKET_BITS, counts)
        return firsts | self._piece.lows[places]

    def _behind(self, places: Array, firsts: Numbers) -> Numbers:
        """The addresses behind these ranges; 2**32 behind the last address of all."""
        widths = self._piece.widths[places].astype(np.int64)
        is_other = widths == OTHER
        found = firsts + (np.int64(1) << np.where(is_other, 0, widths))
        others = np.searchsorted(self._others, places[is_other])
        found[is_other] = self._piece.others[others].astype(np.int64) + 1
        return found
