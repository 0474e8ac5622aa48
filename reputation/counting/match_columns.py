"""Matches as columns of numbers, for questions about a hundred thousand at once. It knows no table."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reputation.verdict.matches import Matches
from reputation.verdict.origins import Origins

Column = NDArray[Any]


def with_code(matches: Matches, codes: Collection[int]) -> Column:
    """Return the places of the matches with one of these return codes, 0 for not listed."""
    return _places(_what(matches) & 0xFF, codes)


def with_answer(matches: Matches, answers: Collection[tuple[int, int]]) -> Column:
    """Return the places of the matches with one of these answers, each a database and a return code."""
    return _places(_what(matches) & 0xFF00FF, [database << 16 | code for database, code in answers])


def of_organizations(matches: Matches, organizations: Collection[int]) -> Column:
    """Return the places of the matches that belong to one of these organizations."""
    return _places(_what(matches) >> 32, organizations)


def times(matches: Matches, places: Column) -> Column:
    """Return the times of the matches at these places, in Unix seconds."""
    return np.frombuffer(matches.at, np.uint32)[places].astype(np.int64) if len(places) else places


def origin_numbers(matches: Matches, places: Column, origins: Origins) -> Column:
    """Return the origin number of each match at these places, as Origins.number() does."""
    if not len(places):
        return places
    version = _what(matches)[places] >> 8 & 0xFF
    found = np.zeros(len(places), np.int64)
    four = version == 4
    wanted = np.frombuffer(matches.low, np.uint64)[places][four].astype(np.uint32)
    found[four] = np.frombuffer(origins.steps4.find_all(array("I", wanted.tobytes())), np.uint32)
    six = (~four).nonzero()[0]
    found[six] = [origins.number(6, matches[place].value) for place in places[six].tolist()]
    return found


def pairs(left: Column, right: Column) -> Counter[tuple[int, int]]:
    """Count how often each pair occurs; both numbers are below 2 ** 32."""
    both = left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)
    keys, counts = np.unique(both, return_counts=True)
    found = zip(keys.tolist(), counts.tolist(), strict=True)
    return Counter({(key >> 32, key & 0xFFFFFFFF): count for key, count in found})


def _what(matches: Matches) -> Column:
    return np.frombuffer(matches.what, np.uint64) if len(matches) else np.empty(0, np.uint64)


def _places(column: Column, wanted: Collection[int]) -> Column:
    return np.isin(column, np.array(sorted(wanted), np.uint64)).nonzero()[0]
