"""All addresses, in order, cut into cells at every bound of some ranges.

Nothing changes between two neighbouring cuts, so that any question about many overlapping ranges ("which wins here?",
"which lists cover this?") is answered once a cell, for all cells together. A range becomes two positions among the
cuts, and from there on IPv4 and IPv6 are treated alike.

IPv4 bounds are a flat uint32 array, IPv6 bounds a uint64 array of shape (n, 2): high and low half. Both are inclusive.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Positions = NDArray[np.int32]  # memory counts: there are millions, and never two thousand millions


BUCKET_BITS = 16
BUCKETS = 1 << BUCKET_BITS  # of IPv4 addresses, by their first 16 bits


class Cells(NamedTuple):
    """Cuts, and the cells that each range covers.

    `cuts` are sorted and distinct; cell i runs from cuts[i] to just before cuts[i + 1], the last one to the highest
    address. Range k of the input covers the cells begins[k] to ends[k], the latter not included.
    """

    cuts: Array
    begins: Positions
    ends: Positions


def index_of(starts4: Array) -> Array:
    """Return the position of the first of these sorted IPv4 addresses in each bucket, and the number of all."""
    if len(starts4) < BUCKETS:  # to count few is faster than to look for each bucket
        counts = np.bincount(starts4.astype(np.int64) >> BUCKET_BITS, minlength=BUCKETS)
        return np.append(0, np.cumsum(counts))
    # Of the same type: otherwise numpy would first make another array of all of them.
    firsts = np.arange(BUCKETS, dtype=starts4.dtype) << starts4.dtype.type(BUCKET_BITS)
    return np.append(np.searchsorted(starts4, firsts), len(starts4))


def no_bounds(version: int) -> Array:
    """Return an empty array of bounds of an IP version."""
    return np.empty(0, np.uint32) if version == 4 else np.empty((0, 2), np.uint64)


def cut(firsts: Array, lasts: Array) -> Cells:
    """Cut the addresses at all bounds of these ranges; the shape of the arrays tells the IP version."""
    after, is_inside = _successor(lasts)
    order, bounds = _sorted(np.concatenate([firsts, after[is_inside]]))
    is_new = np.ones(len(bounds), bool)
    is_new[1:] = bounds[1:] != bounds[:-1] if bounds.ndim == 1 else (bounds[1:] != bounds[:-1]).any(axis=1)
    position = np.empty(len(bounds), np.int32)
    position[order] = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
    cuts = bounds[is_new]
    # a range up to the highest address ends where the cells end
    ends = np.full(len(lasts), len(cuts), np.int32)
    ends[is_inside] = position[len(firsts) :]
    return Cells(cuts, position[: len(firsts)], ends)


def _sorted(bounds: Array) -> tuple[Array, Array]:
    """The positions of the bounds from the lowest to the highest, and the bounds in that order."""
    if bounds.ndim == 2:
        order = np.lexsort((bounds[:, 1], bounds[:, 0]))
        return order, bounds[order]
    # sorting plain numbers is several times as fast as sorting positions, so the position rides in the low half
    keys = bounds.astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(len(bounds), dtype=np.uint32)
    keys.sort()
    return keys.astype(np.uint32), (keys >> np.uint64(32)).astype(np.uint32)


def _successor(bounds: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Each address plus one, and whether there is one: the highest address has no successor."""
    if bounds.ndim == 1:
        after = bounds + np.uint32(1)
        return after, after != 0
    after = bounds.copy()
    after[:, 1] += np.uint64(1)
    carry = after[:, 1] == 0
    after[carry, 0] += np.uint64(1)
    return after, ~(carry & (after[:, 0] == 0))


def last_of(cuts: Array, cell: NDArray[Any]) -> Array:
    """Return the last address of each of these cells."""
    # behind the last cut stands a zero: the address after the highest one, and zero minus one is the highest again
    following: Array = np.concatenate([cuts, np.zeros_like(cuts[:1])])[cell + 1]
    if cuts.ndim == 1:
        before: Array = following - np.uint32(1)
        return before
    last = following.copy()
    last[:, 1] -= np.uint64(1)
    last[following[:, 1] == 0, 0] -= np.uint64(1)
    return last


def runs(begins: Positions, ends: Positions) -> tuple[Positions, Positions]:
    """Return all cells of all ranges, one after the other, and with each the number of its range."""
    lengths = ends - begins
    owner = np.repeat(np.arange(len(begins), dtype=np.int32), lengths)
    # where the cells of a range begin among all, so that the difference is what to add to the place in the row
    offset = begins - (np.cumsum(lengths, dtype=np.int32) - lengths)
    return np.arange(len(owner), dtype=np.int32) + offset[owner], owner


def last_covering(cells: Cells) -> Positions:
    """Return the number of the last range that covers each cell, -1 where none does.

    Painting a million ranges one by one in their order would be slow, and they may overlap in any way. So each range is
    written as two windows, both of the greatest power of two that fits, one from its begin and one up to its end; then
    every window passes its number down to its two halves. The highest number wins, in whatever order they come.
    """
    span = cells.ends - cells.begins
    level = np.frexp(span)[1] - 1  # floor of the binary logarithm
    top = int(level.max()) if len(span) else 0
    winner = np.full(len(cells.cuts), -1, np.int32)
    for step in range(top, -1, -1):
        if step < top:
            half = 1 << step
            np.maximum(winner[half:], winner[:-half].copy(), out=winner[half:])
        here = np.flatnonzero(level == step).astype(np.int32)
        for place in (cells.begins[here], cells.ends[here] - (1 << step)):
            # numbers ascend, so where a place is named twice the last assignment is the highest
            winner[place] = np.maximum(winner[place], here)
    return winner
