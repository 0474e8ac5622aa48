"""The addresses that were added and removed between two lists, as ranges that a person can page through."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import Array, Positions, cut, last_of
from reputation.ranges.ranges import Ranges


class Blocks(NamedTuple):
    """Ranges of one IP version by their inclusive bounds, in the order of their addresses."""

    version: int
    firsts: Array
    lasts: Array

    def __len__(self) -> int:
        return len(self.firsts)

    def part(self, begin: int, end: int) -> list[tuple[int, int, int]]:
        """Return the ranges from number `begin` to before `end`, as (version, first, last)."""
        rows = zip(self.firsts[begin:end].tolist(), self.lasts[begin:end].tolist(), strict=True)
        if self.version == 4:
            return [(4, first, last) for first, last in rows]
        return [(6, first[0] << 64 | first[1], last[0] << 64 | last[1]) for first, last in rows]


class Changed(NamedTuple):
    """The added and the removed ranges, IPv4 and IPv6 each."""

    added: tuple[Blocks, Blocks]
    removed: tuple[Blocks, Blocks]

    def some(self, which: str, begin: int, count: int) -> list[tuple[int, int, int]]:
        """Return `count` ranges that were `added` or `removed`, from number `begin` on; IPv4 comes first."""
        four, six = self.added if which == "added" else self.removed
        found = four.part(begin, begin + count)
        return found + six.part(max(0, begin - len(four)), max(0, begin + count - len(four)))

    def count(self, which: str) -> int:
        """Count the ranges that were `added` or `removed`."""
        return sum(map(len, self.added if which == "added" else self.removed))


def changed(old: Ranges, new: Ranges) -> Changed:
    """Find what `new` contains and `old` did not, and what `old` contained and `new` does not. Texts do not matter."""
    four, six = _of(4, old, new), _of(6, old, new)
    return Changed((four[0], six[0]), (four[1], six[1]))


def _of(version: int, old: Ranges, new: Ranges) -> tuple[Blocks, Blocks]:
    (firsts, lasts, _), (new_firsts, new_lasts, _) = old.of(version), new.of(version)
    cells = cut(np.concatenate([firsts, new_firsts]), np.concatenate([lasts, new_lasts]))
    at, size = len(firsts), len(cells.cuts)
    in_old = _inside(cells.begins[:at], cells.ends[:at], size)
    in_new = _inside(cells.begins[at:], cells.ends[at:], size)
    return _joined(version, cells.cuts, in_new & ~in_old), _joined(version, cells.cuts, in_old & ~in_new)


def _joined(version: int, cuts: Array, is_wanted: NDArray[np.bool_]) -> Blocks:
    """The wanted cells, neighbours as one range."""
    edges = np.flatnonzero(np.diff(is_wanted.astype(np.int8), prepend=0, append=0))
    begins, ends = edges[::2], edges[1::2]
    if not len(begins):
        return Blocks(version, cuts[:0], cuts[:0])
    return Blocks(version, cuts[begins], last_of(cuts, ends - 1))


def _inside(begins: Positions, ends: Positions, size: int) -> NDArray[np.bool_]:
    steps = np.bincount(begins, minlength=size + 1) - np.bincount(ends, minlength=size + 1)
    inside: NDArray[np.bool_] = np.cumsum(steps)[:size] > 0
    return inside
