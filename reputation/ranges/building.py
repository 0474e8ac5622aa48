"""From the entries of a file to its ranges: which entry counts where several contain the same address.

The most specific entry wins, which is the one with the fewest addresses; this is so for texts and for exclusions. Of
two equally large entries an exclusion wins, otherwise the one that was written first.
"""

from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import Array, Positions, no_bounds
from reputation.ranges.ranges import MOST_TEXTS, Ranges, merged


class Entries:
    """The entries of a file for one IP version, in any order; the line says which was written first.

    Bounds are kept in network byte order, 4 or 16 octets an address, as `socket.inet_pton` returns them; `texts` are
    text numbers (0: none), `lines` the line numbers from 1 on, `excluded` is 1 for an entry that takes addresses out.
    """

    def __init__(self, version: int) -> None:
        self.version = version
        self.firsts = bytearray()
        self.lasts = bytearray()
        self.texts = array("I")
        self.lines = array("I")
        self.excluded = bytearray()

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, first: bytes, last: bytes, line: int, text: int = 0, excluded: bool = False) -> None:
        """Add one entry; `first` and `last` are 4 or 16 octets."""
        self.firsts += first
        self.lasts += last
        self.lines.append(line)
        self.texts.append(text)
        self.excluded.append(excluded)

    def extend(
        self, firsts: bytes, lasts: bytes, lines: Iterable[int], texts: Iterable[int], excluded: Iterable[int]
    ) -> None:
        """Add many entries; all five sequences are equally long, counted in entries."""
        self.firsts += firsts
        self.lasts += lasts
        self.lines.extend(lines)
        self.texts.extend(texts)
        self.excluded.extend(excluded)

    def bounds(self) -> tuple[Array, Array]:
        """Return first and last addresses as arrays, in the order in which they were written."""
        return _bounds(self.version, self.firsts), _bounds(self.version, self.lasts)

    def is_excluded(self) -> NDArray[np.bool_]:
        """Return an array of bool, True for each exclusion."""
        return np.frombuffer(bytes(self.excluded), bool)


def build(four: Entries, six: Entries, texts: Sequence[str] = ()) -> Ranges:
    """Sort and merge entries into ranges; an entry's text is `texts[number - 1]`."""
    untexted = 0
    columns = []
    for entries in (four, six):
        numbers = np.frombuffer(entries.texts.tobytes(), np.uint32).astype(np.int32)
        untexted += int((numbers > MOST_TEXTS).sum())
        numbers[numbers > MOST_TEXTS] = 0
        numbers[entries.is_excluded()] = -1
        # the line is the last word on two equal entries: of two equally specific ones the first written wins
        lines = np.frombuffer(entries.lines.tobytes(), np.uint32)
        columns.append(_by_specificity(*entries.bounds(), numbers, lines))
    return Ranges(*columns[0], *columns[1], tuple(texts[:MOST_TEXTS]), untexted)


def join(lists: Sequence[Ranges]) -> Ranges:
    """Join several lists into one; an exclusion of one of them does not affect the others."""
    texts: dict[str, int] = {}
    untexted = sum(ranges.untexted for ranges in lists)
    renumbered = []
    for ranges in lists:
        numbers = [0] + [texts.setdefault(text, len(texts) + 1) for text in ranges.texts]
        renumbered.append(np.array(numbers, np.int32))
    columns = []
    for version in (4, 6):
        parts = [ranges.of(version) for ranges in lists]
        firsts, lasts = (np.concatenate([no_bounds(version), *(part[k] for part in parts)]) for k in (0, 1))
        marks = np.concatenate(
            [np.empty(0, np.int32), *(new[part[2]] for new, part in zip(renumbered, parts, strict=True))]
        )
        untexted += int((marks > MOST_TEXTS).sum())
        marks[marks > MOST_TEXTS] = 0
        columns.append(_by_specificity(firsts, lasts, marks, np.arange(len(marks), dtype=np.uint32)))
    return Ranges(*columns[0], *columns[1], tuple(texts)[:MOST_TEXTS], untexted)


def _by_specificity(
    firsts: Array, lasts: Array, marks: Positions, lines: NDArray[np.uint32]
) -> tuple[Array, Array, NDArray[np.uint16]]:
    """Painted from the widest to the most specific, and equal ones from the last line to the first."""
    if firsts.ndim == 1:
        order = np.lexsort((~lines, marks < 0, ~(lasts - firsts)))
    else:
        low = lasts[:, 1] - firsts[:, 1]
        high = lasts[:, 0] - firsts[:, 0] - (lasts[:, 1] < firsts[:, 1])
        order = np.lexsort((~lines, marks < 0, ~low, ~high))
    return merged(firsts[order], lasts[order], marks[order])


def _bounds(version: int, addresses: bytearray) -> Array:
    if version == 4:
        return np.frombuffer(bytes(addresses), ">u4").astype(np.uint32)
    return np.frombuffer(bytes(addresses), ">u8").astype(np.uint64).reshape(-1, 2)
