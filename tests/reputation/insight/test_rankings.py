"""The ISP Spam List: ranks of two weeks, the volume of 24 hours and the line of seven days."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reputation.counting import volumes
from reputation.counting.volumes import DAY, WEEK
from reputation.insight import rankings
from reputation.insight.rankings import Ranked, Volume
from reputation.store import db
from reputation.store.db import Store
from reputation.verdict.counters import HOUR
from tests.conftest import NOON, undone
from tests.snapshots import origins

ONE, TWO, THREE = 64500, 64501, 64502
KNOWN = origins(
    {
        "192.0.2.0/24": (ONE, "AT", "One"),
        "198.51.100.0/24": (TWO, "DE", "Two"),
        "203.0.113.0/24": (THREE, "FR", "Three"),
    }
)
VALUES = {ONE: 0xC0000201, TWO: 0xC6336401, THREE: 0xCB007101}
WEEK_NOW = volumes.week_of(NOON)
WEEK_BEFORE = WEEK_NOW - WEEK


def spam(asn: int, at: int, times: int = 1) -> None:
    with db.write():
        volumes.add([(at, 4, VALUES[asn])] * times, KNOWN)


@pytest.fixture
def counted(store: Store) -> Store:
    spam(ONE, WEEK_BEFORE, 5)
    spam(TWO, WEEK_BEFORE, 7)
    spam(ONE, NOON, 9)
    spam(TWO, NOON, 2)
    spam(THREE, NOON, 2)
    return store


def test_isps_rank_by_the_volume_of_the_week_and_keep_last_weeks_rank(counted: Store) -> None:
    assert rankings.ranking(WEEK_NOW, 100) == [
        Ranked(ONE, 1, 2, 9),
        Ranked(TWO, 2, 1, 2),
        Ranked(THREE, 2, None, 2),
    ]
    assert rankings.ranking(WEEK_BEFORE, 100) == [Ranked(TWO, 1, None, 7), Ranked(ONE, 2, None, 5)]


def test_one_isp_has_the_same_rank_by_itself(counted: Store) -> None:
    for one in rankings.ranking(WEEK_NOW, 100):
        assert rankings.rank_of(one.asn, WEEK_NOW) == one.rank
    assert rankings.rank_of(THREE, WEEK_BEFORE) is None


def test_after_a_rank_that_two_share_the_next_one_is_left_out(counted: Store) -> None:
    spam(TWO, NOON, 20)
    spam(THREE, NOON, 20)

    assert [(one.asn, one.rank) for one in rankings.ranking(WEEK_NOW, 100)] == [(TWO, 1), (THREE, 1), (ONE, 3)]


def test_as_many_are_returned_as_are_wanted_the_first_ones(counted: Store) -> None:
    assert rankings.ranking(WEEK_NOW, 2) == rankings.ranking(WEEK_NOW, 100)[:2]
    assert rankings.count(WEEK_NOW) == 3


def test_a_search_finds_isps_with_the_ranks_that_they_have_among_all(counted: Store) -> None:
    found = rankings.search(WEEK_NOW, lambda asn: asn != ONE, 1)

    assert found == ([Ranked(TWO, 2, 1, 2)], 2)
    assert rankings.search(WEEK_NOW, lambda _: True, 100) == (rankings.ranking(WEEK_NOW, 100), 3)


@given(st.lists(st.tuples(st.sampled_from([ONE, TWO, THREE]), st.integers(0, 2), st.integers(1, 3)), max_size=20))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ranks_are_the_same_before_they_are_stored_and_after(store: Store, seen: list[tuple[int, int, int]]) -> None:
    with undone(store):
        for asn, weeks_ago, times in seen:
            spam(asn, NOON - weeks_ago * WEEK, times)
        weeks = [WEEK_NOW - ago * WEEK for ago in range(3)]
        counted = [ranks_by_hand(seen, ago) for ago in range(3)]

        for _ in range(2):
            assert [{asn: rankings.rank_of(asn, week) for asn in counted[0]} for week in weeks] == counted
            for week, ranks, before in zip(weeks, counted, counted[1:], strict=False):
                assert {one.asn: (one.rank, one.rank_before) for one in rankings.ranking(week, 9)} == {
                    asn: (rank, before[asn]) for asn, rank in ranks.items() if rank
                }
            volumes.store_ranks(NOON)


def ranks_by_hand(seen: list[tuple[int, int, int]], weeks_ago: int) -> dict[int, int | None]:
    """The rank of each ISP: how many had more than it, and one."""
    sums = {asn: sum(times for one, ago, times in seen if (one, ago) == (asn, weeks_ago)) for asn in VALUES}
    return {asn: 1 + sum(other > own for other in sums.values()) if own else None for asn, own in sums.items()}


def test_the_weeks_with_a_ranking_can_be_chosen_and_the_present_one_always(counted: Store) -> None:
    assert rankings.weeks(NOON) == [WEEK_NOW, WEEK_BEFORE]
    assert rankings.weeks(NOON + WEEK) == [WEEK_NOW + WEEK, WEEK_NOW, WEEK_BEFORE]


def test_before_the_first_spam_of_a_week_the_week_before_is_shown(counted: Store) -> None:
    assert rankings.default_week(NOON) == WEEK_NOW
    assert rankings.default_week(WEEK_NOW + WEEK) == WEEK_NOW


@pytest.mark.alone("no ISP has sent any spam yet")
def test_without_any_spam_there_is_the_present_week_alone(store: Store) -> None:
    assert not rankings.has_any()
    assert rankings.default_week(NOON) == WEEK_NOW
    assert rankings.weeks(NOON) == [WEEK_NOW]


def test_a_week_has_the_name_of_iso_8601() -> None:
    assert rankings.name(rankings.parse_week("2026-W53") or 0) == "2026-W53"  # its Sunday is 3 January 2027
    assert rankings.parse_week("2026-W01") == 1_766_966_400  # Monday 29 December 2025


@pytest.mark.parametrize("text", ["2025-W53", "2026-W60", "2026-48", "W48", "x", "", "2026-W01; drop", "99999-W01"])
def test_what_is_no_week_is_none(text: str) -> None:
    assert rankings.parse_week(text) is None


def test_the_volume_is_of_24_hours_the_present_one_included(counted: Store) -> None:
    spam(ONE, NOON - 23 * HOUR, 3)
    spam(ONE, NOON - 24 * HOUR, 4)

    volume = rankings.volumes([ONE, THREE], WEEK_NOW, NOON + 1800)

    assert volume[ONE].day == 12
    assert volume[ONE].line[-1] == 9 and sum(volume[ONE].line) == 16  # what was asked a week ago lies before it
    assert volume[THREE].day == 2 and len(volume[THREE].line) == rankings.LINE_POINTS


def test_of_a_week_that_is_over_the_volume_is_its_sunday_and_the_line_its_days(counted: Store) -> None:
    spam(ONE, WEEK_NOW - 1, 4)

    assert rankings.volumes([ONE, THREE], WEEK_BEFORE, NOON) == {
        ONE: Volume(4, (5, 0, 0, 0, 0, 0, 4)),
        THREE: Volume(0, (0,) * 7),
    }


def test_the_hours_of_an_isp_are_whole_and_an_hour_without_spam_is_nought(counted: Store) -> None:
    found = rankings.hours(ONE, NOON + 5)

    assert len(found) == 7 * 24
    assert found[-1] == (NOON, 9) and found[-2] == (NOON - HOUR, 0)
    assert found[0][0] == NOON - 7 * DAY + HOUR
