"""All lists of one database laid over each other: for every address, until when it is listed in each slot, and why.

The result has the shape of a layer that answers: step functions over the addresses whose values are meanings. A meaning
has, for each slot, the longest `until` of the lists that contain the address, and the reason of that list (of the first
one, where two last equally long); the same combination has the same meaning everywhere. Meaning 0 is "nothing".

The reason is the text of the entry where that is a sentence, which is to say, contains a blank ("Open relay, see
https://bl.example/$"); a bare reference comes after the list's own reason ("Example DROP: SBL123"); an entry without a
text has only the list's reason.
"""

import itertools
from array import array
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import Array, Cells, Positions, cut, index_of, runs
from reputation.ranges.disjoint import Columns4, disjoint_steps
from reputation.ranges.ranges import Ranges, packed
from reputation.ranges.stored import Stored

SLOTS = 4
HIGHEST4 = 0xFFFFFFFF
MOST_MEANINGS = 0x10000  # values of a layer are 16 bits
MOST_IN_AN_OCTET = 0x100  # or, where they are so few, 8 bits
MOST_TRIED = 4 * MOST_MEANINGS  # meanings of some parts that no address keeps in the end are forgotten, up to here

# In place of the steps of a list that are made already: some address has the meaning 1.
ALL_ONE = np.zeros(1, np.uint32), np.ones(1, np.uint16)

Untils = tuple[int, int, int, int]
Meaning = tuple[tuple[int, ...], tuple[str, ...]]  # expiries and reasons, slot by slot


class OverlayPart(NamedTuple):
    """One list: `expiries` are Unix seconds for each slot, 0 where the list does not apply to that slot."""

    ranges: Ranges | Stored
    expiries: Untils
    reason: str


class Overlay(NamedTuple):
    """The steps and their meanings.

    Value k of a step holds from start k to just before the next one; start 0 is 0. Of IPv4 `lows4` are the last 16 bits
    of the starts, and `index4` the position of the first start of each first 16 bits, and the number of all. `expiries`
    and `reasons` have four places for each meaning. Where there are too many different texts, only the lists' own
    reasons are kept.
    """

    lows4: memoryview
    values4: memoryview
    index4: memoryview
    high6: memoryview
    low6: memoryview
    values6: memoryview
    expiries: "array[int]"
    reasons: tuple[str, ...]


class _TooMany(Exception):
    """More different meanings than a value can name."""


def overlay(parts: Sequence[OverlayPart]) -> Overlay:
    """Lay the lists over each other.

    Raise ValueError where the lists, even without their entries' texts, make more than 65,535 combinations.
    """
    try:
        return _laid(parts, with_texts=True)
    except _TooMany:
        pass
    try:
        return _laid(parts, with_texts=False)
    except _TooMany:
        raise ValueError(
            f"{len(parts)} lists overlap in more than {MOST_MEANINGS - 1} ways, more than one database can tell apart: "
            "remove some feeds"
        ) from None


def _laid(parts: Sequence[OverlayPart], with_texts: bool) -> Overlay:
    meanings = _Meanings()
    four = _apart(parts, meanings)
    layers = [ALL_ONE if four else _covered(4, parts, meanings, with_texts), _covered(6, parts, meanings, with_texts)]
    # Meanings that no address keeps are left out; counted and renumbered by table, since sorting millions takes long.
    is_used = _present(len(meanings.all), *(values for _, values in layers))
    used = np.flatnonzero(is_used)
    if len(used) > MOST_MEANINGS:
        raise _TooMany
    numbers = (np.cumsum(is_used) - 1).astype(np.uint16)
    (starts4, values4), (starts6, values6) = (
        (cuts, values.astype(np.uint16, copy=False) if is_used.all() else numbers[values]) for cuts, values in layers
    )
    kept = [meanings.all[number] for number in used]
    return Overlay(
        *(four or _four(starts4, values4, len(used))),
        _view("Q", starts6[:, 0]),
        _view("Q", starts6[:, 1]),
        _view("H", values6),
        array("I", [until for expiries, _ in kept for until in expiries]),
        tuple(reason for _, reasons in kept for reason in reasons),
    )


