"""The values of step functions inside some ranges: a list intersected with the networks of one ISP, or of all ISPs.

Steps are the form that answers (reputation/verdict/steps.py): sorted starts, from address zero on, and a value that
holds up to the next start. Lists are intersected in IPv4 only, where they are long; of IPv6 the few networks of one ISP
are found. IPv4 steps keep the last 16 bits of each start, `lows`, and `index` says where those of each first 16 bits
begin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import BUCKET_BITS, BUCKETS, Array, runs

LAST6 = (1 << 128) - 1


class List4(NamedTuple):
    """A list: its steps, and for each value whether it means that an address is listed.

    Where the list `above` has a value other than 0, it speaks in place of this one.
    """

    steps: Any
    is_listed: Sequence[bool]
    above: List4 | None = None


class Pieces(NamedTuple):
    """Ranges in the order of their addresses, and a number for each: that of the step value it belongs to."""

    firsts: Array
    lasts: Array
    numbers: Array


class Intersection(NamedTuple):
    """The number of listed addresses, the number of their joined ranges, and the largest of these as (first, last)."""

    addresses: int
    ranges: int
    largest: tuple[tuple[int, int], ...]


def starts_of(steps: Any) -> Array:
    """Return the whole starts of the steps, as a uint32 array."""
    bases = np.arange(BUCKETS, dtype=np.uint32) << np.uint32(BUCKET_BITS)
    starts: Array = np.repeat(bases, np.diff(np.asarray(steps.index)))
    starts |= np.asarray(steps.lows)
    return starts


def ranges_with_value(steps: Any, is_wanted: Sequence[bool]) -> Pieces:
    """Return the ranges of all steps whose value is wanted; their numbers are the values.

    `is_wanted` is a table by value.
    """
    starts, held = starts_of(steps), np.asarray(steps.values)
    places = np.flatnonzero(np.asarray(is_wanted, bool)[held])
    return Pieces(starts[places], _lasts(starts)[places], held[places])


def ranges_with_value6(steps: Any, is_wanted: Sequence[bool]) -> list[tuple[int, int]]:
    """Return the first and the last address of each IPv6 step whose value is wanted, in order."""
    places = np.flatnonzero(np.asarray(is_wanted, bool)[np.asarray(steps.values)]).tolist()
    high, low, count = steps.high, steps.low, len(steps.values)
    starts = ((place, place + 1) for place in places)
    return [
        (high[at] << 64 | low[at], (high[end] << 64 | low[end]) - 1 if end < count else LAST6) for at, end in starts
    ]


def addresses_by_number(ranges: Pieces, count: int) -> list[int]:
    """Count the addresses of each number from 0 to before `count`."""
    counts: list[int] = np.bincount(ranges.numbers, _sizes(ranges), count).astype(np.int64).tolist()
    return counts


def listed_in(ranges: Pieces, lists: Sequence[List4]) -> Pieces:
    """Return the parts of the ranges that at least one of the lists contains."""
    is_listed = np.zeros(len(ranges.firsts), bool)
    for one in lists:
        is_open = np.ones(len(ranges.firsts), bool)
        if one.above is not None:
            ranges, values, owners = _cut(ranges, one.above)
            is_listed = is_listed[owners] | np.asarray(one.above.is_listed, bool)[values]
            is_open = values == 0
        ranges, values, owners = _cut(ranges, one)
        is_listed = is_listed[owners] | np.asarray(one.is_listed, bool)[values] & is_open[owners]
    return Pieces(*(column[is_listed] for column in ranges))


def summary(ranges: Pieces, most: int) -> Intersection:
    """Join neighbouring ranges and sum them up, with the `most` largest."""
    firsts, lasts, _ = ranges
    if not len(firsts):
        return Intersection(0, 0, ())
    is_new = np.append(True, firsts[1:].astype(np.int64) != lasts[:-1].astype(np.int64) + 1)
    joined = Pieces(firsts[is_new], lasts[np.append(is_new[1:], True)], np.empty(0))
    lengths = _sizes(joined)
    largest = np.argsort(-lengths, kind="stable")[:most]
    examples = tuple((int(joined.firsts[place]), int(joined.lasts[place])) for place in largest)
    return Intersection(int(lengths.sum()), len(lengths), examples)


def _cut(ranges: Pieces, one: List4) -> tuple[Pieces, Array, Array]:
    """The ranges cut at the bounds of the list; the list's value in each piece, and which range it is a part of."""
    starts = starts_of(one.steps)
    begins = np.searchsorted(starts, ranges.firsts, side="right") - 1
    ends = np.searchsorted(starts, ranges.lasts, side="right")
    places, owners = runs(begins.astype(np.int32), ends.astype(np.int32))
    firsts = np.maximum(starts[places], ranges.firsts[owners])
    lasts = np.minimum(_lasts(starts)[places], ranges.lasts[owners])
    return Pieces(firsts, lasts, ranges.numbers[owners]), np.asarray(one.steps.values)[places], owners


def _lasts(starts: Array) -> Array:
    """The last address of each step; that of the last one is the highest of all, one below zero."""
    lasts: Array = np.append(starts[1:], np.uint32(0)) - np.uint32(1)
    return lasts


def _sizes(ranges: Pieces) -> NDArray[np.int64]:
    return ranges.lasts.astype(np.int64) - ranges.firsts + 1
