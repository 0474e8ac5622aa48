"""Report > Percentage Queries: how many of the queries matched, and what decided that."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.auth import signed_in_user
from portal.reports import report_page, rows
from portal.times import time_zone
from reputation.counting import watched
from reputation.insight import query_reports
from reputation.insight.query_reports import Report
from reputation.verdict.zones import CATEGORY_NAMES

blueprint = Blueprint("percentage_queries", __name__, url_prefix="/report")

SHORT = 2 * 86400  # seconds: a range up to this is shown by the hour
WORDS = {
    **{name: f"{name}, {words}" for name, words in CATEGORY_NAMES.items()},
    "Blocked address": "Your blocked addresses and networks",
    "Blocked ISP": "Your blocked ISPs",
    "Blocked country": "Your blocked countries",
    "Dynamic": "Dynamic database, at your level",
}


@blueprint.get("/percentage-queries")
def show() -> ResponseReturnValue:
    """Show the share of the queries that matched, over time, and what decided that."""
    view = report_page.from_request("30d")
    report, step = _report(view)
    table = rows.of_hours(report) if step == "hour" else rows.of_days(report)
    deciders = view.query.deciders
    period = view.query.period
    told = {"report": report, "step": step, "rows": table, "deciders": deciders, "words": WORDS}
    on_watch = watched.of_organization(signed_in_user().organization.id, period.first, period.end)
    return report_page.page("percentage_queries/show.html", view, **told, on_watch=on_watch)


@blueprint.get("/percentage-queries.csv")
def download() -> ResponseReturnValue:
    """Send the table with a column for each kind of decision."""
    view = report_page.from_request("30d")
    report, step = _report(view)
    return rows.file("percentage-queries", step.capitalize(), view, report, [one.name for one in view.query.deciders])


def _report(view: report_page.ReportView) -> tuple[Report, str]:
    organization = signed_in_user().organization.id
    if view.period.end - view.period.first <= SHORT:
        return query_reports.by_hour(organization, view.query), "hour"
    return query_reports.by_day(organization, view.query, time_zone()), "day"
