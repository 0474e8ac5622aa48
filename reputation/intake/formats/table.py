"""`csv:COLUMN`: a table with a header row, of which one column holds addresses, networks or ranges.

The header may stand in a comment, as some publishers have it; the delimiter is the one that makes the column appear."""

import csv
from collections.abc import Iterator

from reputation.intake.formats.lines import FormatError, Reading, printable

DELIMITERS = (",", ";", "\t")
LONGEST_CELL = 1 << 20


def read_csv(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read the column that `option` names; return the number of lines.

    Raise FormatError where there is no such column.
    """
    wanted = option.strip().lower()
    at, delimiter, place = _header(lines, wanted)
    rows = csv.reader((line.replace("\0", "") for line in lines), delimiter=delimiter)
    csv.field_size_limit(LONGEST_CELL)
    begin = at + 1
    try:
        for cells in rows:
            _read_row(begin, cells, place, reading)
            # a quoted cell may run over several lines: a row is named by its first
            begin = at + rows.line_num + 1
    except csv.Error as error:
        raise FormatError(f"The table cannot be read from line {begin} on: {error}.") from None
    return at + rows.line_num


def _read_row(line: int, cells: list[str], place: int, reading: Reading) -> None:
    if not cells or cells[0].lstrip().startswith("#"):
        return
    if place < len(cells):
        reading.sections[0].add(cells[place].strip(), line)
    else:
        reading.fault(line, " | ".join(cells), f"the row has only {len(cells)} cells")


def _header(lines: Iterator[str], wanted: str) -> tuple[int, str, int]:
    """Line number of the header, its delimiter, and where the wanted column stands."""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        found = _column(text.lstrip("# "), wanted)
        if found:
            return number, *found
        if text and not text.startswith("#"):
            raise FormatError(_missing(wanted, text))
    raise FormatError("The table is empty: it has no header row.")


def _column(header: str, wanted: str) -> tuple[str, int] | None:
    for delimiter in DELIMITERS:
        names = [name.lower() for name in _names(header, delimiter)]
        if wanted in names:
            return delimiter, names.index(wanted)
    return None


def _names(header: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])]


def _missing(wanted: str, header: str) -> str:
    names = max((_names(header, delimiter) for delimiter in DELIMITERS), key=len)
    known = ", ".join(printable(name, 30) for name in names[:20])
    return f"The table has no column {wanted!r}; its columns are: {known}. Write the format as csv:COLUMN."
