"""Which entry counts where several of an rbldnsd data set hold the same address, as rbldnsd decides it.

A trie knows an entry by its network: the longest prefix counts, and of two equal networks the one written first.

An ip4set cuts each range into single addresses, /24, /16 and /8, and looks for an address in this order. Of equal
pieces an exclusion counts before all others; otherwise each value is answered. So an entry whose value is not wanted
takes nothing away from an equal piece whose value is.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from reputation.intake.formats.lines import Section
from reputation.ranges import Entries

LEVELS = (1, 1 << 8, 1 << 16, 1 << 24)


def as_set(section: Section) -> Entries:
    """Return the IPv4 entries cut into pieces, so that the smallest piece decides as in an ip4set."""
    whole = section.four
    if not any(whole.excluded):
        return whole
    unwanted = np.zeros(len(whole), bool)
    unwanted[section.unwanted4] = True
    made = Entries(4)
    firsts, lasts = whole.bounds()
    pieces, owners = _pieces(firsts.tolist(), lasts.tolist())
    owner = np.array(owners, np.int64)
    begins = np.array([piece[0] for piece in pieces], np.uint64)
    ends = np.array([piece[1] for piece in pieces], np.uint64)
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


def _pieces(firsts: Sequence[int], lasts: Sequence[int]) -> tuple[list[tuple[int, int]], list[int]]:
    """The pieces of all ranges, and of each the number of its range."""
    pieces: list[tuple[int, int]] = []
    owners: list[int] = []
    for owner, (first, last) in enumerate(zip(firsts, lasts, strict=True)):
        before = len(pieces)
        pieces.extend(_cut(first, last))
        owners.extend([owner] * (len(pieces) - before))
    return pieces, owners


def _cut(first: int, last: int) -> Iterator[tuple[int, int]]:
    while first <= last:
        size = next(size for size in reversed(LEVELS) if not first % size and first + size - 1 <= last)
        yield first, first + size - 1
        first += size
