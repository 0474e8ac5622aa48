"""Many rules as text: every line is read, or told what is wrong with it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portal.downloads import cell
from reputation.customers.policy import NewRule, importing
from reputation.customers.policy.importing import (
    DUPLICATE,
    EXISTS,
    NEW,
    WRONG,
    decode,
    parse_end,
    read,
)
from reputation.refusal import Refused
from tests.conftest import NOON

DAY = 86400
MIDNIGHT = NOON - NOON % DAY
Standing = set[tuple[str, str]]
NOTHING: Standing = set()


def rules(text: str) -> list[NewRule]:
    return [line.rule for line in read(text, "blocked", NOON, NOTHING) if line.rule]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("192.0.2.7", [("192.0.2.7", "")]),
        (" 192.0.2.0/24\tSnowshoe range ", [("192.0.2.0/24", "Snowshoe range")]),
        ("192.0.2.7, a partner, in Vienna", [("192.0.2.7", "a partner, in Vienna")]),
        ("192.0.2.7 # a partner", [("192.0.2.7", "a partner")]),
        ("192.0.2.7,192.0.2.8;2001:db8::1 country:at", [
            ("192.0.2.7", ""), ("192.0.2.8", ""), ("2001:db8::1", ""), ("country:AT", ""),
        ]),
        ("192.0.2.7 192.0.2.8 # both", [("192.0.2.7", "both"), ("192.0.2.8", "both")]),
        ("AS64500 Example Net", [("isp:AS64500", "Example Net")]),
        ("# nothing", []),
        ("", []),
    ],
)  # fmt: skip
def test_a_line_is_a_sender_with_a_note_or_several_senders(line: str, expected: list[tuple[str, str]]) -> None:
    assert [(one.value, one.note) for one in rules(line)] == expected


def test_a_day_behind_the_last_comma_is_the_end() -> None:
    assert rules("192.0.2.7, a wave, 2030-01-31") == [
        NewRule("blocked", "192.0.2.7", "a wave", parse_end("2030-01-31", 0))
    ]


def test_a_second_address_that_is_mistyped_is_no_note() -> None:
    lines = read("192.0.2.7, 192.0.2.999", "blocked", NOON, NOTHING)

    assert [(line.state, line.text) for line in lines] == [(NEW, "192.0.2.7"), (WRONG, "192.0.2.999")]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_with_headings_is_read_in_any_order_and_with_any_separator(separator: str) -> None:
    text = io.StringIO()
    table = csv.writer(text, delimiter=separator)
    table.writerows(
        [
            ("Note", "Colour", "Until (UTC)", "ADDRESS", "Action"),
            ("a, b; c", "red", "2030-01-31 18:00", "192.0.2.7", "approve"),
            (),
            ("", "", "", "country:at", ""),
        ]
    )

    lines = read(text.getvalue(), "blocked", NOON, NOTHING)

    assert [line.rule for line in lines] == [
        NewRule("approved", "192.0.2.7", "a, b; c", parse_end("2030-01-31 18:00", 0)),
        NewRule("blocked", "country:AT", "", None),
    ]
    assert [line.number for line in lines] == [2, 4]


def test_each_wrong_line_is_told_with_its_number_and_what_is_wrong() -> None:
    long = f"192.0.2.1,,,{'x' * 201}"
    wrong = ("nonsense", "192.0.2.1/24", "192.0.2.1,grey", "192.0.2.1,,soon", "192.0.2.1,,2020-01-01", long)
    text = "\n".join(("Sender,Action,Until,Note", *wrong))
    lines = read(text, "blocked", NOON, NOTHING)

    assert [line.number for line in lines] == [2, 3, 4, 5, 6, 7]
    assert {line.state for line in lines} == {WRONG}
    for line, says in zip(
        lines, ("not an IP address", "did you mean 192.0.2.0/24?", "approved or blocked", "no end of a rule",
                "is past already", "at most 200"), strict=True
    ):  # fmt: skip
        assert says in line.said


def test_what_stands_already_and_what_is_named_twice_is_told() -> None:
    lines = read(
        "192.0.2.7\n192.0.2.8\n192.0.2.8/32", "blocked", NOON, {("blocked", "192.0.2.7"), ("approved", "192.0.2.8")}
    )

    assert [line.state for line in lines] == [EXISTS, NEW, DUPLICATE]


def test_too_many_lines_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_LINES", 2)

    with pytest.raises(Refused, match="At most 2 lines"):
        read("192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4", "blocked", NOON, NOTHING)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("", None),
        ("never", None),
        ("7d", NOON + 7 * DAY),
        ("12h", NOON + 12 * 3600),
        ("1970-01-02", 2 * DAY),
        ("1970-01-02 18:00", DAY + 18 * 3600),
        ("1970-01-02 18:00:05 UTC", DAY + 18 * 3600 + 5),
        ("1970-01-02T18:00:00Z", DAY + 18 * 3600),
        ("1970-01-02T18:00+01:00", DAY + 17 * 3600),
    ],
)
def test_an_end_is_a_day_a_moment_or_a_time(text: str, end: int | None) -> None:
    assert parse_end(text, NOON) == end


@pytest.mark.parametrize("text", ["soon", "31.12.2026", "2026-13-01", "-7d", "9999-12-31", "7"])
def test_an_end_that_cannot_be_read_says_how_to_write_it(text: str) -> None:
    with pytest.raises(Refused, match="write 2026-12-31"):
        parse_end(text, NOON)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Häfen".encode(), "Häfen"),
        (b"\xef\xbb\xbf" + "Häfen".encode(), "Häfen"),
        ("Häfen".encode("utf-16"), "Häfen"),
        ("Häfen".encode("cp1252"), "Häfen"),
    ],
)
def test_files_are_read_as_spreadsheets_write_them(content: bytes, text: str) -> None:
    assert decode(content) == text


def test_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(Refused, match="save the table as CSV"):
        decode(b"PK\3\4\0\0")


PRINTED = st.text(st.characters(exclude_categories=("C", "Z")), max_size=30).filter(lambda text: text[:1] != "'")
WRITTEN = st.tuples(
    st.sampled_from(["approved", "blocked"]),
    st.sampled_from(["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "country:AT", "isp:AS64500"]),
    PRINTED,
    st.none() | st.integers(NOON + 1, NOON + 10**9),
)


@given(st.lists(WRITTEN, unique_by=lambda row: row[:2]))
@example([("approved", "192.0.2.7", "0'=", None)])  # a quotation mark that no table has written
def test_what_is_written_as_a_table_is_read_back(rows: list[tuple[str, str, str, int | None]]) -> None:
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(("Action", "Sender", "Note", "Until (UTC)"))
    for action, value, note, end in rows:
        until = "" if end is None else f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M:%S}"
        table.writerow([cell(each) for each in (action, value, note, until)])

    lines = read(text.getvalue(), "blocked", NOON, NOTHING)

    assert [line.rule for line in lines] == [NewRule(*row) for row in rows]


@given(st.text(max_size=200))
def test_any_text_is_read_or_told_what_is_wrong(text: str) -> None:
    for line in read(text, "approved", NOON, NOTHING):
        assert (line.rule is None) == (line.state == WRONG) == bool(line.said)
