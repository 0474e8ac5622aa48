"""Figures of an organization's queries, read from the hour tables. Writes nothing."""

from __future__ import annotations

from typing import NamedTuple

from peewee import fn

from reputation.store.models import QueryHour
from reputation.verdict.counters import HOUR
from reputation.verdict.zones import DYNAMIC, STANDARD

DAY = 24 * HOUR


class Hour(NamedTuple):
    """One hour: `begins` in Unix seconds, connections asked about, and those refused or deferred."""

    begins: int
    queries: int
    matched: int


class Day(NamedTuple):
    """The last 24 hours, the present one included, and what the 24 hours before came to.

    A mail server asks both databases about a connection that the standard one does not list, so `queries` counts the
    standard database alone; `deferred` are matches of the dynamic one.
    """

    queries: int
    matched: int
    deferred: int
    previous_queries: int
    hours: tuple[Hour, ...]


def last_24_hours(organization_id: int, now: int) -> Day:
    """Figures of the 24 hours that end with the present one."""
    present = now - now % HOUR
    first = present - DAY + HOUR
    rows = _counts(organization_id, first, present + HOUR)
    hours = tuple(_hour(begins, rows) for begins in range(first, present + HOUR, HOUR))
    before = _counts(organization_id, first - DAY, first)
    return Day(
        queries=sum(hour.queries for hour in hours),
        matched=_total(rows, STANDARD, matched=True),
        deferred=_total(rows, DYNAMIC, matched=True),
        previous_queries=_connections(before),
        hours=hours,
    )


Counts = dict[tuple[int, int, bool], int]  # hour, database, matched


def _counts(organization_id: int, first: int, end: int) -> Counts:
    matched = (QueryHour.code > 0).alias("matched")
    rows = (
        QueryHour.select(QueryHour.hour, QueryHour.database, matched, fn.SUM(QueryHour.queries).alias("total"))
        .where((QueryHour.organization == organization_id) & (QueryHour.hour >= first) & (QueryHour.hour < end))
        .group_by(QueryHour.hour, QueryHour.database, matched)
        .tuples()
    )
    return {(hour, database, bool(hit)): int(total) for hour, database, hit, total in rows}


def _hour(begins: int, rows: Counts) -> Hour:
    here = {key: count for key, count in rows.items() if key[0] == begins}
    matched = _total(here, STANDARD, matched=True) + _total(here, DYNAMIC, matched=True)
    return Hour(begins, _connections(here), matched)


def _connections(rows: Counts) -> int:
    """One database asked alone counts; where both are, the one that was asked more often has every connection."""
    return max(sum(count for key, count in rows.items() if key[1] == database) for database in (STANDARD, DYNAMIC))


def _total(rows: Counts, database: int, matched: bool) -> int:
    return sum(count for key, count in rows.items() if key[1:] == (database, matched))
