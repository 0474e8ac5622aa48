"""Which entry counts where several of an rbldnsd data set hold the same address, as rbldnsd decides it.

A trie knows an entry by its network: the longest prefix counts, and of two equal networks the one written first.

An ip4set cuts each range into single addresses, /24, /16 and /8, and looks for an address in this order. Of equal
pieces an exclusion counts before all others; otherwise each value is answered. So an entry whose value is not wanted
takes nothing away from an equal piece whose value is.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reputation.intake.formats.lines import FormatError, Section
from reputation.ranges import Entries

Array = NDArray[Any]
LEVELS = (1, 1 << 8, 1 << 16, 1 << 24)


def as_set(section: Section, spare: int) -> Entries:
    """Return the IPv4 entries cut into pieces, so that the smallest piece decides as in an ip4set.

    Raise FormatError where there would be more than `spare` pieces beyond the entries.
    """
    whole = section.four
    if whole.is_alike or not any(whole.excluded):
        return whole
    unwanted = np.zeros(len(whole), bool)
    unwanted[section.unwanted4] = True
    made = Entries(4)
    texts, lines = np.array(whole.texts, np.uint32), np.array(whole.lines, np.uint32)
    begins, ends, owner = _pieces(*whole.bounds(), (whole.is_excluded(), unwanted, texts), spare, section.most_pieces)
    keys = begins << np.uint64(32) | ends
    is_wanted = ~whole.is_excluded()[owner]
    kept = ~(unwanted[owner] & np.isin(keys, keys[is_wanted]))
    made.extend(
        begins[kept].astype(">u4").tobytes(), ends[kept].astype(">u4").tobytes(), lines[owner[kept]].tolist(),
        texts[owner[kept]].tolist(), whole.is_excluded()[owner[kept]].tolist(),
    )  # fmt: skip
    return made


def as_trie(entries: Entries) -> Entries:
    """Return the entries without those whose network was written before."""
    if entries.is_alike or not any(entries.excluded):
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


def _pieces(firsts: Array, lasts: Array, marks: tuple[Array, ...], spare: int, most: int) -> tuple[Array, Array, Array]:
    """First and last addresses of the pieces of all ranges, and of each the number of its range.

    Most entries are a piece already; the others are few, and are cut. Of others that are equal, with equal `marks`, the
    first is cut alone: its pieces say all that theirs would. Raise FormatError where more than `spare` come of them.
    """
    begins, ends = firsts.astype(np.uint64), lasts.astype(np.uint64)
    sizes = ends - begins + np.uint64(1)
    is_piece = np.isin(sizes, np.array(LEVELS, np.uint64)) & (begins % sizes == 0)
    others = np.flatnonzero(~is_piece)
    alike = np.stack([column[others].astype(np.uint64) for column in (begins, ends, *marks)])
    others = others[np.sort(np.unique(alike, axis=1, return_index=True)[1])]
    cut_begins, cut_sizes, cut_owner = _cut(begins[others], ends[others], spare, most)
    return (
        np.concatenate([begins[is_piece], cut_begins]),
        np.concatenate([ends[is_piece], cut_begins + cut_sizes - np.uint64(1)]),
        np.concatenate([np.flatnonzero(is_piece), others[cut_owner]]),
    )


def _cut(begins: Array, ends: Array, spare: int, most: int) -> tuple[Array, Array, Array]:
    """First addresses, sizes and ranges of the pieces: of each level those beside the pieces of the next wider one."""
    runs = []  # start, end (exclusive), size and range of pieces that stand in a row
    low, high = begins, ends + np.uint64(1)
    nothing = np.zeros_like(low)
    for size, wider in zip(LEVELS, (*LEVELS[1:], 1 << 33), strict=True):
        step = np.uint64(wider)
        inner_low, inner_high = (low + step - np.uint64(1)) // step * step, high // step * step
        is_inside = inner_low < inner_high
        left, right = np.where(is_inside, inner_low, high), np.where(is_inside, inner_high, high)
        runs += [(low, left, size), (right, high, size)]
        low, high = np.where(is_inside, inner_low, nothing), np.where(is_inside, inner_high, nothing)
    counts = [((after - start) // np.uint64(size)).astype(np.int64) for start, after, size in runs]
    if sum(int(count.sum()) for count in counts) > spare + len(begins):
        raise FormatError(
            f"The ranges of the zone would be cut into more than {most:,} pieces, as its exclusions need it: "
            "a zone of networks (/24, /16, /8) and single addresses is read in less."
        )
    made = [_run(start, size, count) for (start, _, size), count in zip(runs, counts, strict=True)]
    starts, sizes, owner = (np.concatenate([one[part] for one in made]) for part in range(3))
    return starts, sizes, owner


def _run(start: Array, size: int, count: Array) -> tuple[Array, Array, Array]:
    owner = np.repeat(np.arange(len(start)), count)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    return start[owner] + place.astype(np.uint64) * np.uint64(size), np.full(len(owner), size, np.uint64), owner
