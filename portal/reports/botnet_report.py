"""Report > Botnet Report: seven days of evidence against the organization's own valid mail servers."""

from __future__ import annotations

from flask import Blueprint, abort, g, render_template, request
from flask.typing import ResponseReturnValue

from portal import tables
from portal.app_context import current
from portal.auth import signed_in_user
from portal.downloads import csv_file
from portal.forms import whole_number
from portal.times import (
    iso,
    iso_day,
    local,
    time_zone,
)
from reputation.insight import botnets
from reputation.insight.botnets import ServerActivity
from reputation.insight.evidence import Evidence
from reputation.verdict.zones import FOREVER

blueprint = Blueprint("botnet_report", __name__, url_prefix="/report")

KINDS = {"report": "Spam report", "listing": "Listing", "feed": "Listed by a feed now"}
HEADINGS = ("Mail server", "When (UTC)", "Until (UTC)", "Kind", "Address", "Database", "Category", "Reason")


@blueprint.get("/botnet-report")
def show() -> ResponseReturnValue:
    """Show a line for each mail server.

    The one that the address names is open, at one of its days or with all of them.
    """
    view = tables.from_request(("address",), "address")
    place = (signed_in_user().organization.id, time_zone(), g.now)
    shown, total = botnets.report_page(*place, view.first, view.rows_a_page, current().live.current)
    opened, day = _opened()
    return render_template(
        "botnet_report/show.html",
        total=total,
        view=view,
        shown=shown,
        columns=[(f"{at:%a}", f"{at.day} {at:%b}") for at in map(local, botnets.days(time_zone(), g.now))],
        opened=opened,
        day=day,
        evidence=_evidence(opened, day) if opened else [],
        activity=botnets.activity(signed_in_user().organization.id, g.now),
        kinds=KINDS,
        is_loaded=current().live.current is not None,
        forever=FOREVER,
        named=iso_day,
        now=g.now,
    )


@blueprint.get("/botnet-report.csv")
def download() -> ResponseReturnValue:
    """Send every piece of evidence against all mail servers."""
    lines = (
        (
            server.network,
            iso(one.at),
            _until(one),
            KINDS[one.kind],
            one.address,
            one.database,
            one.category,
            one.reason,
        )
        for server in _every_server()
        for one in server.evidence
    )
    return csv_file("botnet-report", HEADINGS, lines)


def _every_server() -> list[ServerActivity]:
    return botnets.report(signed_in_user().organization.id, time_zone(), g.now, current().live.current)


def _opened() -> tuple[ServerActivity | None, int | None]:
    """The mail server that the address names, and when the day begins that it names; 404 where there is none."""
    wanted = request.args.get("server", "")
    if not wanted:
        return None, None
    number = request.args.get("server", None, type=whole_number)
    place = (time_zone(), g.now, current().live.current)
    found = None if number is None else botnets.report_of(signed_in_user().organization.id, number, *place)
    if found is None:
        abort(404)
    days = {iso_day(day.begins): day.begins for day in found.days}
    return found, days.get(request.args.get("day", ""))


def _evidence(server: ServerActivity, day: int | None) -> list[Evidence]:
    if day is None:
        return list(server.evidence)
    ends = [other.begins for other in server.days if other.begins > day]
    return [one for one in server.evidence if one.touches(day, min(ends, default=g.now + 1))]


def _until(one: Evidence) -> str:
    return iso(one.until) if one.until and one.until != FOREVER else ""
