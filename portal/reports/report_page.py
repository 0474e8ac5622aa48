"""What the reports on queries share: the range, the database and the return code, all in the page's URL.

A range is a word such as 30d, or two days. The days are the reader's. A word is counted back from today whenever the
page is opened; two days stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.auth import signed_in_user
from portal.times import iso_day, local, time_zone
from reputation.counting.connections import NOT_LISTED
from reputation.insight import periods
from reputation.insight.periods import LONGEST_DAYS, Period
from reputation.insight.query_reports import (
    BOTH,
    CODES,
    DATABASES,
    DECIDERS,
    ReportQuery,
)
from reputation.refusal import Refused

RANGES = {"24h": 1, "7d": 7, "30d": 30, "90d": 90, "year": 365}
RANGE_WORDS = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days", "year": "A year"}
DATABASE_WORDS = {BOTH: "Both", "standard": "Standard", "dynamic": "Dynamic"}
LONGEST_HOURLY = 366  # days of which every hour is shown
DATE_LENGTH = 10  # of 2026-11-03


@dataclass(frozen=True)
class ReportView:
    """The report that the address asks for. `range` is "" for two days; `problem` says why these cannot be shown."""

    range: str
    first: str
    last: str
    database: str
    code: int | None
    period: Period
    problem: str = ""

    @property
    def query(self) -> ReportQuery:
        """Return the query for the figures of this report."""
        return ReportQuery(self.period, self.database, self.code)

    @property
    def matched_word(self) -> str:
        """Return the heading of the column of what was answered as chosen."""
        if self.code is None:
            return "Matched"
        return "Not listed" if self.code == NOT_LISTED else f"127.0.0.{self.code}"

    @property
    def is_spam(self) -> bool:
        """Tell whether that column shows spam, and so may be red."""
        return self.code != NOT_LISTED

    def address(self, endpoint: str = "", **changes: Any) -> str:
        """Return the URL of this report, or of another one, with something changed; defaults are left out."""
        said = {"range": self.range, "from": self.first, "to": self.last, "database": self.database, "code": self.code}
        if changes.get("range"):
            said |= {"from": "", "to": ""}
        wanted = {name: value for name, value in (said | changes).items() if value not in ("", None, BOTH)}
        return url_for(endpoint or str(request.endpoint), **wanted)

    @property
    def fields(self) -> Mapping[str, str]:
        """Return the values of the form."""
        code = "" if self.code is None else str(self.code)
        return {"from": self.first, "to": self.last, "database": self.database, "code": code}


def from_request(usual: str, longest: int = LONGEST_DAYS) -> ReportView:
    """Read the report that the address asks for; `usual` is the range where it names none.

    What is wrong in the address is ignored; two days that cannot be shown are a problem that the page tells.
    """
    database = request.args.get("database", "")
    if database not in DATABASES:
        database = BOTH
    code = request.args.get("code", "")
    number = int(code) if code in map(str, (NOT_LISTED, *CODES)) else None
    first, last = (request.args.get(name, "").strip()[:20] for name in ("from", "to"))
    name = request.args.get("range", "")
    name = name if name in RANGES else usual
    if not first and not last:
        return ReportView(name, "", "", database, number, _period(name))
    try:
        period = _between(first, last, longest)
    except Refused as refusal:
        return ReportView("", first, last, database, number, _period(name), str(refusal))
    return ReportView("", first, last, database, number, period)


def codes() -> list[tuple[str, str]]:
    """Return the return codes to choose from, with what each means."""
    words: dict[int, list[str]] = {}
    for decider in DECIDERS:
        words.setdefault(decider.code, []).append(decider.name if decider.name.isupper() else decider.name.lower())
    named = [(str(code), f"127.0.0.{code}, {' or '.join(words[code])}") for code in CODES]
    return [("", "All matches"), *named, (str(NOT_LISTED), "Not listed")]


def page(template: str, view: ReportView, **figures: Any) -> ResponseReturnValue:
    """Show a report's page; with status 422 and the problem where the two days that were asked for cannot be shown."""
    return render_template(template, **figures, **_context(view)), 422 if view.problem else 200


def _context(view: ReportView) -> dict[str, Any]:
    """What the form of a report and its small print need."""
    return {
        "view": view,
        "ranges": RANGE_WORDS,
        "databases": DATABASE_WORDS if signed_in_user().organization.includes_dynamic or view.database != BOTH else {},
        "codes": codes(),
        "today": iso_day(g.now),
        "minutes": _minutes(),
        "now": g.now,
    }


def _minutes() -> int:
    """How far past the hour an hour of UTC begins in the reader's time zone; 0 but in a few zones."""
    offset = local(g.now).utcoffset()
    return int(offset.total_seconds()) % 3600 // 60 if offset else 0


def _period(name: str) -> Period:
    return periods.last_24_hours(g.now) if name == "24h" else periods.last_days(RANGES[name], time_zone(), g.now)


def _between(first: str, last: str, longest: int) -> Period:
    """One day alone is a range of that day."""
    return periods.between(_date(first or last), _date(last or first), time_zone(), g.now, longest)


def _date(text: str) -> date:
    try:
        if len(text) != DATE_LENGTH:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(f"{text!r} is not a day: write it as 2026-11-03.") from None
