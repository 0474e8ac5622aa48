"""Spans of time that reports are about, and their hours and days. It knows a time zone and no table.

Counts are kept by the hour of UTC. A day is one of the reader's time zone: it begins at local midnight, and has 23 or
25 hours where the clock changes. In a zone with half hours (Asia/Kolkata) an hour of UTC begins at half past; it
belongs to the day in which it begins.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple

from reputation.refusal import Refused
from reputation.verdict.counters import HOUR

DAY = 24 * HOUR
LONGEST_DAYS = 1098  # three years, with a leap day on either side
EARLIEST = date(2000, 1, 1)


class Period(NamedTuple):
    """`first` and `end` in Unix seconds. `end` is exclusive, and at most the end of the present hour."""

    first: int
    end: int


def last_24_hours(now: int) -> Period:
    """Return the 24 hours that end with the present hour."""
    end = _next_hour(now)
    return Period(end - DAY, end)


def last_days(count: int, zone: tzinfo, now: int) -> Period:
    """Return the period of `count` days in the reader's time zone, of which today is the last."""
    today = _date(now, zone)
    return _of_days(today - timedelta(days=count - 1), today, zone, now)


def between(first: date, last: date, zone: tzinfo, now: int, longest: int = LONGEST_DAYS) -> Period:
    """Return the period from one day to another, both included.

    Raise Refused where the days are in the wrong order, in the future, or too far apart.
    """
    today = _date(now, zone)
    if last < first:
        raise Refused("The last day is before the first one: change one of them.")
    if first > today:
        raise Refused("The first day has not come yet: choose today or a day before.")
    if first < EARLIEST:
        raise Refused(f"Nothing was counted so long ago: choose a day from {EARLIEST.year} on.")
    last = min(last, today)
    if (last - first).days >= longest:
        raise Refused(f"These are {(last - first).days + 1:,} days: choose at most {longest:,}.")
    return _of_days(first, last, zone, now)


def hours(period: Period) -> list[int]:
    """Return when the hours of a period begin (Unix seconds)."""
    return list(range(-(-period.first // HOUR) * HOUR, period.end, HOUR))


def days(period: Period, zone: tzinfo) -> list[int]:
    """Return when the days of a period begin (Unix seconds); the first one may begin later than midnight."""
    on, last = _date(period.first, zone), _date(period.end - 1, zone)
    begins = [midnight(on + timedelta(days=more), zone) for more in range((last - on).days + 1)]
    return [max(begin, period.first) for begin in begins]


def midnight(on: date, zone: tzinfo) -> int:
    """Return when a day begins (Unix seconds); where the clock jumps over midnight, its first moment."""
    return int(datetime(on.year, on.month, on.day, tzinfo=zone).timestamp())


def length(begins: int, zone: tzinfo) -> int:
    """Return the number of hours of the day that contains a moment: 24, or 23 or 25 where the clock changes."""
    on = _date(begins, zone)
    return round((midnight(on + timedelta(days=1), zone) - midnight(on, zone)) / HOUR)


def _of_days(first: date, last: date, zone: tzinfo, now: int) -> Period:
    """Return the period of these days; where half hours count, the present hour may reach into tomorrow."""
    return Period(midnight(first, zone), min(midnight(last + timedelta(days=1), zone), _next_hour(now)))


def _date(timestamp: int, zone: tzinfo) -> date:
    return datetime.fromtimestamp(timestamp, zone).date()


def _next_hour(now: int) -> int:
    return now - now % HOUR + HOUR
