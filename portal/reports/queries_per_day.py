"""Report > Queries per Day: the queries of each day, and those that matched."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.auth import signed_in_user
from portal.reports import report_page, rows
from portal.times import time_zone
from reputation.insight import query_reports
from reputation.insight.query_reports import Report

blueprint = Blueprint("queries_per_day", __name__, url_prefix="/report")


@blueprint.get("/queries-per-day")
def show() -> ResponseReturnValue:
    """Show every day of the range: its queries, and those that matched."""
    view, report = _asked()
    return report_page.page(
        "reports/queries_over_time.html", view, step="day", report=report, rows=rows.of_days(report)
    )


@blueprint.get("/queries-per-day.csv")
def download() -> ResponseReturnValue:
    """Send the same table, the oldest day first."""
    return rows.file("queries-per-day", "Day", *_asked())


def _asked() -> tuple[report_page.ReportView, Report]:
    view = report_page.from_request("30d")
    return view, query_reports.by_day(signed_in_user().organization.id, view.query, time_zone())
