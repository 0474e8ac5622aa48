"""From the entries of a file to its ranges: which entry counts where several contain the same address.

The most specific entry wins, which is the one with the fewest addresses; this is so for texts and for exclusions. Of
two equally large entries an exclusion wins, otherwise the one that was written first.
"""

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import Array, Positions, no_bounds
from reputation.ranges.entries import PIECE, Entries, network_bounds
from reputation.ranges.ranges import MOST_TEXTS, Ranges, merged


def build(four: Entries, six: Entries, texts: Sequence[str] = ()) -> Ranges:
    """Sort and merge entries into ranges; an entry's text is `texts[number - 1]`.

    IPv4 entries that are alike are sorted themselves and take no more room; others take some times theirs.
    """
    untexted = 0
    columns = []
    for entries in (four, six):
        if entries.is_alike:
            text = entries.text if entries.text <= MOST_TEXTS else 0
            untexted += len(entries) if text != entries.text else 0
            columns.append(_united(entries.sorted_keys(), text))
            continue
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


def _united(keys: NDArray[np.uint64], text: int) -> tuple[Array, Array, NDArray[np.uint16]]:
    """What sorted networks hold together, piece by piece: a range begins where none before has reached or touched."""
    begins, ends, reach = array("I"), array("I"), np.int64(-2)
    for at in range(0, len(keys), PIECE):
        firsts, lasts = (bounds.astype(np.int64) for bounds in network_bounds(keys[at : at + PIECE]))
        reached = np.maximum.accumulate(np.concatenate([[reach], lasts]))
        is_begin = firsts > reached[:-1] + 1
        begins.frombytes(firsts[is_begin].astype(np.uint32).tobytes())
        ends.frombytes(reached[:-1][is_begin][not at :].astype(np.uint32).tobytes())  # of the range before
        reach = reached[-1]
    if len(keys):
        ends.append(int(reach))
    texts = np.broadcast_to(np.uint16(text), len(begins))
    return np.frombuffer(begins, np.uint32), np.frombuffer(ends, np.uint32), texts


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
