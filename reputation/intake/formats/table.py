"""`csv`: a table of which one column, or two that belong together, hold addresses; columns.py says which.

A quoted cell may run over several lines. Where one swallows lines that are rows of the table, a quote was left open,
and the table is refused: nobody can say which of them were meant.
"""

import csv
import itertools
from collections.abc import Iterator

from reputation.intake.formats.columns import Beside, Columns, find_columns, is_address, read_option
from reputation.intake.formats.lines import PIECES, FormatError, LineFault, Reading

LONGEST_CELL = 1 << 20
MOST_LINES = 200  # of one row


def read_csv(lines: Iterator[str], reading: Reading, option: str) -> int:
    """Read the columns that `option` names; return the number of lines.

    Raise FormatError where there is no such column, or where the rows cannot be told apart.
    """
    before, columns, first_row = find_columns(lines, read_option(option))
    fed = _Fed(itertools.chain([first_row] if first_row else [], lines), before)
    csv.field_size_limit(LONGEST_CELL)
    beside = Beside(columns)
    try:
        for cells in csv.reader(fed, delimiter=columns.delimiter):
            fed.check_row(columns)
            _read_row(fed.begin, cells, columns, reading, beside)
            fed.next_row()
    except csv.Error as error:
        raise FormatError(f"The table cannot be read from line {fed.begin} on: {error}.") from None
    beside.check()
    return fed.line


def _read_row(line: int, cells: list[str], columns: Columns, reading: Reading, beside: Beside) -> None:
    if not cells or cells[0].lstrip().startswith("#"):
        return
    if len(reading.pieces) < PIECES:
        reading.pieces.append((line, columns.delimiter.join(cells)))
    try:
        entry = columns.entry(cells)
    except LineFault as why:
        reading.fault(line, " | ".join(cells), why)
        return
    beside.look(cells, entry)
    reading.sections[0].add(entry, line)


class _Fed:
    """The lines as the reader of rows takes them: which of them are in the row that it made last."""

    def __init__(self, lines: Iterator[str], before: int) -> None:
        self._lines = lines
        self.line = before
        self.begin = before + 1
        self._row: list[str] = []
        self._ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines, None)
        if line is None:
            self._ended = True
            raise StopIteration
        self.line += 1
        if len(self._row) > MOST_LINES:
            raise FormatError(f"A quote that is opened in line {self.begin} is not closed in {MOST_LINES} lines.")
        self._row.append(line)
        return line.replace("\0", "")

    def next_row(self) -> None:
        """Begin with the next row."""
        self._row.clear()
        self.begin = self.line + 1

    def check_row(self, columns: Columns) -> None:
        """Raise FormatError where a quote of this row was left open."""
        if self._ended:
            raise FormatError(
                f"A quote that is opened in line {self.begin} is never closed: the table was cut off or is damaged."
            )
        for number, line in enumerate(self._row[1:], self.begin + 1):
            if _is_row(line, columns):
                raise FormatError(
                    f"A quote that is opened in line {self.begin} is not closed before line {number}, which is a row "
                    "of its own: the table is damaged."
                )


def _is_row(line: str, columns: Columns) -> bool:
    """Whether a line has an address where the table has its own."""
    try:
        (cells,) = csv.reader([line], delimiter=columns.delimiter)
        entry = columns.entry(cells)
    except (csv.Error, ValueError, LineFault):
        return False
    return is_address(entry.partition("/")[0].partition("-")[0])
