"""The trend: hours are UTC, days and weeks the reader's; what was before the first count is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from reputation.counting.volumes import DAY, WEEK
from reputation.insight import trends
from reputation.insight.trends import CountryTrend
from reputation.store.db import Store
from reputation.store.models import CountryDay, VolumeHour
from reputation.verdict.counters import HOUR
from tests import neighbour
from tests.conftest import NOON

VIENNA = ZoneInfo("Europe/Vienna")


def at(zone: ZoneInfo, *date: int) -> int:
    return int(datetime(*date, tzinfo=zone).timestamp())  # type: ignore[misc,arg-type]


def volume(hour: int, count: int) -> None:
    VolumeHour.create(hour=hour, volume=count)


@pytest.mark.parametrize(("kind", "steps"), [("week", 168), ("month", 30), ("year", 52)])
def test_a_trend_has_all_its_steps_and_ends_with_the_present_one(store: Store, kind: str, steps: int) -> None:
    volume(NOON, 7)

    found = trends.trend(kind, UTC, NOON + 60)

    assert len(found.points) == steps
    assert found.points[-1].volume == found.total == 7
    assert found.points[-1].begins <= NOON


def test_a_day_before_the_first_count_is_blank_and_a_day_without_spam_is_nought(store: Store) -> None:
    volume(NOON - 2 * DAY, 4)
    volume(NOON, 1)

    assert [point.volume for point in trends.trend("month", UTC, NOON).points[-4:]] == [None, 4, 0, 1]


def test_nothing_counted_is_no_figure_at_all(store: Store) -> None:
    found = trends.trend("week", UTC, NOON)

    assert {point.volume for point in found.points} == {None}
    assert (found.total, found.before) == (0, None)


def test_a_day_is_the_readers_though_the_clock_changes_in_it(store: Store) -> None:
    change = at(VIENNA, 2026, 10, 25)  # a day of 25 hours
    for hour in range(change - HOUR, change + 26 * HOUR, HOUR):
        volume(hour, 1)

    points = trends.trend("month", VIENNA, change + 26 * HOUR - 1).points

    assert [point.volume for point in points[-3:]] == [1, 25, 1]
    assert points[-1].begins == at(VIENNA, 2026, 10, 26)


def test_weeks_begin_on_the_readers_monday(store: Store) -> None:
    monday = at(VIENNA, 2026, 11, 23)
    volume(monday - HOUR, 3)
    volume(monday, 5)

    assert [point.volume for point in trends.trend("year", VIENNA, monday + 60).points[-2:]] == [3, 5]


def test_the_span_before_is_told_only_where_all_of_it_was_counted(store: Store) -> None:
    volume(NOON - 2 * WEEK + HOUR, 2)
    volume(NOON - WEEK, 3)
    volume(NOON, 10)

    assert trends.trend("week", UTC, NOON).before == 5
    assert trends.trend("week", UTC, NOON - 2 * HOUR).before is None


def test_countries_are_summed_over_the_days_and_the_largest_comes_first(store: Store) -> None:
    today = NOON - NOON % DAY
    for day, country, count in (
        (today, "AT", 2),
        (today - 6 * DAY, "AT", 3),
        (today - 7 * DAY, "AT", 100),
        (today, "DE", 9),
        (today, "", 1),
    ):
        CountryDay.create(day=day, country=country, volume=count)

    def of_others(days: int) -> list[CountryTrend]:
        return [one for one in trends.countries(days, NOON) if one.code != neighbour.COUNTRY]

    assert of_others(7) == [CountryTrend("DE", 9), CountryTrend("AT", 5), CountryTrend("", 1)]
    assert of_others(1) == [CountryTrend("DE", 9), CountryTrend("AT", 2), CountryTrend("", 1)]