def _apart(parts: Sequence[OverlayPart], meanings: "_Meanings") -> Columns4 | None:
    """The steps of the one list there is, where it is as simple as that: each is listed or not, by one meaning."""
    holding = _holding(4, parts)
    if len(holding) != 1 or not any(holding[0].expiries):
        return None
    stored = holding[0].ranges
    four = disjoint_steps(stored.four) if isinstance(stored, Stored) and not stored.has_texts4 else None
    if four:
        meanings.after(holding[0], np.zeros(1, np.int32), np.zeros(1, np.uint16))  # which has the number 1
    return four


def _four(starts: Array, values: Array, meanings: int) -> Columns4:
    code = "B" if meanings <= MOST_IN_AN_OCTET else "H"
    return Columns4(_view("H", starts.astype(np.uint16)), _view(code, values), _view("I", index_of(starts)))


def _holding(version: int, parts: Sequence[OverlayPart]) -> list[OverlayPart]:
    """The lists that have addresses of that version."""
    return [part for part in parts if part.ranges.count_of(version)]


def _present(count: int, *layers: Array) -> NDArray[np.bool_]:
    """Which of so many meanings any address has; meaning 0 always counts as one."""
    is_present = np.zeros(count, bool)
    is_present[0] = True
    for values in layers:
        if count == 2:  # one list without texts, the usual case: the first listed address tells
            is_present[1] |= values.any()
        else:
            is_present[values] = True
    return is_present


def _covered(
    version: int, parts: Sequence[OverlayPart], meanings: "_Meanings", with_texts: bool
) -> tuple[Array, Array]:
    """The starts and the meanings between them, equal neighbours joined."""
    holding = _holding(version, parts)
    if version == 4 and len(holding) == 1:
        return _alone(holding[0], meanings, with_texts)
    cells, slices = _cut_all(version, parts)
    state = np.zeros(len(cells.cuts), np.int32)
    for part, mine in zip(parts, slices, strict=True):
        places, owner = runs(cells.begins[mine], cells.ends[mine])
        texts = part.ranges.of(version)[2] if with_texts else np.zeros_like(part.ranges.of(version)[2])
        state[places] = meanings.after(part, state[places], texts[owner])
    is_new = np.diff(state, prepend=np.int32(-1)) != 0
    return cells.cuts[is_new], state[is_new]


def _alone(part: OverlayPart, meanings: "_Meanings", with_texts: bool) -> tuple[Array, Array]:
    """The same for the one list there is, the usual case: its ranges are in order already, and a gap is behind each."""
    firsts, lasts, texts = part.ranges.of(4)
    nothing = np.broadcast_to(np.int32(0), len(firsts))
    mine = meanings.after(part, nothing, texts if with_texts else np.zeros_like(texts))
    cuts = np.zeros(2 * len(firsts) + 1, np.uint32)
    cuts[1::2] = firsts
    np.add(lasts, np.uint32(1), out=cuts[2::2])
    # Two octets each where they are enough: there may be twenty millions of them.
    state = np.zeros(len(cuts), np.uint16 if len(meanings.all) <= MOST_MEANINGS else np.int32)
    state[1::2] = mine
    if int(lasts[-1]) == HIGHEST4:  # behind it begins nothing
        cuts, state = cuts[:-1], state[:-1]
    # Neighbours leave a gap of no addresses between them, a list may begin at address zero, or say nothing at all.
    if firsts[0] == 0 or not mine[0] or not _is_one(mine) or (cuts[2:-1:2] == cuts[3::2]).any():
        kept = np.append(cuts[:-1] != cuts[1:], True)
        cuts, state = cuts[kept], state[kept]
        is_new = np.append(True, state[1:] != state[:-1])
        return cuts[is_new], state[is_new]
    return cuts, state


