"""`asn`: AS numbers, each of which stands for the networks that its AS announces, by our own table of origins.

A line is `AS64496`, `64496`, or an object of JSON lines with an "asn", as Spamhaus ASN-DROP has it. A text behind the
number (`AS64496 NAME`, `64496, NAME`), or the AS's name, becomes the text of its networks. Each AS is taken once: so a
list brings no more entries than the table of origins has networks.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from reputation.intake.formats.dates import second_of
from reputation.intake.formats.lines import Block, FormatError, Reading
from reputation.intake.formats.plain import check_trailer, reference_text

# a number and a blank begin a sentence as well: `2026 edition` is no AS, `AS2026 edition` is one
FORM = re.compile(r"(?:AS(\d{1,10})(?:\s*[,;#|]\s*|\s+|$)|(\d{1,10})(?:\s*[,;#|]\s*|$))(.*)", re.IGNORECASE)


def read_asns(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read one AS number a line; return the number of lines.

    Raise FormatError where nobody knows the networks of any AS.
    """
    if reading.networks_of is None:
        raise FormatError("AS numbers need the table of origins, which is not loaded: see `origins`.")
    read = _Read(reading)
    line = 0
    for line, content in enumerate(lines, 1):
        text = content.strip()
        if text and text[0] not in "#;":
            read.line(line, text)
    if read.objects or read.trailer:
        check_trailer(read.trailer, read.objects)
    return line


class _Read:
    """The lines as they are read: how many of them are objects, and the trailer behind these."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.objects = 0
        self.trailer: dict[str, Any] | None = None
        self.seen: set[int] = set()

    def line(self, line: int, text: str) -> None:
        """Read one line."""
        found = _object(text) if text.startswith("{") else None
        if found and found.get("type") == "metadata":
            self.trailer = found
            self.reading.dated = second_of(found.get("timestamp", ""))
            return
        self.objects += found is not None
        number, words = _words(text) if found is None else _named(found)
        if not 0 < number < 1 << 32:
            self.reading.fault(line, text, "not an AS number such as AS64496")
            return
        if number in self.seen:
            self.reading.left_out["because their AS stands there before"] += 1
            return
        self.seen.add(number)
        blocks = self.reading.networks_of(number) if self.reading.networks_of else []
        if not blocks:
            self.reading.left_out["because no network of their AS is known"] += 1
        for first, last in blocks:
            self.reading.sections[0].add_block(Block(first, last), line, reference_text(f"AS{number} {words}"))


def _words(text: str) -> tuple[int, str]:
    found = FORM.fullmatch(text)
    return (int(found[1] or found[2]), found[3]) if found else (0, "")


def _object(text: str) -> dict[str, Any]:
    """The object of a line, empty where it is none."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _named(found: dict[str, Any]) -> tuple[int, str]:
    number = found.get("asn")
    name = found.get("asname") or found.get("name") or ""
    return (number if isinstance(number, int) and not isinstance(number, bool) else 0), str(name)
