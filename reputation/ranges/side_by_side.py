"""Many spans of IPv4 addresses, hardly any two of which overlap, put side by side as steps.

Those that overlap are left to the caller, who knows what two of them mean together.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import index_of

HIGHEST = 0xFFFFFFFF

# What a prefix leaves free, by its length. Addresses stay in 32 bits: of a million spans, each column counts.
FREE = np.array([(1 << (32 - prefix)) - 1 for prefix in range(33)], np.uint32)

Numbers = NDArray[np.uint32]


class Spans(NamedTuple):
    """First and last addresses, in any order."""

    firsts: Numbers
    lasts: Numbers


class Steps(NamedTuple):
    """Steps in columns: value k holds from start k to just before the next one; start 0 is 0.

    `lows` are the last 16 bits of the starts; `positions` says where those of each first 16 bits begin, and how many
    all are.
    """

    lows: array[int]
    values: array[int]
    positions: array[int]


def column(numbers: Sequence[int] | NDArray[Any]) -> NDArray[Any]:
    """Return numbers as a column, of which many can be chosen at once."""
    return np.asarray(numbers)


def zeroed(values: NDArray[Any], kinds: bytes | bytearray, kind: int) -> NDArray[Any]:
    """Return the values with 0 in place of those of a kind; `kinds` has an octet for each value that there may be."""
    is_one = np.frombuffer(kinds, np.uint8)[values] == kind
    return np.where(is_one, np.zeros(1, values.dtype), values) if is_one.any() else values


def lows_and_positions(starts: Sequence[int] | NDArray[Any]) -> tuple[array[int], array[int]]:
    """Return the `lows` and `positions` of steps that begin at these addresses, in their order."""
    whole = np.asarray(starts, np.uint32)
    return _array(whole.astype(np.uint16), "H"), _array(index_of(whole))


def spans(firsts: bytes | bytearray, prefixes: Sequence[int]) -> Spans:
    """Make spans from networks: their first addresses, four octets each in network byte order, and their prefixes."""
    begin = np.frombuffer(firsts, ">u4").astype(np.uint32)
    return Spans(begin, begin + FREE[np.array(prefixes, np.uint8)])


def overlapping(of: Spans) -> NDArray[np.bool_]:
    """Find which spans share an address with another one; return an array of bool."""
    order = np.lexsort((~of.lasts, of.firsts))
    firsts, lasts = of.firsts[order], of.lasts[order]
    begins = np.ones(len(order), bool)  # a group of spans that hang together
    begins[1:] = firsts[1:] > np.maximum.accumulate(lasts)[:-1]
    group = np.cumsum(begins) - 1
    found = np.zeros(len(order), bool)
    found[order] = np.bincount(group, minlength=1)[group] > 1
    return found


def steps_of(of: Spans, values: Sequence[int] | NDArray[Any], more: Sequence[tuple[int, int]]) -> Steps:
    """Make steps from spans that do not overlap, each with its value.

    `more` are other steps beside them, as (start, value); one with the value 0 is a gap, and is dropped where anything
    else begins at the same address.
    """
    extra = np.array(more, np.int64).reshape(-1, 2)
    is_gap = extra[:, 1] == 0
    starts = np.concatenate([of.firsts, extra[~is_gap, 0].astype(np.uint32)])
    gaps = _gaps(of.lasts, extra[is_gap, 0], starts)
    numbers = np.concatenate(
        [np.asarray(values, np.uint32), extra[~is_gap, 1].astype(np.uint32), np.zeros(len(gaps), np.uint32)]
    )
    starts = np.concatenate([starts, gaps])
    del gaps
    order = np.argsort(starts)
    lows, positions = lows_and_positions(starts[order])
    del starts
    return Steps(lows, _array(numbers[order]), positions)


def _gaps(lasts: Numbers, more: NDArray[np.int64], starts: Numbers) -> Numbers:
    """Where nothing begins: at 0, behind each span, and where `more` says so, but for where something does begin."""
    behind = lasts[lasts < HIGHEST] + np.uint32(1)
    wanted = np.concatenate([np.zeros(1, np.uint32), behind, more[more <= HIGHEST].astype(np.uint32)])
    del behind
    return np.setdiff1d(wanted, starts)


def _array(numbers: NDArray[Any], code: str = "I") -> array[int]:
    made = array(code)
    made.frombytes(np.asarray(numbers, np.dtype(code)).tobytes())
    return made
