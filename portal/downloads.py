"""Files to download: a table as CSV, which a spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from flask import Response, stream_with_context

# A spreadsheet takes a cell that begins so for a formula, and runs it (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LINES_A_PIECE = 500


def csv_file(name: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> Response:
    """Send the rows under their headings as `<name>.csv` (RFC 4180), while they are still being read."""
    disposition = f'attachment; filename="{name}.csv"'
    pieces = stream_with_context(_pieces([headings], rows))  # rows may come from the database while they are sent
    return Response(pieces, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


def cell(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula. Numbers stay as they are, negative ones too."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _pieces(headings: Iterable[Sequence[Any]], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerows(headings)
    for number, row in enumerate(rows, 1):
        lines.writerow([cell(value) for value in row])
        if number % LINES_A_PIECE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()
