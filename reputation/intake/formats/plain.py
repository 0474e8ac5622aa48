"""Lists with one address, network or range a line: `plain` and `netset`, and Spamhaus DROP as text or JSON lines."""

import json
import re
from collections.abc import Iterator
from typing import Any

from reputation.intake.formats.dates import second_of
from reputation.intake.formats.lines import FormatError, Reading, chunks, cut_text

# a single slash begins a prefix, so two of them need a blank before them
COMMENT = re.compile(r"\s*[#;]|(?:^|\s+)//")


def read_plain(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read one entry a line; return the number of lines.

    A comment begins with #, ; or //, on a line of its own or after an entry.
    """
    section = reading.sections[0]
    span = range(0)
    for chunk, span in chunks(lines):
        if not section.add_ipv4_lines(chunk, span):
            section.add_lines(map(uncommented, map(str.strip, chunk)), span)
    return span.stop - 1 if span else 0


def uncommented(text: str) -> str:
    """Return a line without the comment behind its entry."""
    if "//" in text:
        comment = COMMENT.search(text)
        return text[: comment.start()] if comment else text
    # Without two slashes the rule is so simple that it takes a tenth of the time.
    if "#" in text or ";" in text:
        return text.partition("#")[0].partition(";")[0].rstrip()
    return text


def read_drop(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read lines such as `192.0.2.0/24 ; SBL123`, where the reference becomes the entry's text; return their number."""
    add = reading.sections[0].add
    line = 0
    for line, content in enumerate(lines, 1):
        entry, _, reference = content.partition(";")
        entry = entry.strip()
        if entry and not entry.startswith("#"):
            add(entry, line, reference_text(reference))
    return line


def read_drop_json(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read one JSON object a line; return the number of lines.

    The last line is the trailer; its record count must be the number of lines before it. Raise FormatError where the
    file is not whole.
    """
    trailer: dict[str, Any] | None = None
    line = records = good = 0
    for line, content in enumerate(lines, 1):
        if not content.strip():
            continue
        if trailer is not None:
            raise FormatError(f"There is more behind the list's trailer, from line {line} on; the file is not whole.")
        found = _object(content)
        if found.get("type") == "metadata":
            trailer = found
            reading.dated = second_of(found.get("timestamp", ""))
        else:
            records += 1
            good += _read_record(line, content, found, reading)
    if good or trailer:  # else it is no such list at all, and that is what should be said
        check_trailer(trailer, records)
    return line


def _object(content: str) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):  # a line of a hundred thousand brackets
        return {}
    return found if isinstance(found, dict) else {}


def _read_record(line: int, content: str, found: dict[str, Any], reading: Reading) -> bool:
    """Whether it is a record."""
    if not isinstance(found.get("cidr"), str):
        reading.fault(line, content, 'not a JSON object with a "cidr"')
        return False
    reading.sections[0].add(found["cidr"].strip(), line, reference_text(str(found.get("sblid") or "")))
    return True


def check_trailer(trailer: dict[str, Any] | None, records: int) -> None:
    """Raise FormatError where JSON lines have no trailer, or one that announces another number of records."""
    if trailer is None:
        raise FormatError(
            f'The list has no trailer (a last line with "type":"metadata") after {records} records: it was cut off.'
        )
    announced = trailer.get("records", records)
    if announced != records:
        raise FormatError(
            f"The list's trailer announces {announced} records, but {records} are there: it is not whole."
        )


def reference_text(reference: str) -> str:
    """Make an entry's text of a reference; a dollar sign is doubled, because a single one stands for the address."""
    return cut_text(reference.strip().replace("$", "$$"))
