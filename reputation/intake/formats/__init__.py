"""Reads the formats in which lists are published: octets in, ranges and warnings out. It knows no network or database.

`FORMATS` has one row a format. The portal's form, `feed add --help`, docs/feed-formats.md and the tests are made from
it. A format with an option is written `csv:COLUMN`.

A gzip or zip file is unpacked first. A bad line gives a warning. Where nothing, or less than half, of a file can be
read, that is an error: the format is wrong, or the file is not the list.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from reputation.intake.formats.lines import KEPT_WARNINGS, FormatError, Reading, Section, lines_of
from reputation.intake.formats.packing import unpacked
from reputation.intake.formats.plain import read_drop, read_drop_json, read_plain
from reputation.intake.formats.rbldnsd import read_rbldnsd
from reputation.intake.formats.table import read_csv
from reputation.ranges import Ranges, build, join

__all__ = ["BY_NAME", "FORMATS", "KEPT_WARNINGS", "Format", "FormatError", "Parsed", "check", "names", "parse"]

Reader = Callable[[Iterator[str], Reading, str], int]


class Format(NamedTuple):
    """A format of lists.

    `read` takes the lines, the Reading that it fills, and the option, and returns the number of lines. `about` says on
    the screen what such a list contains. `option` is what is written after the colon, such as COLUMN, and "" where
    there is none; `option_about` explains it. `sample` is a file in tests/data/feeds, read with `sample_option`.
    """

    name: str
    about: str
    read: Reader
    sample: str
    option: str = ""
    option_about: str = ""
    needs_option: bool = False
    sample_option: str = ""

    @property
    def written(self) -> str:
        """Return the format as a person writes it: `plain`, or `csv:COLUMN` where an option is needed."""
        return f"{self.name}:{self.option}" if self.needs_option else self.name


FORMATS = (
    Format("plain", "an address, network or range a line", read_plain, "list.txt"),
    Format("netset", "addresses and networks, as FireHOL writes it", read_plain, "level.netset"),
    Format("drop", "Spamhaus DROP as text", read_drop, "drop.txt"),
    Format("drop-json", "Spamhaus DROP as JSON lines", read_drop_json, "drop.json"),
    Format(
        "rbldnsd", "ip4set, ip4trie, ip6trie or combined", read_rbldnsd, "combined.rbldnsd",
        "NAME", "the name of one subzone of a combined file", sample_option="relays",
    ),
    Format(
        "csv", "a table of which one column holds addresses", read_csv, "table.csv",
        "COLUMN", "the name of the column with the addresses", needs_option=True, sample_option="ip address",
    ),
)  # fmt: skip
BY_NAME = {each.name: each for each in FORMATS}


class Parsed(NamedTuple):
    """What was read of a list.

    `sections` are the entries as they were written, with line numbers; `entries` is their number, `bad` the number of
    lines left out. At most twenty warnings are kept; `more_warnings` counts the others.
    """

    ranges: Ranges
    sections: tuple[Section, ...]
    lines: int
    entries: int
    bad: int
    warnings: tuple[str, ...]
    more_warnings: int


def names() -> str:
    """List the formats in one text, such as `plain, netset, csv:COLUMN`."""
    return ", ".join(each.written for each in FORMATS)


def check(name: str) -> None:
    """Raise FormatError, which names all formats, where `name` is not a format or its option is missing."""
    _chosen(name)


def _chosen(name: str) -> tuple[Format, str]:
    """The format and the option that a text such as `csv:ip` names."""
    kind, _, option = name.partition(":")
    if kind not in BY_NAME:
        raise FormatError(f"There is no format {name!r}; the formats are {names()}.")
    found = BY_NAME[kind]
    if found.needs_option and not option.strip():
        raise FormatError(f"The format {kind} needs {found.option_about}: {found.written}.")
    if option and not found.option:
        raise FormatError(f"The format {kind} takes nothing behind a colon; write {kind}.")
    return found, option


def parse(body: bytes, name: str, max_bytes: int = 64 << 20) -> Parsed:
    """Read the ranges that `body` lists. Raise FormatError where it cannot be used as a whole."""
    form, option = _chosen(name)
    content = unpacked(body, max_bytes)
    if len(content) > max_bytes:
        raise FormatError(f"The list is larger than {max_bytes:,} bytes, its bound max_bytes.")
    reading = Reading()
    lines = form.read(lines_of(content), reading, option)
    for section in reading.sections:
        section.flush()
    _check_reading(reading, form.name, lines, content)
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
