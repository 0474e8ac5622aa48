"""The queries of an organization and their answers, hour by hour or day by day.

It reads the hour tables and writes nothing. Connections are counted, by the rule of counting/connections.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from typing import NamedTuple

from peewee import fn

from reputation.counting import connections
from reputation.counting.connections import NOT_LISTED
from reputation.insight import periods
from reputation.insight.periods import Period
from reputation.store.models import Organization, QueryHour
from reputation.verdict.counters import HOUR
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
    BLOCKED_COUNTRY,
    BLOCKED_ISP,
    DUL,
    DYNAMIC,
    DYNAMIC_LISTING,
    ETL,
    KSS,
    STANDARD,
)

BOTH = "both"
DATABASES = {BOTH: (STANDARD, DYNAMIC), "standard": (STANDARD,), "dynamic": (DYNAMIC,)}


class Decider(NamedTuple):
    """A reason for a match, with the database and the return code that it gives."""

    name: str
    database: int
    code: int


DECIDERS = (
    Decider("KSS", STANDARD, KSS),
    Decider("DUL", STANDARD, DUL),
    Decider("ETL", STANDARD, ETL),
    Decider("Blocked address", STANDARD, BLOCKED_ADDRESS),
    Decider("Blocked ISP", STANDARD, BLOCKED_ISP),
    Decider("Blocked country", STANDARD, BLOCKED_COUNTRY),
    Decider("Dynamic", DYNAMIC, DYNAMIC_LISTING),
)
REFUSING = tuple(one.code for one in DECIDERS if one.database == STANDARD)
PARTS = (*((STANDARD, code) for code in REFUSING), (DYNAMIC, DYNAMIC_LISTING))  # of the matches of an hour
CODES = tuple(sorted({decider.code for decider in DECIDERS}))


class ReportQuery(NamedTuple):
    """What a reader wants counted: a database or both, and the matches of one return code.

    `code` None means all matches, 0 what was not listed.
    """

    period: Period
    database: str = BOTH
    code: int | None = None

    @property
    def deciders(self) -> tuple[Decider, ...]:
        """Return the reasons whose matches are wanted; none where unlisted connections are wanted."""
        return tuple(
            decider
            for decider in DECIDERS
            if decider.database in DATABASES[self.database] and self.code in (None, decider.code)
        )


class Point(NamedTuple):
    """An hour or a day: its queries, the wanted ones among them, and these by reason (as in `deciders`).

    All three are None where it ended before the organization began.
    """

    begins: int
    queries: int | None
    matched: int | None
    by: tuple[int, ...] | None


class Report(NamedTuple):
    """The points, the oldest first, and their totals.

    `refused` and `deferred` are the parts of `matched`; both are 0 where unlisted connections are wanted.
    """

    points: tuple[Point, ...]
    queries: int
    matched: int
    by: tuple[int, ...]
    refused: int
    deferred: int

    @property
    def busiest(self) -> Point | None:
        """Return the point with the most queries; None where nobody asked."""
        asked = [point for point in self.points if point.queries]
        return max(asked, key=lambda point: point.queries or 0, default=None)

    @property
    def counted(self) -> int:
        """Count the points that are not blank."""
        return sum(point.queries is not None for point in self.points)


def by_hour(organization_id: int, query: ReportQuery) -> Report:
    """Make the report with a point for each hour of the period."""
    return _report(organization_id, query, periods.hours(query.period))


def by_day(organization_id: int, query: ReportQuery, zone: tzinfo) -> Report:
    """Make the report with a point for each day of the reader's time zone."""
    return _report(organization_id, query, periods.days(query.period, zone))


Sums = tuple[int, ...]  # queries, matched, and one for each decider


def _report(organization_id: int, query: ReportQuery, begins: Sequence[int]) -> Report:
    start = _start(organization_id)
    nothing = (0,) * (2 + len(query.deciders))
    sums = [nothing] * len(begins)
    place = 0
    for hour, counts in _hours(organization_id, query):
        while place + 1 < len(begins) and begins[place + 1] <= hour:
            place += 1
        sums[place] = _plus(sums[place], counts)
    total = nothing
    for counts in sums:
        total = _plus(total, counts)
    ends = [*begins[1:], query.period.end][: len(begins)]  # in the first half hour of a day no hour may have begun
    points = (
        Point(at, counts[0], counts[1], counts[2:]) if end > start else Point(at, None, None, None)
        for at, end, counts in zip(begins, ends, sums, strict=True)
    )
    refused, deferred = (_part(query, total[2:], database) for database in (STANDARD, DYNAMIC))
    return Report(tuple(points), total[0], total[1], total[2:], refused, deferred)


def _part(query: ReportQuery, by: Sequence[int], database: int) -> int:
    return sum(count for one, count in zip(query.deciders, by, strict=True) if one.database == database)


def _hours(organization_id: int, query: ReportQuery) -> Iterator[tuple[int, Sums]]:
    """The hours in which anybody asked, in their order; summed up by the database, a year of them in one go."""
    hours = periods.hours(query.period)
    if not hours:
        return
    places = [PARTS.index((one.database, one.code)) for one in query.deciders]
    is_unlisted = query.code == NOT_LISTED
    for hour in connections.by_hour(organization_id, hours[0], hours[-1] + HOUR, DATABASES[query.database], REFUSING):
        counts, parts = hour.counts, (*hour.refused_by, hour.counts.deferred)
        by = tuple(parts[place] for place in places)
        yield hour.begins, (counts.asked, counts.asked - counts.matched if is_unlisted else sum(by), *by)


def _start(organization_id: int) -> int:
    """Since when there may be figures: when the organization was added, or its first query, if that was before."""
    added = Organization.select(Organization.created_at).where(Organization.id == organization_id).scalar()
    first = QueryHour.select(fn.MIN(QueryHour.hour)).where(QueryHour.organization == organization_id).scalar()
    return min(int(timestamp) for timestamp in (added, first) if timestamp is not None)


def _plus(one: Sums, other: Sums) -> Sums:
    return tuple(map(int.__add__, one, other))
