"""`asn`: AS numbers, each of which stands for the networks that its AS announces, by our own table of origins.

A line is `AS64496`, `64496`, or an object of JSON lines with an "asn", as Spamhaus ASN-DROP has it. A text behind the
number, or the AS's name, becomes the text of its networks.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from reputation.intake.formats.lines import Block, FormatError, Reading
from reputation.intake.formats.plain import reference_text

FORM = re.compile(r"(?:AS)?(\d{1,10})(?:\s*[,;#|]\s*|\s+|$)(.*)", re.IGNORECASE)


def read_asns(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read one AS number a line; return the number of lines.

    Raise FormatError where nobody knows the networks of any AS.
    """
    if reading.networks_of is None:
        raise FormatError("AS numbers need the table of origins, which is not loaded: see `origins`.")
    line = 0
    for line, content in enumerate(lines, 1):
        text = content.strip()
        if text and text[0] not in "#;":
            _read_line(line, text, reading)
    return line


def _read_line(line: int, text: str, reading: Reading) -> None:
    number, words = _object(text) if text.startswith("{") else _words(text)
    if number == -1:
        return
    if not 0 < number < 1 << 32:
        reading.fault(line, text, "not an AS number such as AS64496")
        return
    blocks = reading.networks_of(number) if reading.networks_of else []
    if not blocks:
        reading.left_out["because no network of their AS is known"] += 1
    for first, last in blocks:
        reading.sections[0].add_block(Block(first, last), line, reference_text(f"AS{number} {words}"))


def _words(text: str) -> tuple[int, str]:
    found = FORM.fullmatch(text)
    return (int(found[1]), found[2]) if found else (0, "")


def _object(text: str) -> tuple[int, str]:
    """The AS number and name of an object; -1 for the trailer of the file."""
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return 0, ""
    if not isinstance(found, dict):
        return 0, ""
    if found.get("type") == "metadata":
        return -1, ""
    number = found.get("asn")
    name = found.get("asname") or found.get("name") or ""
    return (number if isinstance(number, int) and not isinstance(number, bool) else 0), str(name)
