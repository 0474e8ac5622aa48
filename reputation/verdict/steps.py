"""A list of addresses as a step function: the one shape of lists, rules and origins.

It owns the lookup, not the meaning. Starts are sorted, `values[i]` holds from start i up to the next one, and 0 is a
gap. The first start is 0, so a lookup always finds a step. IPv4 is searched within the bucket of its first 16 bits, so
that only the last 16 bits of a start are kept: small columns stay in the caches.

It runs interpreted, or compiled from the same lines (steps.pxd declares the types): see docs/performance.md.
"""

from __future__ import annotations

import sys
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import TypeAlias

import cython

from reputation.addresses.address import Address

if cython.compiled:
    from cython.cimports.reputation.verdict.atomics import gp_prefetch

Column: TypeAlias = "array[int] | memoryview"  # of numbers; a view where numpy holds them

BUCKETS = 65536
LOW_16 = cython.declare(cython.uint, 0xFFFF)
AT_ONCE = cython.declare(cython.uint, 8)  # so many starts are counted through in the time of one more halving
NEAR = 50_000  # steps that the nearer caches hold anyway: to prefetch so few gained nothing
LOW_HALF = 0xFFFFFFFFFFFFFFFF
NONE16 = array("H")
NONE32 = array("I")


@cython.final
@cython.cclass
class Steps4:
    """IPv4 steps: `lows` array('H') are the last 16 bits of the starts, `values` the value of each start.

    `values` is array('B'), array('H') or array('I') of the same length; views of the same kinds can be used, too.
    `index` array('I') is the position of the first start of each bucket of the first 16 bits, and of the end.
    """

    def __init__(self, lows: Column, values: Column, index: Column) -> None:
        if len(index) != BUCKETS + 1 or values.itemsize not in (1, 2, 4):
            raise ValueError("steps have an index of all buckets, and values of 1, 2 or 4 octets")
        if not len(lows) or lows[0] or not index[1] or not len(lows) == len(values) == index[BUCKETS]:
            raise ValueError("steps begin at address 0 and have one value each")
        self.lows, self.values, self.index = lows, values, index
        self.width = values.itemsize
        self.octets = memoryview(values).cast("B")
        self.values16 = values if self.width == 2 else NONE16
        self.values32 = values if self.width == 4 else NONE32
        self.is_single, self.first = len(values) == 1, values[0]
        self.is_far = len(values) > NEAR

    def __len__(self) -> int:
        return len(self.values)

    def find(self, value: int) -> int:
        """Find the value at this address; 0 where there is none."""
        return self.seek(value)

    def find_all(self, addresses: array[int]) -> array[int]:
        """Find the values of many addresses, array('I'); return an array('I')."""
        found = array("I", bytes(4 * len(addresses)))
        self._fill(addresses, found)
        return found

    @cython.cfunc
    def _fill(self, addresses: cython.uint[::1], found: cython.uint[::1]) -> cython.void:
        i: cython.Py_ssize_t
        for i in range(len(addresses)):
            found[i] = self.seek(addresses[i])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def seek(self, value: cython.uint) -> cython.uint:
        """Find the value at this address without Python; 0 where there is none."""
        low: cython.uint
        high: cython.uint
        size: cython.uint
        half: cython.uint
        i: cython.Py_ssize_t
        if self.is_single:  # most installations have no own listing, or no dynamic list: that costs no look
            return self.first
        low = self.index[value >> 16]
        high = self.index[(value >> 16) + 1]
        value &= LOW_16
        if not cython.compiled:
            return self.values[bisect_right(self.lows, value, low, high) - 1]
        size = high - low
        # No branch hangs on what was read: the processor need not guess, and asks the memory for much at once.
        while size > AT_ONCE:
            half = size >> 1
            low += half if self.lows[low + half - 1] <= value else 0
            size -= half
        high = low
        for i in range(low, low + size):
            high += self.lows[i] <= value
        # Where none of the bucket's starts is at or below the address, the last step of the buckets before holds.
        if self.width == 1:
            return self.octets[high - 1]
        return self.values16[high - 1] if self.width == 2 else self.values32[high - 1]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch(self, bucket: cython.uint) -> cython.void:
        """Prefetch the place of a bucket in which an address will be looked up."""
        if cython.compiled and self.is_far:
            gp_prefetch(cython.address(self.index[bucket]))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def prefetch_rest(self, bucket: cython.uint) -> cython.void:
        """Prefetch the starts and values of a bucket: all of a small one, and of a large one what is read first."""
        low: cython.uint
        high: cython.uint
        if cython.compiled and self.is_far:
            low, high = self.index[bucket], self.index[bucket + 1]
            low -= low > 0  # the step before the bucket's first may be the one that holds
            high -= high > low
            gp_prefetch(cython.address(self.lows[low]))
            gp_prefetch(cython.address(self.lows[(low + high) >> 1]))
            gp_prefetch(cython.address(self.lows[high]))
            gp_prefetch(cython.address(self.octets[low * self.width]))
            gp_prefetch(cython.address(self.octets[high * self.width]))


