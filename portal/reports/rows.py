"""The lines of a report: numbers for a file, and texts for its table.

A year has 8,760 hours, which a template would write far more slowly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from flask import Response

from portal.downloads import csv_file
from portal.filters import figure, percent
from portal.reports.report_page import ReportView
from portal.times import iso, local, time_zone
from reputation.insight import periods
from reputation.insight.query_reports import Point, Report


class Row(NamedTuple):
    """A line: `stamp` for the machine, `words` for the reader, `note` such as "25 hours", and figures ("": blank)."""

    stamp: str
    words: str
    note: str
    queries: str
    matched: str
    share: str
    by: tuple[str, ...]


def of_hours(report: Report) -> list[Row]:
    """Return the hours, the newest first.

    An hour that comes twice in a day is told apart by its zone: 02:00 CEST, 02:00 CET.
    """
    zone = time_zone()
    return [_row(point, _hour_words(point.begins, zone), "") for point in reversed(report.points)]


def of_days(report: Report) -> list[Row]:
    """Return the days, the newest first; a day on which the clock changes says how long it was."""
    zone = time_zone()
    rows = []
    for point in reversed(report.points):
        at = local(point.begins, zone)
        hours = periods.length(point.begins, zone)
        rows.append(_row(point, f"{at:%a} {at.day} {at:%b %Y}", f"{hours} hours" if hours != 24 else ""))
    return rows


def file(name: str, step: str, view: ReportView, report: Report, deciders: Sequence[str] = ()) -> Response:
    """Send the report as CSV, the oldest line first; with a column for each kind of decision where they are named."""
    headings = [f"{step} begins", "Queries", view.matched_word, "Percentage", *deciders]
    return csv_file(name, headings, (line[: len(headings)] for line in _lines(report)))


def _lines(report: Report) -> Iterator[list[object]]:
    """When each point begins, numbers, and "" for what is blank.

    With the distance from UTC, unlike other files: a day begins at the reader's midnight.
    """
    zone = time_zone()
    for point in report.points:
        begins = local(point.begins, zone).isoformat()
        if point.queries is None or point.matched is None or point.by is None:
            yield [begins, "", "", "", *("" for _ in report.by)]
            continue
        share = round(100 * point.matched / point.queries, 2) if point.queries else ""
        yield [begins, point.queries, point.matched, share, *point.by]


def _row(point: Point, words: str, note: str) -> Row:
    stamp = iso(point.begins)
    if point.queries is None or point.matched is None or point.by is None:
        return Row(stamp, words, note, "", "", "", ())
    share = percent(point.matched, point.queries)
    return Row(stamp, words, note, figure(point.queries), figure(point.matched), share, tuple(map(figure, point.by)))


def _hour_words(begins: int, zone: tzinfo) -> str:
    at = local(begins, zone)
    words = f"{at.day} {at:%b %Y, %H:%M}"
    return f"{words} {at:%Z}" if at.replace(fold=0).utcoffset() != at.replace(fold=1).utcoffset() else words
