"""A table of origins while it is read, and how its rows become steps. It knows no file format and no database.

Published tables have rows that overlap. The more specific row wins: the one with fewer addresses; of two equally wide
ones the one that starts later; of two with the same range the one that was written first.
"""

from __future__ import annotations

import heapq
import re
import unicodedata
from array import array
from collections.abc import Iterator, MutableSequence
from dataclasses import dataclass, field

ENDS = {4: 1 << 32, 6: 1 << 128}  # the first number that is no address any more
LONGEST_NAME = 200
PLACEHOLDER = re.compile(r"AS\d+")
TWICE = re.compile(r"(.+) - \1")


def _empty(version: int) -> MutableSequence[int]:
    return array("I") if version == 4 else []  # no array holds 128 bits


class Rows:
    """The rows of one version: first and last address, and the origin number.

    They are columns, since there are 500,000 rows.
    """

    def __init__(self, version: int) -> None:
        self.version = version
        self.firsts = _empty(version)
        self.lasts = _empty(version)
        self.numbers = array("I")

    def __len__(self) -> int:
        return len(self.firsts)

    def add(self, first: int, last: int, number: int) -> None:
        """Add a row: the range of addresses from `first` to `last`, and its origin number."""
        self.firsts.append(first)
        self.lasts.append(last)
        self.numbers.append(number)

    def steps(self) -> Iterator[tuple[int, int]]:
        """Yield (start, number) from address 0 on, with overlaps resolved and equal neighbours joined to one step."""
        end = ENDS[self.version]
        open_: list[tuple[int, int, int, int, int]] = []  # a heap: the row that holds comes first
        place, holding = 0, -1
        for first, last, row, number in self._sorted():
            while place < first:
                while open_ and open_[0][3] < place:
                    heapq.heappop(open_)
                holds, until = (open_[0][4], open_[0][3] + 1) if open_ else (0, end)
                if holds != holding:
                    yield place, holds
                    holding = holds
                place = min(first, until)
            heapq.heappush(open_, (last - first, -first, row, last, number))

    def _sorted(self) -> Iterator[tuple[int, int, int, int]]:
        for row in sorted(range(len(self)), key=self.firsts.__getitem__):
            yield self.firsts[row], self.lasts[row], row, self.numbers[row]
        yield ENDS[self.version], ENDS[self.version], len(self), 0  # closes what is still open


@dataclass
class OriginTable:
    """Rows by version, and what their origin numbers mean: (ASN, country number) pairs, numbered from 1 on.

    `dated` is the day of the data (2026-06-17), `source` says where it is from; `rows` counts the rows that were read
    and have an origin, so that a later table can be compared with it. `form` names what it was read as.
    """

    dated: str
    source: str
    rows4: Rows = field(default_factory=lambda: Rows(4))
    rows6: Rows = field(default_factory=lambda: Rows(6))
    pairs: dict[tuple[int, int], int] = field(default_factory=lambda: {(0, 0): 0})
    names: dict[int, str] = field(default_factory=dict)
    rows: int = 0
    warnings: list[str] = field(default_factory=list)
    bad: int = 0
    form: str = ""

    def add(self, version: int, first: int, last: int, asn: int, country: int) -> None:
        """Add one row; an ASN or a country of 0 is unknown."""
        number = self.pairs.setdefault((asn, country), len(self.pairs))
        (self.rows4 if version == 4 else self.rows6).add(first, last, number)

    def row(self, version: int, first: int, last: int, asn: int, country: int, name: str = "") -> None:
        """Add a row as it was read, and count it where it has an origin."""
        if asn or country:
            self.rows += 1
            self.add(version, first, last, asn, country)
            self.name(asn, name)

    def name(self, asn: int, text: str) -> None:
        """Set the name of an ISP, unless it has one; a text that only repeats the number is no name."""
        if asn and asn not in self.names:
            name = clean_name(text)
            if name:
                self.names[asn] = name


def clean_name(text: str) -> str:
    """Clean an ISP's name for a screen: no control or invisible characters, single spaces, no text that repeats itself.

    Return "" where nothing is left, or only a number such as `AS64500`.
    """
    if not (text.isascii() and text.isprintable()):
        # Soft hyphens, zero-width spaces and replacement characters are in names of every registry.
        text = "".join(" " if letter.isspace() else letter for letter in text if _visible(letter))
    name = " ".join(text.split())
    twice = TWICE.fullmatch(name)
    name = twice[1] if twice else name
    return "" if PLACEHOLDER.fullmatch(name) else name[:LONGEST_NAME].rstrip()


def _visible(letter: str) -> bool:
    return letter.isspace() or (unicodedata.category(letter)[0] != "C" and letter != "\N{REPLACEMENT CHARACTER}")
