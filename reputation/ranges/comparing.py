"""The differences between two fetches of a list: in ranges, in addresses, and in the entries that people count.

Ranges are merged, so that a hundred addresses in a row are one range; a person who sees a hundred lines in a file
expects to read a hundred. Entries are counted here while they are still available.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.building import Entries
from reputation.ranges.cells import Array, Positions, cut, last_of, no_bounds
from reputation.ranges.ranges import Ranges, merged

# begins and ends of some ranges among cells, and of others; what holds for each of the former
Comparison = Callable[[Positions, Positions, Positions, Positions], NDArray[np.bool_]]


class EntryCounts(NamedTuple):
    """Counts of entries.

    `entries` are distinct entries of which at least one address is listed; `added` are those of them that were not
    listed before, or not as a whole.
    """

    entries: int
    added: int


def tally(written: Sequence[Entries], fresh: Ranges, live: Ranges) -> EntryCounts:
    """Count the entries of a file that are listed in `fresh`, and those of them that `live` did not contain."""
    entries = added = 0
    for version in (4, 6):
        firsts, lasts = _distinct([one for one in written if one.version == version], version)
        is_listed = _compared(firsts, lasts, *fresh.of(version)[:2], touched)
        was_listed = _compared(firsts, lasts, *_textless(version, live), covered)
        entries += int(is_listed.sum())
        added += int((is_listed & ~was_listed).sum())
    return EntryCounts(entries, added)


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


def _distinct(written: Sequence[Entries], version: int) -> tuple[Array, Array]:
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
    added = removed = 0
    for version in (4, 6):
        before, after = _textless(version, old), _textless(version, new)
        added += int((~_compared(*after, *before, covered)).sum())
        removed += int((~_compared(*before, *after, covered)).sum())
    return Difference(added, removed, _addresses_changed(old, new))


def _textless(version: int, ranges: Ranges) -> tuple[Array, Array]:
    firsts, lasts, numbers = ranges.of(version)
    if not numbers.any():
        return firsts, lasts
    return merged(firsts, lasts, np.zeros(len(firsts), np.int32))[:2]


def _addresses_changed(old: Ranges, new: Ranges) -> int:
    cells = cut(np.concatenate([old.first4, new.first4]), np.concatenate([old.last4, new.last4]))
    if not len(cells.cuts):
        return 0
    at, size = len(old.first4), len(cells.cuts)
    in_old, in_new = (_inside(cells.begins[part], cells.ends[part], size) for part in (slice(at), slice(at, None)))
    changed = np.flatnonzero(in_old != in_new)
    widths = last_of(cells.cuts, changed).astype(np.int64) - cells.cuts[changed] + 1
    return int(widths.sum())


def _inside(begins: Positions, ends: Positions, size: int) -> NDArray[np.bool_]:
    steps = np.bincount(begins, minlength=size + 1) - np.bincount(ends, minlength=size + 1)
    return np.cumsum(steps)[:size] > 0
