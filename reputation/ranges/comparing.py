"""The differences between two fetches of a list: in ranges, in addresses, and in the entries that people count.

Ranges are merged, so that a hundred addresses in a row are one range; a person who sees a hundred lines in a file
expects to read a hundred. Entries are counted here while they are still available.

A list may have ten million of either, so those of IPv4 are gone through in pieces.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import Array, Positions, cut, no_bounds
from reputation.ranges.entries import PIECE, Entries, network_bounds, without_lines
from reputation.ranges.ranges import Ranges, merged
from reputation.ranges.stored import Stored

# begins and ends of some ranges among cells, and of others; what holds for each of the former
Comparison = Callable[[Positions, Positions, Positions, Positions], NDArray[np.bool_]]
Bounds = tuple[Array, Array]  # first and last addresses


class EntryCounts(NamedTuple):
    """Counts of entries.

    `entries` are distinct entries of which at least one address is listed; `added` are those of them that were not
    listed before, or not as a whole.
    """

    entries: int
    added: int


def tally(written: Sequence[Entries], fresh: Ranges, live: Ranges | Stored) -> EntryCounts:
    """Count the entries of a file that are listed in `fresh`, and those of them that `live` did not contain."""
    entries = added = 0
    for version in (4, 6):
        ours = [one for one in written if one.version == version]
        if len(ours) == 1 and ours[0].is_alike:
            counted = _tally_alike(ours[0], fresh, live)
        else:
            counted = _tally(ours, version, fresh, live)
        entries += counted.entries
        added += counted.added
    return EntryCounts(entries, added)


def _tally(written: Sequence[Entries], version: int, fresh: Ranges, live: Ranges | Stored) -> EntryCounts:
    firsts, lasts = _distinct(written, version)
    if not len(firsts):
        return EntryCounts(0, 0)
    is_listed = _compared(firsts, lasts, *fresh.of(version)[:2], touched)
    was_listed = _compared(firsts, lasts, *_textless(version, live), covered)
    return EntryCounts(int(is_listed.sum()), int((is_listed & ~was_listed).sum()))


def _tally_alike(written: Entries, fresh: Ranges, live: Ranges | Stored) -> EntryCounts:
    """The same of one list of IPv4 networks, which is sorted: a piece of it meets a piece of the other lists."""
    entries = added = 0
    before = _Before(live)
    for firsts, lasts in _distinct_pieces(written.sorted_keys()):
        place = np.searchsorted(fresh.last4, firsts)
        is_listed = np.zeros(len(firsts), bool)
        is_there = place < fresh.count_of(4)
        is_listed[is_there] = fresh.first4[place[is_there]] <= lasts[is_there]
        entries += int(is_listed.sum())
        added += int((is_listed & ~before.covers(firsts, lasts)).sum())
    return EntryCounts(entries, added)


def _distinct_pieces(keys: NDArray[np.uint64]) -> Iterator[Bounds]:
    """First and last addresses of sorted entries, each once."""
    last = np.uint64(0)
    for at in range(0, len(keys), PIECE):
        piece = keys[at : at + PIECE]
        numbers = without_lines(piece)
        is_new = np.ones(len(numbers), bool)
        is_new[1:] = numbers[1:] != numbers[:-1]
        is_new[0] = not at or numbers[0] != last
        last = numbers[-1]
        yield network_bounds(piece[is_new])


class _Before:
    """The IPv4 addresses of a list, asked for blocks in the order of their first addresses."""

    def __init__(self, live: Ranges | Stored) -> None:
        self._rest = _pieces4(live)
        self._piece = next(self._rest, (no_bounds(4), no_bounds(4)))
        self._next = next(self._rest, None)

    def covers(self, firsts: Array, lasts: Array) -> NDArray[np.bool_]:
        """Tell of each block whether the list has all of it."""
        is_covered, begin = np.zeros(len(firsts), bool), 0
        while True:
            end = len(firsts) if self._next is None else int(np.searchsorted(firsts, self._next[0][0]))
            is_covered[begin:end] = _within(*self._piece, firsts[begin:end], lasts[begin:end])
            if self._next is None or end == len(firsts):
                return is_covered
            begin, self._piece, self._next = end, self._next, next(self._rest, None)


def _pieces4(live: Ranges | Stored) -> Iterator[Bounds]:
    """Bounds in pieces; ranges that touch are one, which they are already where all have the same text."""
    if isinstance(live, Stored) and not live.has_texts4:
        for piece in live.four.pieces(PIECE):
            yield piece.columns()[:2]
        return
    firsts, lasts = _textless(4, live)
    for at in range(0, len(firsts), PIECE):
        yield firsts[at : at + PIECE], lasts[at : at + PIECE]


def _within(firsts: Array, lasts: Array, begins: Array, ends: Array) -> NDArray[np.bool_]:
    """Which of the blocks are inside one of the ranges, which are sorted and do not touch."""
    if not len(firsts):
        return np.zeros(len(begins), bool)
    place = np.searchsorted(firsts, begins, side="right") - 1
    inside: NDArray[np.bool_] = (place >= 0) & (lasts[place] >= ends)
    return inside


def _compared(firsts: Array, lasts: Array, of_firsts: Array, of_lasts: Array, how: Comparison) -> NDArray[np.bool_]:
    """Compares ranges of any kind with others that are sorted and do not overlap."""
    cells = cut(np.concatenate([firsts, of_firsts]), np.concatenate([lasts, of_lasts]))
    at = len(firsts)
    return how(cells.begins[:at], cells.ends[:at], cells.begins[at:], cells.ends[at:])


def covered(begins: Positions, ends: Positions, of_begins: Positions, of_ends: Positions) -> NDArray[np.bool_]:
    """Find which of these ranges are wholly inside one of the others; return an array of bool."""
    if not len(of_begins):
        return np.zeros(len(begins), bool)
    candidate = np.searchsorted(of_begins, begins, side="right") - 1
    return (candidate >= 0) & (of_ends[candidate] >= ends)


def touched(begins: Positions, ends: Positions, of_begins: Positions, of_ends: Positions) -> NDArray[np.bool_]:
    """Find which of these ranges share an address with one of the others; return an array of bool."""
    if not len(of_begins):
        return np.zeros(len(begins), bool)
    candidate = np.searchsorted(of_begins, ends, side="left") - 1
    return (candidate >= 0) & (of_ends[candidate] > begins)


def _distinct(written: Sequence[Entries], version: int) -> Bounds:
    """What these entries list, each block once."""
    bounds = [no_bounds(version)], [no_bounds(version)]
    for entries in written:
        for column, side in zip(bounds, entries.bounds(), strict=True):
            column.append(side[~entries.is_excluded()])
    firsts, lasts = (np.concatenate(column) for column in bounds)
    keys = [lasts, firsts] if version == 4 else [lasts[:, 1], lasts[:, 0], firsts[:, 1], firsts[:, 0]]
    order = np.lexsort(keys)
    is_new = np.zeros(len(order), bool)
    is_new[:1] = True
    for key in keys:
        is_new[1:] |= np.diff(key[order]) != 0
    return firsts[order][is_new], lasts[order][is_new]


class Difference(NamedTuple):
    """What differs between two lists; texts do not matter.

    `added`: ranges of the new list with at least one address that the old one did not contain; `removed`: ranges of the
    old list with at least one that the new one does not contain; `addresses4`: the IPv4 addresses that were added or
    removed.
    """

    added: int
    removed: int
    addresses4: int


def difference(old: Ranges, new: Ranges) -> Difference:
    """Count the ranges and addresses that differ between two lists."""
    before, after = _textless(6, old), _textless(6, new)
    added = int((~_compared(*after, *before, covered)).sum())
    removed = int((~_compared(*before, *after, covered)).sum())
    before, after = _textless(4, old), _textless(4, new)
    common = 2 * _addresses_common(before, after)
    return Difference(
        added + _outside(after, before), removed + _outside(before, after), old.addresses4 + new.addresses4 - common
    )


def _textless(version: int, ranges: Ranges | Stored) -> Bounds:
    """The bounds, without those at which only the text changes."""
    firsts, lasts, numbers = ranges.of(version)
    if not len(numbers) or not (numbers != numbers[0]).any():
        return firsts, lasts
    return merged(firsts, lasts, np.zeros(len(firsts), np.int32))[:2]


def _outside(some: Bounds, others: Bounds) -> int:
    """How many of some IPv4 ranges are not wholly inside one of the others."""
    parts = (slice(at, at + PIECE) for at in range(0, len(some[0]), PIECE))
    return sum(int((~_within(*others, some[0][part], some[1][part])).sum()) for part in parts)


def _addresses_common(some: Bounds, others: Bounds) -> int:
    """How many IPv4 addresses two lists have in common: counted in windows that hold a piece of each."""
    starts = sorted({*some[0][::PIECE].tolist(), *others[0][::PIECE].tolist()})
    common = 0
    for begin, end in pairwise([*starts, 1 << 32]):
        common += _common(_clipped(*some, begin, end), _clipped(*others, begin, end))
    return common


def _clipped(firsts: Array, lasts: Array, begin: int, end: int) -> Bounds:
    """What ranges have from one address on, and before another one."""
    left = int(np.searchsorted(lasts, np.uint32(begin)))
    right = int(np.searchsorted(firsts, np.uint32(end - 1), side="right"))
    part = slice(left, max(left, right))
    return np.maximum(firsts[part].astype(np.int64), begin), np.minimum(lasts[part].astype(np.int64), end - 1)


def _common(some: Bounds, others: Bounds) -> int:
    firsts, lasts = others
    if not len(firsts) or not len(some[0]):
        return 0
    before = np.concatenate([[0], np.cumsum(lasts - firsts + 1)])

    def up_to(addresses: Array) -> Array:
        """How many addresses of the others there are up to each."""
        place = np.searchsorted(firsts, addresses, side="right")
        beyond = np.where(place > 0, np.maximum(lasts[place - 1] - addresses, 0), 0)
        found: Array = before[place] - beyond
        return found

    return int((up_to(some[1]) - up_to(some[0] - 1)).sum())
