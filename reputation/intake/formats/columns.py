"""Which columns of a table hold addresses, as the option of `csv` names them, and where they stand in its rows.

    csv:IP                           one column of addresses, networks or ranges
    csv:start=First,end=Last         the first and the last address
    csv:network=Base,prefix=Bits     a network and the length of its prefix; netmask= where it is written 255.255.255.0
    csv:#1  csv:start=#1,end=#2      columns by their number, in a table without a heading

The heading may stand in a comment, as some publishers have it. The delimiter is the one that makes the columns appear.
"""

import csv
import re
import socket
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from reputation.intake.formats.lines import FormatError, LineFault, address_of, printable

DELIMITERS = (",", ";", "\t", "|")
PAIRS = {("start", "end"), ("network", "prefix"), ("network", "netmask"), ("column",)}
EXAMPLE = (
    "csv:COLUMN, csv:start=COLUMN,end=COLUMN, csv:network=COLUMN,prefix=COLUMN or csv:network=COLUMN,netmask=COLUMN"
)
NUMBER = re.compile(r"#([1-9]\d{0,2})")
BITS = re.compile(r"\d{1,3}")
LOOKED_AT = 1000  # rows that are enough to tell whether a column is half of a range
# Headings of a column that says how far a network beside it reaches.
REACH = re.compile(
    r"(?:net)?mask(?: ?length| ?len| ?bits)?|prefix(?: ?len(?:gth)?)?|cidr(?: ?bits)?|bits|subnet(?: ?mask)?"
)
LAST = re.compile(r"(?:range |ip |address )?(?:end|last|to|stop)(?: ip| address| range)?|(?:end|last)(?:ip|address)?")


class Wanted(NamedTuple):
    """The columns that an option names, by their roles: `column`, or a pair of PAIRS."""

    roles: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def by_number(self) -> bool:
        """Return whether columns are named by number, and the table has no heading to look for."""
        return all(NUMBER.fullmatch(name) for name in self.names)


class Columns(NamedTuple):
    """Where the wanted columns stand, from 0 on, and the heading of the table (empty where there is none)."""

    roles: tuple[str, ...]
    places: tuple[int, ...]
    delimiter: str
    heading: tuple[str, ...] = ()

    def entry(self, cells: Sequence[str]) -> str:
        """Return the entry of a row as a line of a list has it. Raise LineFault where the row has too few cells."""
        if max(self.places) >= len(cells):
            raise LineFault(f"the row has only {len(cells)} cells")
        found = [cells[place].strip() for place in self.places]
        if self.roles == ("column",):
            return found[0]
        if self.roles == ("start", "end"):
            return f"{found[0]}-{found[1]}"
        return f"{found[0]}/{found[1] if self.roles[1] == 'prefix' else _bits(found[1])}"


def read_option(option: str) -> Wanted:
    """Read what stands behind the colon. Raise FormatError, which shows how it is written."""
    parts = [part.strip() for part in option.split(",")]
    pairs = [tuple(text.strip() for text in part.split("=", 1)) for part in parts if "=" in part]
    if len(pairs) == len(parts) == 2 and tuple(key.lower() for key, _ in pairs) in PAIRS and all(n for _, n in pairs):
        return Wanted(tuple(key.lower() for key, _ in pairs), tuple(name.lower() for _, name in pairs))
    if pairs and pairs[0][0].lower() in ("start", "end", "network", "prefix", "netmask"):
        raise FormatError(f"{option!r} names no columns: write {EXAMPLE}.")
    return Wanted(("column",), (option.strip().lower(),))


def find_columns(lines: Iterator[str], wanted: Wanted) -> tuple[int, Columns, str]:
    """Find the columns; return the number of the line with the heading, the columns, and a row that was read already.

    Raise FormatError where there is no such column.
    """
    number = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or (wanted.by_number and text.startswith("#")):
            continue
        if wanted.by_number:
            return number - 1, _numbered(text, wanted), line
        found = _named(text.lstrip("# "), wanted)
        if found:
            return number, found, ""
        if not text.startswith("#"):
            raise FormatError(_missing(wanted, text))
    raise FormatError("The table is empty: it has no header row.")


def _numbered(row: str, wanted: Wanted) -> Columns:
    """Columns by number: the delimiter that makes enough cells, and an address of the first wanted one."""
    places = tuple(int(name[1:]) - 1 for name in wanted.names)
    enough = []
    for delimiter in DELIMITERS:
        cells = _cells(row, delimiter)
        if max(places) < len(cells):
            found = Columns(wanted.roles, places, delimiter)
            if is_address(cells[places[0]].partition("/")[0].partition("-")[0]):
                return found
            enough.append(found)
    if not enough:
        raise FormatError(f"The table has no column #{max(places) + 1}; its first row is: {printable(row)}.")
    return enough[0]


