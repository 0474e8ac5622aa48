"""Figures of an organization's last 24 hours, for General and the operator. It changes nothing.

counting/connections.py defines what is asked, refused and deferred.
"""

from __future__ import annotations

from typing import NamedTuple

from reputation.counting import connections
from reputation.counting.connections import Counts
from reputation.verdict.counters import HOUR

DAY = 24 * HOUR


class Hour(NamedTuple):
    """One hour: `begins` in Unix seconds, connections asked about, and those refused or deferred."""

    begins: int
    queries: int
    matched: int


class Day(NamedTuple):
    """The last 24 hours, including the present one, and the queries of the 24 hours before. All are connections."""

    queries: int
    refused: int
    deferred: int
    previous_queries: int
    hours: tuple[Hour, ...]

    @property
    def matched(self) -> int:
        """Count those that were refused or deferred."""
        return Counts(self.queries, self.refused, self.deferred).matched


def last_24_hours(organization_id: int, now: int) -> Day:
    """Compute the figures of the 24 hours that end with the present hour."""
    first, end = span(now)
    found = {hour.begins: hour.counts for hour in connections.by_hour(organization_id, first, end)}
    hours = [(begins, found.get(begins, Counts())) for begins in range(first, end, HOUR)]
    return Day(
        queries=sum(counts.asked for counts in found.values()),
        refused=sum(counts.refused for counts in found.values()),
        deferred=sum(counts.deferred for counts in found.values()),
        previous_queries=connections.total(organization_id, first - DAY, first).asked,
        hours=tuple(Hour(begins, counts.asked, counts.matched) for begins, counts in hours),
    )


def span(now: int) -> tuple[int, int]:
    """Return the beginning and the end (Unix seconds) of the 24 hours that end with the present hour."""
    end = now - now % HOUR + HOUR
    return end - DAY, end
