"""What the first lines of a list became: shown before it is taken, so that nobody takes one that is read wrongly."""

from typing import NamedTuple

import numpy as np

from reputation.addresses.address import BITS, Network
from reputation.intake.formats import Parsed
from reputation.intake.guards import all_entries, block_text, number_of
from reputation.ranges import Entries, EntryPiece, Ranges

SHOWN = 3  # networks of one line, which may be an AS


class Became(NamedTuple):
    """A line, or an item of a document, by its number; what is written there; and what it became, in words."""

    number: int
    written: str
    became: str


def first_became(parsed: Parsed, listed: Ranges) -> tuple[Became, ...]:
    """Tell of each of the first pieces of a list what it became; `listed` is what the guards left of it."""
    return tuple(Became(number, written, _became(number, parsed, listed)) for number, written in parsed.pieces)


def _became(number: int, parsed: Parsed, listed: Ranges) -> str:
    found = [words for entries in all_entries(parsed) for words in _entries_of(number, entries, listed)]
    if found:
        return ", ".join(found[:SHOWN]) + (f" and {len(found) - SHOWN:,} more" if len(found) > SHOWN else "")
    begin = f"line {number}: "
    fault = next((warning for warning in parsed.warnings if warning.startswith(begin)), "")
    return f"left out: {fault.removeprefix(begin).rpartition(': ')[0]}" if fault else "no entry"


def _entries_of(number: int, entries: Entries, listed: Ranges) -> list[str]:
    found = []
    for piece in entries.pieces():
        found += [_words(piece, int(place), listed) for place in np.flatnonzero(piece.lines == number)]
    return found


def _words(piece: EntryPiece, place: int, listed: Ranges) -> str:
    version = 4 if piece.firsts.ndim == 1 else 6
    first, last = number_of(piece.firsts[place]), number_of(piece.lasts[place])
    text = block_text(version, first, last)
    if piece.excluded[place]:
        return f"{text}: not listed, and left out of wider entries"
    if not listed.touches(Network(version, first, last, BITS[version])):
        return f"{text}: left out by the guards"
    return text
