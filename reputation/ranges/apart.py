"""The steps of one list whose ranges lie apart from each other, straight from how it is stored.

That is the usual installation, and its longest list. Every range begins and ends a step, so that nothing has to be
sorted or searched; and as the steps keep the last 16 bits of their starts, most of it is done in these. What is not
that simple is left to overlaying.py.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.blobs import OTHER, Packed4
from reputation.ranges.cells import BUCKET_BITS, BUCKETS, Array

Numbers = NDArray[np.int64]


class Four(NamedTuple):
    """Steps of IPv4: the last 16 bits of each start, the values, and the position of the first start of each bucket of
    the first 16 bits, with the number of all behind them. Views of arrays, which are not copied: there may be twenty
    millions of them."""

    lows4: memoryview
    values4: memoryview
    index4: memoryview


def laid_apart(packed: Packed4) -> Four | None:
    """Steps that are 1 inside the ranges and 0 between them. None where ranges touch each other, where one begins at
    the lowest address of all or ends at the highest one, and where there is none."""
    if not len(packed.lows) or not (packed.buckets[0] or packed.lows[0]):
        return None
    sizes = _Sizes(packed)
    ends = sizes.ends_by_bucket()
    if ends is None or sizes.any_touches():
        return None
    count = len(packed.lows)
    lows = np.empty(2 * count + 1, np.uint16)
    lows[0], lows[1::2], lows[2::2] = 0, packed.lows, sizes.afters
    values = np.zeros(2 * count + 1, np.uint8)
    values[1::2] = 1
    index = np.ones(BUCKETS + 1, np.uint32)  # the first step of all begins at address zero
    index[0] = 0
    index[1:] += np.cumsum(sizes.begins + ends, dtype=np.uint32)
    return Four(lows.data, values.data, index.data)


class _Sizes:
    """How far the ranges of a list reach. `afters` are the last 16 bits of the address behind each, `begins` how many
    ranges begin in each bucket."""

    def __init__(self, packed: Packed4) -> None:
        self._packed = packed
        self.begins: Numbers = np.zeros(BUCKETS, np.int64)
        self.begins[packed.buckets] = packed.counts
        self._before = np.cumsum(self.begins)
        self.afters = np.left_shift(np.uint16(1), packed.widths.astype(np.uint16))  # 0 from 16 bits on
        self.afters += packed.lows
        self._is_other = packed.widths == OTHER
        self._others = np.flatnonzero(self._is_other)
        self.afters[self._others] = (packed.others + np.uint32(1)).astype(np.uint16)

    def ends_by_bucket(self) -> Numbers | None:
        """How many of the addresses behind ranges lie in each bucket; None where there is no address behind one."""
        # Most lie where their range begins; behind one that reaches the next bucket the last 16 bits are not higher.
        far = np.flatnonzero((self.afters <= self._packed.lows) | self._is_other)
        firsts = self._firsts(far)
        left, reached = firsts >> BUCKET_BITS, self._after(far, firsts) >> BUCKET_BITS
        if (reached >= BUCKETS).any():
            return None
        return self.begins + np.bincount(reached, minlength=BUCKETS) - np.bincount(left, minlength=BUCKETS)

    def any_touches(self) -> bool:
        """Whether a range begins at the address behind another one."""
        near = np.flatnonzero(self.afters[:-1] == self._packed.lows[1:])
        return bool((self._after(near, self._firsts(near)) == self._firsts(near + 1)).any())

    def _firsts(self, places: Array) -> Numbers:
        """The first addresses of the ranges at these places, which ascend."""
        passed = np.searchsorted(places, self._before)
        firsts: Numbers = np.repeat(np.arange(BUCKETS, dtype=np.int64) << BUCKET_BITS, np.diff(passed, prepend=0))
        return firsts | self._packed.lows[places]

    def _after(self, places: Array, firsts: Numbers) -> Numbers:
        """The addresses behind these ranges; 2**32 behind the last address of all."""
        is_other = self._is_other[places]
        widths = np.where(is_other, 0, self._packed.widths[places]).astype(np.int64)
        found = firsts + (np.int64(1) << widths)
        others = np.searchsorted(self._others, places[is_other])
        found[is_other] = self._packed.others[others].astype(np.int64) + 1
        return found