def _cut_all(version: int, parts: Sequence[OverlayPart]) -> tuple[Cells, list[slice]]:
    """Cells of all parts together, from address zero on, and which of the ranges belong to which part."""
    columns = [part.ranges.of(version) for part in parts]
    # one more range at the very bottom, so that the first cut is zero
    bottom = packed(version, [0])
    firsts, lasts = (np.concatenate([bottom, *(column[k] for column in columns)]) for k in (0, 1))
    bounds = itertools.accumulate((len(column[0]) for column in columns), initial=1)
    return cut(firsts, lasts), [slice(*pair) for pair in itertools.pairwise(bounds)]


class _Meanings:
    """Combinations of expiries and reasons, numbered as they appear."""

    def __init__(self) -> None:
        nothing: Meaning = ((0,) * SLOTS, ("",) * SLOTS)
        self.all = [nothing]
        self._numbers = {nothing: 0}

    def after(self, part: OverlayPart, before: Positions, texts: NDArray[np.uint16]) -> Positions:
        """Return the meaning of each place once the part is laid over it.

        It follows from the meaning before and the entry's text number. Python sees each distinct pair once; the arrays
        do the rest.
        """
        if not len(before):
            return before
        pairs, places = _distinct(before, texts)
        if len(self.all) + len(pairs) > MOST_TRIED:
            pairs, places = self._without_idle_texts(part, before, texts)
        numbers = np.array([self._with(part, int(pair) >> 16, int(pair) & 0xFFFF) for pair in pairs], np.int32)
        return np.broadcast_to(numbers[0], len(places)) if len(numbers) == 1 else numbers[places]

    def _without_idle_texts(
        self, part: OverlayPart, before: Positions, texts: NDArray[np.uint16]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same, blind to texts where the part changes nothing."""
        lasts_longer = np.array([any(map(int.__gt__, part.expiries, expiries)) for expiries, _ in self.all])
        pairs, places = _distinct(before, np.where(lasts_longer[before], texts, np.uint16(0)))
        if len(self.all) + len(pairs) > MOST_TRIED:
            raise _TooMany
        return pairs, places

    def _with(self, part: OverlayPart, number: int, text: int) -> int:
        expiries, reasons = self.all[number]
        longer = [until > kept for until, kept in zip(part.expiries, expiries, strict=True)]
        if not any(longer):
            return number
        reason = reason_of(part.reason, part.ranges.texts[text - 1] if text else "")
        combined = (
            tuple(map(max, part.expiries, expiries)),
            tuple(reason if wins else kept for wins, kept in zip(longer, reasons, strict=True)),
        )
        found = self._numbers.setdefault(combined, len(self.all))
        if found == len(self.all):
            self.all.append(combined)
        return found


def reason_of(reason: str, text: str) -> str:
    """Combine the reason of a list with the text of an entry, as the module describes."""
    if not text or not reason:
        return text or reason
    return text if " " in text else f"{reason}: {text}"


def _distinct(before: Positions, texts: NDArray[np.uint16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct pairs, as one number each, and which of them stands where. Not sorted in the usual case that all are
    the same."""
    if _is_one(texts) and _is_one(before):
        return np.array([int(before[0]) << 16 | int(texts[0])], np.int64), np.broadcast_to(np.int64(0), len(before))
    keys = before.astype(np.int64)
    keys <<= 16
    keys |= texts
    distinct, places = np.unique(keys, return_inverse=True)
    return distinct, places


def _is_one(values: Array) -> bool:
    """Whether all of them are the same."""
    return values.strides == (0,) or bool((values == values[0]).all())


def _view(code: str, values: Array) -> memoryview:
    """The numbers as they lie there: to copy millions of them takes as long as to find them."""
    return np.ascontiguousarray(values, np.dtype(code)).data
