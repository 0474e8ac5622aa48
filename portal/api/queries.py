"""/queries: the organization's figures, as the reports show them, by hours and days of UTC."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.schemas import COUNT, MOMENT, Schema, fields, maybe, number, several
from portal.times import iso_or_none
from reputation.counting import watched
from reputation.counting.connections import DEFINITIONS
from reputation.insight import periods, query_reports
from reputation.insight.query_reports import DECIDERS, Report, ReportQuery

WHICH: Schema = {"type": "string", "enum": ["both", "standard", "dynamic"], "default": "both"}
BY: Schema = {
    "type": "object",
    "description": f"Matches by what decided: {', '.join(one.name for one in DECIDERS)}.",
    "additionalProperties": COUNT,
}
FIGURES: dict[str, Schema] = {
    "queries": {**COUNT, "description": DEFINITIONS["Asked"]},
    "refused": {**COUNT, "description": DEFINITIONS["Refused"]},
    "deferred": {**COUNT, "description": DEFINITIONS["Deferred"]},
    "matched": {**COUNT, "description": DEFINITIONS["Matched"]},
}
POINT = fields(
    {"begins": MOMENT, "queries": maybe(FIGURES["queries"]), "matched": maybe(FIGURES["matched"]), "by": maybe(BY)}
)
REPORT = fields({**FIGURES, "by": BY, "points": several(POINT)})
ON_WATCH = fields(
    {
        "list": {"type": "string"},
        "database": {"type": "string", "enum": ["standard", "dynamic"]},
        "would_match": {**COUNT, "description": "About how many that nothing else matched, by the sample of the log"},
        "matched_without": {**COUNT, "description": "Connections that it lists, and that were matched without it"},
    }
)
SHARE = fields({"decided_by": {"type": "string"}, "queries": COUNT, "percent": {"type": "number", "minimum": 0}})


@operation(
    "GET",
    "/queries/hours",
    "Connections asked about and matched, hour by hour",
    "read",
    REPORT,
    query={"days": number(1, 92, 1), "database": WHICH},
)
def queries_by_hour(days: int, database: str) -> dict[str, Any]:
    """Return the hours of the last days of UTC, today included; null before the organization existed."""
    query = ReportQuery(periods.last_days(days, UTC, g.now), database)
    return _report(query, query_reports.by_hour(bearer().organization.id, query))


@operation(
    "GET",
    "/queries/days",
    "Connections asked about and matched, day by day",
    "read",
    REPORT,
    query={"days": number(1, 1098, 30), "database": WHICH},
)
def queries_by_day(days: int, database: str) -> dict[str, Any]:
    """Return the last days of UTC, today included; null before the organization existed."""
    query = ReportQuery(periods.last_days(days, UTC, g.now), database)
    return _report(query, query_reports.by_day(bearer().organization.id, query, UTC))


@operation(
    "GET",
    "/queries/percentages",
    "Which share of the connections matched, by what decided",
    "read",
    fields({**FIGURES, "shares": several(SHARE), "on_watch": several(ON_WATCH)}),
    query={"days": number(1, 1098, 30), "database": WHICH},
)
def query_percentages(days: int, database: str) -> dict[str, Any]:
    """Return the shares over the last days of UTC, today included, and what lists on watch would have done."""
    query = ReportQuery(periods.last_days(days, UTC, g.now), database)
    found = query_reports.by_day(bearer().organization.id, query, UTC)
    shares = [
        {"decided_by": one.name, "queries": count, "percent": round(100 * count / found.queries, 3) if count else 0}
        for one, count in zip(query.deciders, found.by, strict=True)
    ]
    on_watch = [
        {
            "list": one.name,
            "database": one.database,
            "would_match": one.found.more,
            "matched_without": one.found.already,
        }
        for one in watched.of_organization(bearer().organization.id, query.period.first, query.period.end)
    ]
    return {**_figures(found), "shares": shares, "on_watch": on_watch}


def _report(query: ReportQuery, found: Report) -> dict[str, Any]:
    names = [one.name for one in query.deciders]
    points = [
        {
            "begins": iso_or_none(point.begins),
            "queries": point.queries,
            "matched": point.matched,
            "by": None if point.by is None else dict(zip(names, point.by, strict=True)),
        }
        for point in found.points
    ]
    by = dict(zip(names, found.by, strict=True))
    return {**_figures(found), "by": by, "points": points}


def _figures(found: Report) -> dict[str, int]:
    return {
        "queries": found.queries,
        "refused": found.refused,
        "deferred": found.deferred,
        "matched": found.matched,
    }
