"""CSV files: what a spreadsheet opens, and that it runs nothing."""

from __future__ import annotations

import csv

import pytest
from flask import Flask

from portal.downloads import cell, csv_file


def downloaded(headings: list[str], rows: list[list[object]]) -> tuple[str, list[list[str]]]:
    with Flask("a file").test_request_context():
        response = csv_file("senders", headings, rows)
        return response.headers["Content-Disposition"], list(csv.reader(response.get_data(as_text=True).splitlines()))


def test_a_table_is_taken_away_whole() -> None:
    rows = [[number, f'a "{number}", b'] for number in range(1234)]

    name, lines = downloaded(["Number", "Text"], rows)

    assert name == 'attachment; filename="senders.csv"'
    assert lines == [["Number", "Text"], *([str(number), text] for number, text in rows)]


def test_a_table_without_rows_has_its_headings() -> None:
    assert downloaded(["Number"], [])[1] == [["Number"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_spreadsheet_takes_a_text_for_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


def test_a_negative_number_stays_a_number() -> None:
    assert cell(-1) == -1 and cell("AS64500") == "AS64500"
