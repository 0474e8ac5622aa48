"""Report > Queries per Hour: the queries of each hour, and those that matched."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from portal.auth import signed_in_user
from portal.reports import report_page, rows
from reputation.insight import query_reports
from reputation.insight.query_reports import Report

blueprint = Blueprint("queries_per_hour", __name__, url_prefix="/report")


@blueprint.get("/queries-per-hour")
def show() -> ResponseReturnValue:
    """Show every hour of the range: its queries, and those that matched."""
    view, report = _asked()
    return report_page.page(
        "reports/queries_over_time.html", view, step="hour", report=report, rows=rows.of_hours(report)
    )


@blueprint.get("/queries-per-hour.csv")
def download() -> ResponseReturnValue:
    """Send the same table, the oldest hour first."""
    return rows.file("queries-per-hour", "Hour", *_asked())


def _asked() -> tuple[report_page.ReportView, Report]:
    view = report_page.from_request("24h", report_page.LONGEST_HOURLY)
    return view, query_reports.by_hour(signed_in_user().organization.id, view.query)
