"""What step functions say inside some ranges: a list laid over an ISP's networks, or over those of all ISPs.

Steps are what answers (reputation/verdict/steps.py): sorted starts, from address zero on, and a value that holds up to
the next start. Only IPv4 comes here, where lists are long; a few IPv6 networks need no arrays. Of a start the steps
keep the last 16 bits, `lows`, and say by `index` where those of each first 16 bits begin.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import BUCKET_BITS, BUCKETS, Array, runs


class List4(NamedTuple):
    """A list: its steps, and by value whether it means that an address is listed."""

    steps: Any
    is_listed: Sequence[bool]


class Pieces(NamedTuple):
    """Ranges in the order of their addresses, and a number that each belongs to."""

    firsts: Array
    lasts: Array
    numbers: Array


class Intersection(NamedTuple):
    """Listed addresses in all, their ranges with neighbours joined, and the largest of these as (first, last)."""

    addresses: int
    ranges: int
    largest: tuple[tuple[int, int], ...]


def starts_of(steps: Any) -> Array:
    """The whole starts, uint32."""
    bases = np.arange(BUCKETS, dtype=np.uint32) << np.uint32(BUCKET_BITS)
    starts: Array = np.repeat(bases, np.diff(np.asarray(steps.index)))
    starts |= np.asarray(steps.lows)
    return starts


def ranges_with_value(steps: Any, is_wanted: Sequence[bool]) -> Pieces:
    """The ranges of all steps whose value is wanted, by a table over the values; the numbers are the values."""
    starts, held = starts_of(steps), np.asarray(steps.values)
    places = np.flatnonzero(np.asarray(is_wanted, bool)[held])
    return Pieces(starts[places], _lasts(starts)[places], held[places])


def addresses_by_number(ranges: Pieces, count: int) -> list[int]:
    """How many addresses belong to each number from 0 to just below `count`."""
    return [int(total) for total in np.bincount(ranges.numbers, _sizes(ranges), count)]


def listed_in(ranges: Pieces, lists: Sequence[List4]) -> Pieces:
    """The parts of the ranges that at least one of the lists lists."""
    is_listed = np.zeros(len(ranges.firsts), bool)
    for one in lists:
        ranges, values, owners = _cut(ranges, one)
        is_listed = is_listed[owners] | np.asarray(one.is_listed, bool)[values]
    return Pieces(*(column[is_listed] for column in ranges))


def summary(ranges: Pieces, most: int) -> Intersection:
    """What the ranges come to once neighbours are joined; `most` of the largest."""
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
