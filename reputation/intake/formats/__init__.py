"""Reads the formats in which lists are published: octets in, ranges and warnings out. It knows no network or database.

A list comes from strangers: reputation/intake/importing reads it in a process of its own. It is read piece by piece, so
that a long one takes the room of its entries; a JSON document alone is read as a whole.

`FORMATS` has one row a format. The portal's form, `feed add --help`, docs/feed-formats.md and the tests are made from
it. A format with an option is written `csv:COLUMN`.

A packed file is unpacked first. A bad line gives a warning. Where nothing, or less than half, of a file can be read,
or where more than one line in ten is a sentence, that is an error: the format is wrong, or the file is not the list but
a message about it. So is a list that has ended by its own word.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from reputation.intake.formats import columns, json_path
from reputation.intake.formats.asns import read_asns
from reputation.intake.formats.dates import HEAD, date_of_head, words_of
from reputation.intake.formats.json_path import read_json
from reputation.intake.formats.lines import (
    KEPT_WARNINGS,
    LONGEST_LINE,
    MOST_PIECES,
    PIECES,
    FormatError,
    Reading,
    Section,
    lines_of,
    printable,
)
from reputation.intake.formats.packing import opened
from reputation.intake.formats.plain import read_drop, read_drop_json, read_plain
from reputation.intake.formats.ports import read_ports
from reputation.intake.formats.rbldnsd import read_rbldnsd
from reputation.intake.formats.rbldnsd_values import read_option
from reputation.intake.formats.table import read_csv
from reputation.intake.packed_parts import Octets
from reputation.ranges import Ranges, build, join

__all__ = ["BY_NAME", "FORMATS", "KEPT_WARNINGS", "Format", "FormatError", "Parsed", "check", "names", "parse"]

Reader = Callable[[Iterator[str], Reading, str], int]
NetworksOf = Callable[[int], list[tuple[bytes, bytes]]]
SENTENCES = 0.1  # the share of lines that may read as sentences: a head without comment signs, and no more
A_DAY = 86400
BEGIN = 1 << 17  # octets in which a date and the first lines are looked for
MARKUP = (b"<", b"\xef\xbb\xbf<")


class Format(NamedTuple):
    """A format of lists.

    `read` takes the lines, the Reading that it fills, and the option, and returns the number of lines. `about` says on
    the screen what such a list contains. `option` is what is written after the colon, such as COLUMN, and "" where
    there is none; `option_about` explains it, and `check` raises FormatError where one cannot be read. `sample` is a
    file in tests/data/feeds, read with `sample_option`. `longest` is how many characters of a line are read; 0 is all.
    """

    name: str
    about: str
    read: Reader
    sample: str
    option: str = ""
    option_about: str = ""
    needs_option: bool = False
    sample_option: str = ""
    check: Callable[[str], object] = str
    longest: int = LONGEST_LINE

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
        "NAME", "the name of one subzone of a combined file, and the values to take or to leave out, such as "
        "relays,only=127.0.0.2-127.0.0.4 or without=127.0.0.10", sample_option="relays", check=read_option,
    ),
    Format(
        "csv", "a table of which one column, or two, hold addresses", read_csv, "table.csv",
        "COLUMN", "the name of the column with the addresses, or #2 for the second one; of a table of ranges "
        "start=COLUMN,end=COLUMN or network=COLUMN,prefix=COLUMN or network=COLUMN,netmask=COLUMN",
        needs_option=True, sample_option="ip address", check=columns.read_option,
    ),
    Format(
        "json", "a JSON document, or one a line, in which a path leads to the addresses", read_json, "ranges.json",
        "PATH", "the names that lead to the addresses, such as prefixes.ip_prefix or "
        "Event.Attribute[type=ip-src].value",
        needs_option=True, sample_option="prefixes.ipv4Prefix|prefixes.ipv6Prefix", check=json_path.read_option,
        longest=0,
    ),
    Format("address-port", "an address and its port a line, as lists of proxies have it", read_ports, "proxies.txt"),
    Format("asn", "an AS number a line, or Spamhaus ASN-DROP: the networks of that AS", read_asns, "asns.txt"),
)  # fmt: skip
BY_NAME = {each.name: each for each in FORMATS}


class Parsed(NamedTuple):
    """What was read of a list.

    `sections` are the entries as they were written, with line numbers; `entries` is their number, `bad` the number of
    lines left out. At most twenty warnings are kept; `more_warnings` counts the others. `left_out` are entries that are
    understood and not wanted, by the reason; `values` the entries by the value that the file gives them. `dated` and
    `expires` are Unix seconds by the content's own word, 0 where it does not say. `pieces` are what the first entries
    were read from, with their numbers.
    """

    ranges: Ranges
    sections: tuple[Section, ...]
    lines: int
    entries: int
    bad: int
    warnings: tuple[str, ...]
    more_warnings: int
    left_out: Mapping[str, int] = MappingProxyType({})
    values: Mapping[str, int] = MappingProxyType({})
    dated: int = 0
    expires: int = 0
    pieces: tuple[tuple[int, str], ...] = ()


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
    found.check(option)
    return found, option


def parse(
    body: Octets, name: str, max_bytes: int = 64 << 20, now: int = 0, networks_of: NetworksOf | None = None,
    most_pieces: int = MOST_PIECES,
) -> Parsed:  # fmt: skip
    """Read the ranges that `body` (octets, or a file of them) lists. Raise FormatError where it cannot be used at all.

    `now` (Unix seconds) is compared with what the content says of its own age; 0 compares nothing. `networks_of` tells
    the ranges of an AS, for a list of AS numbers. `most_pieces` bounds the pieces into which a zone is cut.
    """
    form, option = _chosen(name)
    head, content = _begun(opened(body, max_bytes))
    _check_no_page(head)
    reading = Reading()
    reading.networks_of = networks_of
    reading.most_pieces = most_pieces
    lines = form.read(lines_of(content, form.longest, reading.count_cut), reading, option)
    for section in reading.sections:
        section.flush()
    _check_reading(reading, form.name, lines)
    reading.dated = reading.dated or date_of_head(itertools.islice(lines_of([head[: HEAD << 9]]), HEAD))
    if now and reading.dated > now + A_DAY and not reading.is_strict:
        reading.dated = 0  # a slip in a comment: nobody can say how old it is
    _check_times(reading, now)
    return _parsed(reading, lines, head)


def _begun(pieces: Iterator[bytes]) -> tuple[bytes, Iterable[bytes]]:
    """The begin of a file, and all its pieces."""
    some, size = [], 0
    for piece in pieces:
        some.append(piece)
        size += len(piece)
        if size >= BEGIN:
            break
    head = b"".join(some)
    return head, itertools.chain([head], pieces)


def _parsed(reading: Reading, lines: int, head: bytes) -> Parsed:
    ranges = _ranges(reading)
    faults = [text for _, text in sorted(reading.warnings)]
    warnings = (*faults, *reading.notes, *_about_left_out(reading), *_about_cut(reading), *_about_texts(ranges))
    pieces = reading.pieces or _first_lines(head)
    return Parsed(
        ranges, tuple(reading.sections), lines, reading.entries, reading.bad, warnings,
        reading.bad - len(reading.warnings), +reading.left_out, reading.values, reading.dated, reading.expires,
        tuple((number, printable(text)) for number, text in pieces),
    )  # fmt: skip


def _first_lines(head: bytes) -> list[tuple[int, str]]:
    """The first lines that are neither blank nor comments."""
    some = enumerate(itertools.islice(lines_of([head[:BEGIN]]), 1000), 1)
    told = ((number, line) for number, line in some if line.strip() and not line.lstrip().startswith(("#", ";", "//")))
    return list(itertools.islice(told, PIECES))


def _about_left_out(reading: Reading) -> list[str]:
    return [f"entries left out {why}: {count:,}" for why, count in reading.left_out.items() if count]


def _about_cut(reading: Reading) -> list[str]:
    return [f"lines longer than {LONGEST_LINE:,} characters, whose ends were left out: {reading.cut:,}"] * (
        reading.cut > 0
    )


def _check_no_page(head: bytes) -> None:
    """No list begins with markup: what does is a page of the web server, whatever addresses it names."""
    if head[:1000].lstrip().startswith(MARKUP):
        raise FormatError(
            "A web page came instead of a list: open the source in a browser and look for the list itself."
        )


def _check_times(reading: Reading, now: int) -> None:
    if not now:
        return
    if reading.expires and reading.expires <= now:
        raise FormatError(f"The list has ended by its own word: it was valid until {words_of(reading.expires)}.")
    if reading.dated > now + A_DAY:
        raise FormatError(f"The list says it was made on {words_of(reading.dated)}, which has not come yet.")


def _ranges(reading: Reading) -> Ranges:
    built = [
        build(*(section.deciding or (section.four, section.six)), section.final_texts())
        for section in reading.sections
        if len(section)
    ]
    return built[0] if len(built) == 1 else join(built)


def _about_texts(ranges: Ranges) -> tuple[str, ...]:
    if not ranges.untexted:
        return ()
    return (f"{ranges.untexted:,} entries lost their own text: a list keeps at most 65,535 different ones",)


def _check_reading(reading: Reading, kind: str, lines: int) -> None:
    every = reading.bad + reading.entries
    if reading.entries >= reading.bad and reading.entries and reading.prose <= SENTENCES * every:
        return
    if not every:
        raise FormatError(f"The list is empty: there is no entry in its {lines} lines.")
    first = f"First fault: {min(reading.warnings)[1]}."
    if reading.entries >= reading.bad and reading.entries:
        raise FormatError(
            f"{reading.prose} of {every} lines are sentences: is it a message of the server and not the list? {first}"
        )
    raise FormatError(f"{reading.bad} of {every} entries cannot be read as {kind}; is the format right? {first}")