@cython.final
@cython.cclass
class Steps6:
    """IPv6 steps: the starts are pairs of 64 bits.

    `high` and `low` are both array('Q'); `values` is array('H') or array('I').
    """

    def __init__(self, high: Column, low: Column, values: Column) -> None:
        if not len(high) or high[0] or low[0] or not len(high) == len(low) == len(values):
            raise ValueError("steps begin at address 0 and have one value each")
        self.high = high
        self.low = low
        self.values = values
        self.length = len(values)
        self.is_wide = values.itemsize == 4
        self.values16, self.values32 = (NONE16, values) if self.is_wide else (values, NONE32)

    def __len__(self) -> int:
        return len(self.values)

    def find(self, value: int) -> int:
        """Find the value at this address, a number of 128 bits; 0 where there is none."""
        return self.seek(value >> 64, value & LOW_HALF)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def seek(self, high: cython.ulonglong, low: cython.ulonglong) -> cython.uint:
        """Find the value at this address, in two halves of 64 bits, without Python; 0 where there is none."""
        first: cython.Py_ssize_t = 0
        last: cython.Py_ssize_t = self.length
        middle: cython.Py_ssize_t
        if not cython.compiled:
            first = bisect_left(self.high, high)
            return self.values[bisect_right(self.low, low, first, bisect_right(self.high, high, first)) - 1]
        while first < last:
            middle = (first + last) >> 1
            if self.high[middle] < high or (self.high[middle] == high and self.low[middle] <= low):
                first = middle + 1
            else:
                last = middle
        return self.values32[first - 1] if self.is_wide else self.values16[first - 1]


def buckets(starts: array[int]) -> array[int]:
    """Return the position of the first start at or above each multiple of 65,536, and the number of all starts."""
    if len(starts) > BUCKETS:
        return array("I", [bisect_left(starts, bucket << 16) for bucket in range(BUCKETS + 1)])
    # Few starts, many buckets: a run of equal positions up to each start.
    index = array("I")
    for position, start in enumerate(starts):
        beginning = (start >> 16) + 1  # so many buckets begin at or below this start
        index.extend(array("I", [position]) * (beginning - len(index)))
    index.extend(array("I", [len(starts)]) * (BUCKETS + 1 - len(index)))
    return index


def steps4_of(starts: array[int], values: array[int]) -> Steps4:
    """Make steps from whole IPv4 starts, array('I'), and their values."""
    lows = memoryview(starts).cast("B").cast("H")[0 if sys.byteorder == "little" else 1 :: 2]
    return Steps4(array("H", lows.tobytes()), values, buckets(starts))


NO_STEPS4 = steps4_of(array("I", [0]), array("B", [0]))
NO_STEPS6 = Steps6(array("Q", [0]), array("Q", [0]), array("H", [0]))


def steps4(pairs: Iterable[tuple[int, int]], typecode: str = "I") -> Steps4:
    """Make steps from (start, value) pairs in the order of their starts."""
    starts, values = _columns(pairs, 32)
    return steps4_of(array("I", starts), array(typecode, values))


def steps6(pairs: Iterable[tuple[int, int]], typecode: str = "I") -> Steps6:
    """Make steps from (start, value) pairs with starts of 128 bits, in the order of their starts."""
    starts, values = _columns(pairs, 128)
    high = array("Q", [start >> 64 for start in starts])
    low = array("Q", [start & LOW_HALF for start in starts])
    return Steps6(high, low, array(typecode, values))


def _columns(pairs: Iterable[tuple[int, int]], bits: int) -> tuple[list[int], list[int]]:
    # The gap behind the last address of all begins where no address is.
    listed = [pair for pair in pairs if not pair[0] >> bits] or [(0, 0)]
    return [start for start, _ in listed], [value for _, value in listed]


def find(four: Steps4, six: Steps6, address: Address) -> int:
    """Find the value at an address of either version; 0 where there is none."""
    return four.find(address.value) if address.version == 4 else six.find(address.value)
