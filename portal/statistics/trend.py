"""The whole spam volume over a week, a month or a year: figures, a chart, and the table that it is drawn from."""

from __future__ import annotations

from flask import g, render_template, request
from flask.typing import ResponseReturnValue

from portal.downloads import csv_file
from portal.statistics.screen import blueprint, signed_percent
from portal.times import iso, time_zone
from reputation.insight import trends
from reputation.insight.trends import Trend

WORDS = {"week": "7 days by the hour", "month": "30 days", "year": "52 weeks"}
BEFORE = {"week": "the 7 days before", "month": "the 30 days before", "year": "the year before"}


@blueprint.get("/trend")
def show_trend() -> ResponseReturnValue:
    """Show the page; the span is in its URL."""
    kind = _kind()
    found = trends.trend(kind, time_zone(), g.now)
    known = [point for point in found.points if point.volume is not None]
    highest = max(known, key=lambda point: point.volume or 0, default=None)
    return render_template(
        "statistics/trend.html",
        trend=found,
        kind=kind,
        step=trends.SPANS[kind].step,
        words=WORDS,
        change_words=_change(found, BEFORE[kind]),
        highest=highest,
        known=known,
        now=g.now,
    )


@blueprint.get("/trend.csv")
def download_trend() -> ResponseReturnValue:
    """Send the table; each time is the beginning of a step, in UTC."""
    kind = _kind()
    points = trends.trend(kind, time_zone(), g.now).points
    rows = ((iso(point.begins), "" if point.volume is None else point.volume) for point in points)
    step = trends.SPANS[kind].step.capitalize()
    return csv_file(f"spam-trend-{kind}", (f"{step} (UTC)", "Spam Volume"), rows)


def _change(found: Trend, before: str) -> str:
    return f"{signed_percent(found.total, found.before)} on {before}" if found.before else f"no figure for {before}"


def _kind() -> str:
    kind = request.args.get("span", "")
    return kind if kind in trends.SPANS else "month"