def _named(header: str, wanted: Wanted) -> Columns | None:
    for delimiter in DELIMITERS:
        names = [name.lower() for name in _cells(header, delimiter)]
        places = [_place(name, names) for name in wanted.names]
        if None not in places:
            return Columns(wanted.roles, tuple(place for place in places if place is not None), delimiter, tuple(names))
    return None


def _place(name: str, names: Sequence[str]) -> int | None:
    number = NUMBER.fullmatch(name)
    if number and name not in names:
        return int(number[1]) - 1 if int(number[1]) <= len(names) and len(names) > 1 else None
    return names.index(name) if name in names else None


def _cells(row: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([row], delimiter=delimiter, skipinitialspace=True), [])]
    except csv.Error:
        return []


def _missing(wanted: Wanted, header: str) -> str:
    names = max((_cells(header, delimiter) for delimiter in DELIMITERS), key=len)
    known = ", ".join(printable(name, 30) for name in names[:20])
    lacking = next((name for name in wanted.names if name not in [known.lower() for known in names]), wanted.names[0])
    return f"The table has no column {lacking!r}; its columns are: {known}. Write the format as {EXAMPLE}."


class Beside:
    """Whether the one column that is read is only the first half of a range, whose other half stands beside it.

    A table of ranges read by the column of its first addresses would list one address of each range. It is told by the
    heading of a column beside it, or by an address there that is the last one of the network which the first begins.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns
        self._halves: dict[int, int] = {}
        self._rows = 0
        self._is_half = columns.roles == ("column",)

    def look(self, cells: Sequence[str], entry: str) -> None:
        """Look at one row."""
        if not self._is_half or self._rows == LOOKED_AT or not is_address(entry):
            self._is_half &= "/" not in entry and "-" not in entry
            return
        self._rows += 1
        for place, cell in enumerate(cells):
            if place != self._columns.places[0] and self._reaches(place, entry, cell.strip()):
                self._halves[place] = self._halves.get(place, 0) + 1

    def _reaches(self, place: int, entry: str, cell: str) -> bool:
        heading = self._columns.heading[place] if place < len(self._columns.heading) else ""
        heading = re.sub(r"[\s_-]+", " ", heading)
        if REACH.fullmatch(heading) and BITS.fullmatch(cell):
            return int(cell) < (128 if ":" in entry else 32)
        if not is_address(cell) or (":" in cell) != (":" in entry):
            return False
        first, last = (int.from_bytes(address_of(text)) for text in (entry, cell))
        is_block = first < last and not (last - first) & (last - first + 1) and not first & (last - first)
        return (
            is_block or bool(LAST.fullmatch(heading) and first <= last) or (is_mask(cell) and cell != "255.255.255.255")
        )

    def check(self) -> None:
        """Raise FormatError where more than half of the rows have such a half."""
        for place, count in self._halves.items():
            if self._is_half and count > self._rows / 2:
                here, there = (self._name(each) for each in (self._columns.places[0], place))
                raise FormatError(
                    f"The column {here} is one half of a range or network, and {there} the other: reading it alone "
                    f"would list one address of each. Write csv:start={here},end={there}, or "
                    f"csv:network={here},prefix={there} (netmask={there} where it is written 255.255.255.0)."
                )

    def _name(self, place: int) -> str:
        return printable(self._columns.heading[place], 30) if place < len(self._columns.heading) else f"#{place + 1}"


def is_address(text: str) -> bool:
    """Tell whether a text is an address."""
    try:
        address_of(text.strip())
    except LineFault:
        return False
    return True


def is_mask(text: str) -> bool:
    """Tell whether a text is a netmask such as 255.255.255.0."""
    try:
        _bits(text)
    except LineFault:
        return False
    return text.startswith("255.")


def _bits(mask: str) -> int:
    """The length of the prefix of a netmask."""
    try:
        hosts = int.from_bytes(socket.inet_pton(socket.AF_INET, mask)) ^ 0xFFFFFFFF
    except (OSError, ValueError):
        raise LineFault(f"{printable(mask, 30)!r} is not a netmask") from None
    if hosts & (hosts + 1):
        raise LineFault(f"{mask} is not a netmask")
    return 32 - hosts.bit_length()
