"""Reads a zone of rbldnsd as listings: what it lists, without what it excludes, each with its own text as the reason.

The zone is read by the same reader as that of feeds (intake/formats), which says what of each entry is listed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from reputation.addresses.address import shortened
from reputation.customers.imports.reading import Lines, Taken, wrong
from reputation.intake import formats
from reputation.intake.formats import FormatError
from reputation.intake.guards import all_entries, number_of
from reputation.refusal import Refused

# What only a zone has: its settings, the value of all entries, and an entry with its own value. An entry of IPv6, or
# one without a dot or a prefix, has a blank before that value: without it "2001:db8::25" would be one.
VALUE = r":\s*+(127\.[\d.]+|\d{1,3})\s*+(:.*)?"
MARK = re.compile(
    r"\$(SOA|NS|TTL|TIMESTAMP|DATASET|MAXRANGE4|\d)\b.*|:\s*[\d.]+\s*:.*"
    rf"|!?\d+[./][\d./-]*+\s*+{VALUE}|!?[\da-f:./-]++\s++{VALUE}",
    re.IGNORECASE | re.ASCII,
)
MOST = 20_000  # networks: more are a feed
MOST_PIECES = 1 << 17  # into which its ranges are cut, which this program does itself: more is for a feed


def is_zone(sample: Lines) -> bool:
    """Tell whether a line is one that only such zones have."""
    return any(MARK.fullmatch(text) for _, text in sample.filled())


def read(file: Lines) -> Iterator[Taken]:
    """Read the networks that the zone lists. Raise Refused where it cannot be read as a whole, or is too long."""
    try:
        parsed = formats.parse(file.text.encode(), "rbldnsd", now=file.now, most_pieces=MOST_PIECES)
    except FormatError as error:
        raise Refused(str(error)) from None
    for warning in parsed.warnings:
        found = re.match(r"line (\d+): (.*)", warning)
        yield wrong(int(found[1]) if found else 0, "", found[2] if found else warning)
    for _ in range(parsed.more_warnings):
        yield wrong(0, "", "Another line cannot be read")
    count = 0
    for taken in _listed(parsed):
        count += 1
        if count > MOST:
            raise Refused(f"The zone lists more than {MOST:,} networks: add it as a feed.")
        yield taken


def _listed(parsed: formats.Parsed) -> Iterator[Taken]:
    line_of = _lines_of(parsed)
    for version in (4, 6):
        firsts, lasts, marks = parsed.ranges.of(version)
        for first, last, mark in zip(firsts, lasts, marks, strict=True):
            begin, end = number_of(first), number_of(last)
            text = parsed.ranges.texts[mark - 1] if mark else ""
            number = line_of.get((version, begin), 0)
            for where in _networks(version, begin, end):
                reason = text.replace("$$", "\0").replace("$", where.partition("/")[0]).replace("\0", "$")
                yield Taken(number, where, where, note=shortened(reason, 200))


def _lines_of(parsed: formats.Parsed) -> dict[tuple[int, int], int]:
    """The line of an entry by its first address; of several the one that stands first."""
    found: dict[tuple[int, int], int] = {}
    for entries in all_entries(parsed):
        for piece in entries.pieces():
            for first, line in zip(piece.firsts[~piece.excluded], piece.lines[~piece.excluded].tolist(), strict=True):
                key = entries.version, number_of(first)
                found[key] = min(line, found.get(key, line))
    return found


def _networks(version: int, first: int, last: int) -> Iterator[str]:
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    for one in ipaddress.summarize_address_range(kind(first), kind(last)):
        yield str(one) if one.num_addresses > 1 else str(one.network_address)
