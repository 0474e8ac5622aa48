"""How figures and times are written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask, g

from portal import filters
from tests.conftest import NOON, Cast

MINUTE, HOUR, DAY = 60, 3600, 86400


@pytest.fixture(autouse=True)
def request_at_noon(app: Flask, cast: Cast) -> Iterator[None]:
    with app.test_request_context("/"):
        g.now = NOON
        yield


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (26 * MINUTE + 59, "26 min ago"),
        (HOUR, "1 h ago"),
        (DAY - 1, "23 h ago"),
        (DAY, "1 day ago"),
        (3 * DAY, "3 days ago"),
        (-5, "just now"),
    ],
)
def test_a_past_moment_is_told_by_its_distance_and_exact_on_hover(seconds: int, words: str) -> None:
    written = filters.ago(NOON - seconds)

    assert f">{words}</time>" in written
    assert 'title="' in written and "UTC" in written and 'datetime="2026-' in written


def test_a_moment_long_past_is_told_by_its_date() -> None:
    assert ">22 Aug 2026</time>" in filters.ago(NOON - 30 * DAY)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "in 1 min"),
        (5 * MINUTE, "in 5 min"),
        (2 * HOUR - MINUTE, "in 1 h 59 min"),
        (3 * DAY, "in 3 days"),
        (40 * DAY, "31 Oct 2026"),
    ],
)
def test_an_end_is_told_by_its_distance(seconds: int, words: str) -> None:
    assert f">{words}</time>" in filters.until(NOON + seconds)


def test_an_end_that_has_come_is_told_with_its_moment() -> None:
    assert filters.until(NOON).startswith("ended ")


@pytest.mark.parametrize(
    ("present", "before", "words"),
    [
        (1500, 1250, "+20.0\u202f% on the day before"),
        (900, 1000, "\u221210.0\u202f% on the day before"),
        (1000, 1000, "±0.0\u202f% on the day before"),
        (5, 0, "no figure for the day before"),
    ],
)
def test_a_change_is_told_with_its_sign(present: int, before: int, words: str) -> None:
    assert filters.change(present, before) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (9_999_999, "9,999,999"), (12_340_000, "12.3\u202fM"), (6_615_000_000, "6,615\u202fM")],
)
def test_a_large_figure_is_shortened_where_the_place_is_narrow(number: int, words: str) -> None:
    assert filters.brief(number) == words


def test_a_figure_takes_its_noun_in_the_right_number() -> None:
    assert filters.counted(1, "query", "queries") == "1 query"
    assert filters.counted(0, "warning") == "0 warnings"
    assert filters.percent(1, 0) == "–"


@pytest.mark.parametrize(
    ("text", "markup"),
    [
        ("accept it with `gatepost feed accept x`.", "accept it with <code>gatepost feed accept x</code>."),
        ("`a` and `<b>`", "<code>a</code> and <code>&lt;b&gt;</code>"),
        ("one ` alone & <b>", "one ` alone &amp; &lt;b&gt;"),
        ("plain", "plain"),
    ],
)
def test_a_command_in_a_sentence_becomes_code(text: str, markup: str) -> None:
    assert filters.marked(text) == markup
