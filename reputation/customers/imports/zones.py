"""Reads a zone of rbldnsd as listings: what it lists, without what it excludes, each with its own text as the reason.

The zone is read by the same reader as that of feeds (intake/formats), which says what of each entry is listed.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from reputation.addresses.address import shortened
from reputation.customers.imports.reading import Lines, Taken, wrong
from reputation.intake import formats
from reputation.intake.formats import FormatError
from reputation.intake.guards import all_entries
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


def is_zone(sample: Lines) -> bool:
    """Tell whether a line is one that only such zones have."""
    return any(MARK.fullmatch(text) for _, text in sample.filled())


def read(file: Lines) -> Iterator[Taken]:
    """Read the networks that the zone lists. Raise Refused where it cannot be read as a whole, or is too long."""
    try:
        parsed = formats.parse(file.text.encode(), "rbldnsd", now=file.now)
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
            begin, end = _number(first), _number(last)
            text = parsed.ranges.texts[mark - 1] if mark else ""
            number = line_of.get((version, begin), 0)
            for where in _networks(version, begin, end):
                reason = text.replace("$$", "\0").replace("$", where.partition("/")[0]).replace("\0", "$")
                yield Taken(number, where, where, note=shortened(reason, 200))


def _lines_of(parsed: formats.Parsed) -> dict[tuple[int, int], int]:
    """The line of an entry by its first address."""
    found: dict[tuple[int, int], int] = {}
    for entries in all_entries(parsed):
        width = 4 if entries.version == 4 else 16
        for place, line in enumerate(entries.lines):
            if not entries.excluded[place]:
                first = int.from_bytes(entries.firsts[place * width : (place + 1) * width])
                found.setdefault((entries.version, first), line)
    return found


def _networks(version: int, first: int, last: int) -> Iterator[str]:
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    for one in ipaddress.summarize_address_range(kind(first), kind(last)):
        yield str(one) if one.num_addresses > 1 else str(one.network_address)


def _number(bound: Any) -> int:
    return int(bound) if bound.ndim == 0 else int(bound[0]) << 64 | int(bound[1])
