"""Which entry counts where several of an rbldnsd data set hold the same address, as rbldnsd decides it.

A trie knows an entry by its network: the longest prefix counts, and of two equal networks the one written first.

An ip4set cuts each range into single addresses, /24, /16 and /8, and looks for an address in this order. Of equal
pieces an exclusion counts before all others; otherwise each value is answered. So an entry whose value is not wanted
takes nothing away from an equal piece whose value is.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reputation.intake.formats.lines import Section
from reputation.ranges import Entries

Array = NDArray[Any]
LEVELS = (1, 1 << 8, 1 << 16, 1 << 24)


def as_set(section: Section) -> Entries:
    """Return the IPv4 entries cut into pieces, so that the smallest piece decides as in an ip4set."""
    whole = section.four
    if not any(whole.excluded):
        return whole
    unwanted = np.zeros(len(whole), bool)
    unwanted[section.unwanted4] = True
    made = Entries(4)
    begins, ends, owner = _pieces(*whole.bounds())
    keys = begins << np.uint64(32) | ends
    is_wanted = ~whole.is_excluded()[owner]
    kept = ~(unwanted[owner] & np.isin(keys, keys[is_wanted]))
    texts, lines = np.array(whole.texts, np.uint32), np.array(whole.lines, np.uint32)
    made.extend(
        begins[kept].astype(">u4").tobytes(), ends[kept].astype(">u4").tobytes(), lines[owner[kept]].tolist(),
        texts[owner[kept]].tolist(), whole.is_excluded()[owner[kept]].tolist(),
    )  # fmt: skip
    return made


def as_trie(entries: Entries) -> Entries:
    """Return the entries without those whose network was written before."""
    if not any(entries.excluded):
        return entries
    width = 4 if entries.version == 4 else 16
    made, seen = Entries(entries.version), set()
    order = sorted(range(len(entries)), key=entries.lines.__getitem__)
    for place in order:
        first, last = (bytes(bounds[place * width : (place + 1) * width]) for bounds in (entries.firsts, entries.lasts))
        if (first, last) not in seen:
            seen.add((first, last))
            made.add(first, last, entries.lines[place], entries.texts[place], bool(entries.excluded[place]))
    return made


def _pieces(firsts: Array, lasts: Array) -> tuple[Array, Array, Array]:
    """First and last addresses of the pieces of all ranges, and of each the number of its range.

    Most entries are a piece already; the others are few, and are cut one by one.
    """
    begins, ends = firsts.astype(np.uint64), lasts.astype(np.uint64)
    sizes = ends - begins + np.uint64(1)
    is_piece = np.isin(sizes, np.array(LEVELS, np.uint64)) & (begins % sizes == 0)
    others = np.flatnonzero(~is_piece).tolist()
    cut = [(*piece, place) for place in others for piece in _cut(int(begins[place]), int(ends[place]))]
    more = np.array(cut, np.uint64).reshape(-1, 3)
    owner = np.concatenate([np.flatnonzero(is_piece), more[:, 2].astype(np.int64)])
    return (
        np.concatenate([begins[is_piece], more[:, 0]]),
        np.concatenate([ends[is_piece], more[:, 1]]),
        owner,
    )


def _cut(first: int, last: int) -> Iterator[tuple[int, int]]:
    while first <= last:
        size = next(size for size in reversed(LEVELS) if not first % size and first + size - 1 <= last)
        yield first, first + size - 1
        first += size
