"""Administration > Audit Log: who changed what, before and after, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal import tables
from portal.auth import signed_in_user
from portal.downloads import csv_file
from portal.times import iso
from reputation.customers import audit_log

blueprint = Blueprint("audit_log", __name__, url_prefix="/administration/audit-log")

FILTERS = ("who", "of")
INSTALLATION = "installation"
HEADINGS = ("Time (UTC)", "Who", "What", "Before", "After")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show a page of the log, the newest entry first."""
    view = _asked()
    whose = _whose(view)
    total = audit_log.count(whose, view.search, view.filters["who"])
    return render_template(
        "audit_log/show.html",
        view=view,
        total=total,
        entries=audit_log.entries(whose, view.search, view.filters["who"], view.first, view.rows_a_page),
        people=audit_log.people(whose),
        of_installation=whose is None,
    )


@blueprint.get("/audit-log.csv")
def download() -> ResponseReturnValue:
    """Send the entries that pass the filter as a file."""
    view = _asked()
    return csv_file("audit-log", HEADINGS, _lines(_whose(view), view.search, view.filters["who"]))


def _asked() -> tables.TableQuery:
    return tables.from_request(("at",), "-at", FILTERS)


def _whose(view: tables.TableQuery) -> int | None:
    """The reader's organization; None for the installation, which only its operators may ask about."""
    user = signed_in_user()
    return None if user.is_operator and view.filters["of"] == INSTALLATION else user.organization.id


def _lines(whose: int | None, search: str, who: str) -> Iterator[tuple[Any, ...]]:
    for entry in audit_log.whole(whose, search, who):
        yield iso(entry.at), entry.who, entry.what, entry.before, entry.after
