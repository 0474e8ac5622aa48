"""How much spam there is in total, by hour, day and week, and by country.

Hours are kept in UTC; days and weeks begin in the reader's time zone, so that a day of 23 or 25 hours is whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import NamedTuple

from peewee import fn

from reputation.counting.volumes import DAY
from reputation.insight import periods, shared_volumes
from reputation.store.models import CountryDay, VolumeHour
from reputation.verdict.counters import HOUR


class Span(NamedTuple):
    """The time that a trend covers: a number of steps, each an hour, a day or a week."""

    steps: int
    step: str


SPANS = {"week": Span(7 * 24, "hour"), "month": Span(30, "day"), "year": Span(52, "week")}


class TrendPoint(NamedTuple):
    """One step: when it begins (Unix seconds) and its volume; None where nothing was counted yet at its end."""

    begins: int
    volume: int | None


class Trend(NamedTuple):
    """The points, the present one last; their total; and the total of the same span before, None if unknown."""

    points: tuple[TrendPoint, ...]
    total: int
    before: int | None


class CountryTrend(NamedTuple):
    """The volume of a country; `code` is "" for addresses whose country is not known."""

    code: str
    volume: int


def trend(kind: str, zone: tzinfo, now: int) -> Trend:
    """Compute the trend of a span: week, month or year."""
    span = SPANS[kind]
    begins = _steps(span, zone, now)
    end = now - now % HOUR + HOUR
    first = VolumeHour.select(fn.MIN(VolumeHour.hour)).scalar()
    sums = [0] * len(begins)
    place = 0
    for hour, volume in _hours(begins[0], end):
        while place + 1 < len(begins) and begins[place + 1] <= hour:
            place += 1
        sums[place] += volume
    ends = [*begins[1:], end]
    known = [first is not None and end > first for end in ends]
    points = tuple(
        TrendPoint(at, volume if is_known else None) for at, volume, is_known in zip(begins, sums, known, strict=True)
    )
    earlier = begins[0] - (end - begins[0])
    before = sum(volume for _, volume in _hours(earlier, begins[0])) if first is not None and first <= earlier else None
    return Trend(points, sum(sums), before)


def countries(days: int, now: int) -> list[CountryTrend]:
    """Return the volume of each country in the last days (UTC), of which today is the last; the largest first.

    It is the volume that we have counted, with what other installations add to it.
    """
    first, end = now - now % DAY - (days - 1) * DAY, now - now % DAY + DAY
    total = fn.SUM(CountryDay.volume)
    rows = CountryDay.select(CountryDay.country, total).where(CountryDay.day >= first).group_by(CountryDay.country)
    own = {code: int(volume) for code, volume in rows.tuples()}
    found = shared_volumes.of_countries(own, first, end)
    return [CountryTrend(code, volume) for code, volume in sorted(found.items(), key=lambda one: (-one[1], one[0]))]


def _hours(first: int, end: int) -> Iterator[tuple[int, int]]:
    rows = VolumeHour.select(VolumeHour.hour, VolumeHour.volume).where(
        (VolumeHour.hour >= first) & (VolumeHour.hour < end)
    )
    return ((hour, int(volume)) for hour, volume in rows.order_by(VolumeHour.hour).tuples())


def _steps(span: Span, zone: tzinfo, now: int) -> list[int]:
    """When the steps begin, the one that holds the present moment last."""
    if span.step == "hour":
        present = now - now % HOUR
        return list(range(present - (span.steps - 1) * HOUR, present + HOUR, HOUR))
    today = datetime.fromtimestamp(now, zone).date()
    days = 1 if span.step == "day" else 7
    last = today - timedelta(days=today.weekday() if days == 7 else 0)
    dates = [last - timedelta(days=days * back) for back in range(span.steps - 1, -1, -1)]
    return [periods.midnight(date, zone) for date in dates]
