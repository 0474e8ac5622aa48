"""Hours and days of a span, in time zones whose clocks change and in one with a half hour."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from reputation.insight import periods
from reputation.insight.periods import DAY
from reputation.refusal import Refused
from reputation.verdict.counters import HOUR

VIENNA, KOLKATA, CAIRO = ZoneInfo("Europe/Vienna"), ZoneInfo("Asia/Kolkata"), ZoneInfo("Africa/Cairo")


def at(zone: tzinfo, *when: int) -> int:
    return int(datetime(*when, tzinfo=zone).timestamp())  # type: ignore[arg-type, misc]


def test_the_last_24_hours_end_with_the_present_one() -> None:
    now = at(UTC, 2026, 9, 21, 12, 40)

    hours = periods.hours(periods.last_24_hours(now))

    assert len(hours) == 24
    assert (hours[0], hours[-1]) == (at(UTC, 2026, 9, 20, 13), at(UTC, 2026, 9, 21, 12))


def test_days_are_the_readers() -> None:
    just_after_midnight = at(VIENNA, 2026, 9, 21, 0, 5)

    period = periods.last_days(7, VIENNA, just_after_midnight)

    assert periods.days(period, VIENNA) == [at(VIENNA, 2026, 9, day) for day in range(15, 22)]
    assert period.end == at(VIENNA, 2026, 9, 21, 1)
    assert periods.days(periods.last_days(7, UTC, just_after_midnight), UTC)[-1] == at(UTC, 2026, 9, 20)


@pytest.mark.parametrize(("month", "day", "length"), [(3, 29, 23), (10, 25, 25), (10, 24, 24)])
def test_a_day_on_which_the_clock_changes_has_23_or_25_hours(month: int, day: int, length: int) -> None:
    on = date(2026, month, day)

    period = periods.between(on, on, VIENNA, at(VIENNA, 2026, 12, 1))

    assert len(periods.hours(period)) == length
    assert periods.days(period, VIENNA) == [at(VIENNA, 2026, month, day)]
    assert periods.length(period.first + 5 * HOUR, VIENNA) == length


def test_days_around_a_change_of_the_clock_are_each_there_once() -> None:
    period = periods.between(date(2026, 10, 24), date(2026, 10, 26), VIENNA, at(VIENNA, 2026, 12, 1))

    assert periods.days(period, VIENNA) == [at(VIENNA, 2026, 10, day) for day in (24, 25, 26)]
    assert period.end - period.first == 3 * DAY + HOUR


def test_where_the_clock_jumps_over_midnight_the_day_begins_with_its_first_moment() -> None:
    jump = at(UTC, 2026, 4, 23, 22)  # 24 April, 0:00 becomes 1:00 in Cairo

    assert periods.midnight(date(2026, 4, 24), CAIRO) == jump
    assert periods.length(jump, CAIRO) == 23


def test_with_a_half_hour_an_hour_belongs_to_the_day_in_which_it_begins() -> None:
    on = date(2026, 9, 21)

    period = periods.between(on, on, KOLKATA, at(KOLKATA, 2026, 9, 30))
    hours = periods.hours(period)

    assert len(hours) == 24
    assert (hours[0], hours[-1]) == (at(KOLKATA, 2026, 9, 21, 0, 30), at(KOLKATA, 2026, 9, 21, 23, 30))


def test_days_that_follow_each_other_share_no_hour_and_lose_none() -> None:
    for zone in (UTC, VIENNA, KOLKATA):
        days = [
            periods.hours(periods.between(on, on, zone, at(zone, 2026, 12, 1)))
            for on in (date(2026, 10, 24), date(2026, 10, 25), date(2026, 10, 26))
        ]
        together = [hour for hours in days for hour in hours]
        assert together == list(range(together[0], together[-1] + HOUR, HOUR))


def test_a_span_that_has_not_ended_ends_with_the_present_hour() -> None:
    now = at(VIENNA, 2026, 9, 21, 12, 40)

    period = periods.between(date(2026, 9, 20), date(2027, 1, 1), VIENNA, now)

    assert period == (at(VIENNA, 2026, 9, 20), at(VIENNA, 2026, 9, 21, 13))


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 9, 21), date(2026, 9, 20), "before the first"),
        (date(2026, 9, 22), date(2026, 9, 23), "not come yet"),
        (date(1, 1, 1), date(2026, 9, 20), "2000"),
        (date(2020, 1, 1), date(2026, 9, 20), "at most 1,098"),
    ],
)
def test_what_is_no_span_is_refused_with_what_to_do(first: date, last: date, words: str) -> None:
    with pytest.raises(Refused, match=words):
        periods.between(first, last, VIENNA, at(VIENNA, 2026, 9, 21, 12))


def test_one_that_is_exactly_the_longest_is_not_refused() -> None:
    now = at(UTC, 2026, 9, 21, 12)

    assert periods.between(date(2026, 9, 12), date(2026, 9, 21), UTC, now, longest=10)
    with pytest.raises(Refused):
        periods.between(date(2026, 9, 11), date(2026, 9, 21), UTC, now, longest=10)


def test_with_a_half_hour_the_last_days_end_with_today_in_its_last_hour() -> None:
    now = at(KOLKATA, 2026, 9, 21, 23, 45)

    days = periods.days(periods.last_days(7, KOLKATA, now), KOLKATA)

    assert days == [at(KOLKATA, 2026, 9, day) for day in range(15, 22)]
