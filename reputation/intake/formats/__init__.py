"""Reads the formats in which lists are published. Bytes in, ranges and warnings out: no network, no database, no guard.

    plain       addresses, CIDRs and ranges, one a line; comments # ; //
    netset      the same, as FireHOL has it
    drop        Spamhaus DROP text: `CIDR ; reference`
    drop-json   Spamhaus DROP as JSON lines with a trailer that counts them
    rbldnsd     ip4set, ip4trie, ip6trie, combined; rbldnsd:NAME for one subzone of a combined file
    csv:COLUMN  a table with a header row

gzip and zip are opened first. A bad line is a warning; a file of which nothing, or less than half, can be read is an
error: then the format is the wrong one, or the file is not the list.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from reputation.intake.formats.lines import KEPT_WARNINGS, FormatError, Reading, Section, lines_of
from reputation.intake.formats.packing import unpacked
from reputation.intake.formats.plain import read_drop, read_drop_json, read_plain
from reputation.intake.formats.rbldnsd import read_rbldnsd
from reputation.intake.formats.table import read_csv
from reputation.ranges import Ranges, build, join

__all__ = ["FORMATS", "KEPT_WARNINGS", "FormatError", "Parsed", "check", "parse"]

Reader = Callable[[Iterator[str], Reading, str], int]
READERS: dict[str, Reader] = {
    "plain": read_plain,
    "netset": read_plain,
    "drop": read_drop,
    "drop-json": read_drop_json,
    "rbldnsd": read_rbldnsd,
    "csv": read_csv,
}
FORMATS = ("plain", "netset", "drop", "drop-json", "rbldnsd", "csv:COLUMN")
WITH_OPTION = ("rbldnsd", "csv")


class Parsed(NamedTuple):
    """`sections`: the entries as they were written, with line numbers; `entries` is their number, `bad` that of the
    lines left out. At most twenty warnings are kept, `more_warnings` counts the rest."""

    ranges: Ranges
    sections: tuple[Section, ...]
    lines: int
    entries: int
    bad: int
    warnings: tuple[str, ...]
    more_warnings: int


def check(name: str) -> None:
    """FormatError where there is no such format, saying which there are."""
    kind, _, option = name.partition(":")
    if kind not in READERS:
        raise FormatError(f"There is no format {name!r}; the formats are {', '.join(FORMATS)}.")
    if kind == "csv" and not option.strip():
        raise FormatError("The format csv needs the name of the column with the addresses: csv:COLUMN.")
    if option and kind not in WITH_OPTION:
        raise FormatError(f"The format {kind} takes nothing behind a colon; write {kind}.")


def parse(body: bytes, name: str, max_bytes: int = 64 << 20) -> Parsed:
    """The ranges that `body` lists. FormatError where it cannot be used as a whole."""
    check(name)
    kind, _, option = name.partition(":")
    content = unpacked(body, max_bytes)
    if len(content) > max_bytes:
        raise FormatError(f"The list is larger than {max_bytes:,} bytes, its bound max_bytes.")
    reading = Reading()
    lines = READERS[kind](lines_of(content), reading, option)
    for section in reading.sections:
        section.flush()
    _check_reading(reading, kind, lines, content)
    ranges = _ranges(reading)
    faults = [text for _, text in sorted(reading.warnings)]
    warnings = (*faults, *reading.notes, *_about_texts(ranges))
    return Parsed(
        ranges, tuple(reading.sections), lines, reading.entries, reading.bad, warnings,
        reading.bad - len(reading.warnings),
    )  # fmt: skip


def _ranges(reading: Reading) -> Ranges:
    built = [build(section.four, section.six, section.final_texts()) for section in reading.sections if len(section)]
    return built[0] if len(built) == 1 else join(built)


def _about_texts(ranges: Ranges) -> tuple[str, ...]:
    if not ranges.untexted:
        return ()
    return (f"{ranges.untexted:,} entries lost their own text: a list keeps at most 65,535 different ones",)


def _check_reading(reading: Reading, kind: str, lines: int, content: bytes) -> None:
    if reading.entries >= reading.bad and reading.entries:
        return
    if content[:200].lstrip().lower().startswith((b"<!doctype", b"<html")):
        raise FormatError(
            "A web page came instead of a list: open the source in a browser and look for the list itself."
        )
    if not reading.entries and not reading.bad:
        raise FormatError(f"The list is empty: there is no entry in its {lines} lines.")
    raise FormatError(
        f"{reading.bad} of {reading.bad + reading.entries} entries cannot be read as {kind}; is the format right? "
        f"First fault: {min(reading.warnings)[1]}."
    )
