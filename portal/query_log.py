"""Report > Query Log: what mail servers asked about and what they were told, with a button that makes a rule for a
sender.

Filters and the place in the log are in the page's URL. The rows are found by `reputation.insight`; a rule belongs to
the policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import fragments
from portal.app_context import current
from portal.auth import can_edit, signed_in_user
from portal.downloads import csv_file
from portal.filters import counted
from portal.forms import Form, takes_form, text_field
from portal.times import from_field, iso
from portal.undo import flash_undo
from reputation.addresses.address import parse_network
from reputation.countries import COUNTRIES
from reputation.customers import policy
from reputation.insight import query_log
from reputation.insight.query_log import LogEntry, LogFilter, Page
from reputation.insight.query_log.search import Place
from reputation.verdict.zones import DATABASE_NAMES, DYNAMIC, STANDARD

blueprint = Blueprint("query_log", __name__, url_prefix="/report/query-log")

LONGEST = 60
FILTERS = ("search", "database", "answer", "country", "asn", "kind", "from", "to")
# Database and code of each answer, as the filter names it.
ANSWERS = {
    "standard-2": "127.0.0.2, KSS",
    "standard-3": "127.0.0.3, DUL",
    "standard-4": "127.0.0.4, ETL",
    "standard-10": "127.0.0.10, blocked address",
    "standard-11": "127.0.0.11, blocked ISP",
    "standard-12": "127.0.0.12, blocked country",
    "dynamic-2": "127.0.0.2, dynamic listing",
}
DECIDED = {
    "KSS": "KSS, known spam source",
    "DUL": "DUL, dynamic user list",
    "ETL": "ETL, emerging threat list",
    "sender rule": "Your blocked address",
    "ISP rule": "Your blocked ISP",
    "country rule": "Your blocked country",
    "dynamic": "Dynamic listing at your level",
    "": "Nothing, or an approved sender",
}
UNDO = "undo-"  # before the verb of the rule that it takes away
PLAIN_NUMBER = re.compile(r"\d{1,18}", re.ASCII)
PLACE = re.compile(r"(\d{1,12})\.(\d{1,18})", re.ASCII)
HEADINGS = (
    "Time (UTC)",
    "Address",
    "Country",
    "ASN",
    "ISP",
    "Database",
    "Answer",
    "What decided",
    "Connections it stands for",
)


@dataclass(frozen=True)
class LogView:
    """What the reader wants to see: the fields of the filter as written, what they mean, and what is wrong."""

    fields: Mapping[str, str]
    wanted: LogFilter
    before: Place | None = None
    after: Place | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_filtered(self) -> bool:
        """Tell whether any field of the filter is filled in."""
        return any(self.fields.values())

    def address(self, endpoint: str = "query_log.show", **more: Any) -> str:
        """Return the URL of the same rows; with a place, of the rows next to it."""
        kept = {name: value for name, value in self.fields.items() if value}
        return url_for(endpoint, **{**kept, **more})

    def here(self) -> str:
        """Return the URL of this very page."""
        places = {"before": self.before, "after": self.after}
        return self.address(**{name: written(place) for name, place in places.items() if place})


class RuleForm(Form):
    """The button of a row, with the filter and the place that the page has."""

    act = text_field()
    search = text_field()
    database = text_field()
    answer = text_field()
    country = text_field()
    asn = text_field()
    kind = text_field()
    from_ = text_field(name="from")
    to = text_field()
    before = text_field()
    after = text_field()


class SettingForm(Form):
    """Whether the log is kept, masked, or off."""

    query_log = text_field()


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the filter, a page of the log, and its setting."""
    return _page(_asked(request.args))


@blueprint.get("/query-log.csv")
def download() -> ResponseReturnValue:
    """Send the rows of the filter as a file."""
    view = _asked(request.args)
    if view.problems:
        return _page(view)
    return csv_file("query-log", HEADINGS, _lines(query_log.all_entries(signed_in_user().organization.id, view.wanted)))


@blueprint.post("/rule")
@takes_form(RuleForm, lambda form, problem: _page(_asked(form.texts), problem, said=_act(form.act.data)[1]))
def rule(form: RuleForm) -> ResponseReturnValue:
    """Approve or block the address of a row, or remove that rule; then show the same page again."""
    view = _asked(form.texts)
    verb, row, address = _act(form.act.data)
    who, organization = signed_in_user().email, signed_in_user().organization.id
    if verb.startswith(UNDO):
        policy.remove_rule(organization, verb.removeprefix(UNDO), address, g.now, who)
    else:
        policy.add_rule(organization, verb, address, g.now, who, note="From the query log")
    if fragments.is_fragment_request():
        return _page(view, said=row)
    return redirect(view.here() + f"#row-{row}", 303)


@blueprint.post("/setting")
@takes_form(SettingForm, lambda _form, problem: _page(_asked({}), problem))
def choose(form: SettingForm) -> ResponseReturnValue:
    """Keep the log, mask it, or turn it off."""
    wanted, organization = form.query_log.data, signed_in_user().organization.id
    before = query_log.choose(organization, wanted, g.now, signed_in_user().email)
    if before != wanted:
        flash_undo(
            {
                "on": "The query log is on.",
                "masked": "Addresses are masked from now on.",
                "off": "The query log is off.",
            }[wanted],
            url_for("query_log.choose"),
            query_log=before,
        )
    return redirect(url_for("query_log.show", _anchor="setting"), 303)


@blueprint.post("/delete")
def delete() -> ResponseReturnValue:
    """Delete what the log holds, after its page has asked."""
    removed = query_log.delete_all(signed_in_user().organization.id, g.now, signed_in_user().email)
    flash_undo(f"{removed:,} rows of the query log are deleted.")
    return redirect(url_for("query_log.show", _anchor="setting"), 303)


def written(place: Place) -> str:
    """Write a place in the log as it is in a URL."""
    return f"{place[0]}.{place[1]}"


def _page(view: LogView, problem: str = "", said: str = "") -> ResponseReturnValue:
    """The whole page, or for htmx the table with what a click in it has done."""
    organization = signed_in_user().organization.id
    found = (
        Page([], None, None)
        if view.problems
        else query_log.page(organization, view.wanted, before=view.before, after=view.after)
    )
    context = {
        "view": view,
        "found": found,
        "problem": problem,
        "said": said,
        "rules": query_log.rules_by_address(organization, (entry.address for entry in found.entries), g.now),
        "of_address": _of_address(found.entries),
        "written": written,
        "isp": _isp_name,
        "countries": COUNTRIES,
        "databases": DATABASE_NAMES,
        "decided": DECIDED,
        "changes": can_edit(),
        "chosen": query_log.chosen(organization),
        "bounds": current().log_bounds,
    }
    status = 422 if problem or view.problems else 200
    if fragments.is_fragment_request():
        # What htmx swaps in must be seen: it takes nothing from an answer that says 422.
        return render_template("query_log/_rows.html", **context), 200 if problem else status
    context |= {"answers": ANSWERS, "held": _rows_held(organization)}
    return render_template("query_log/show.html", **context), status


def _rows_held(organization_id: int) -> str:
    """How many rows the whole log has, in words; "" for none."""
    count, most = query_log.row_count(organization_id), query_log.MOST_COUNTED
    return f"more than {counted(most, 'row')}" if count > most else counted(count, "row") if count else ""


def _of_address(entries: Sequence[LogEntry]) -> dict[str, list[int]]:
    """The rows of each address: they change together."""
    found: dict[str, list[int]] = {}
    for entry in entries:
        found.setdefault(entry.address, []).append(entry.id)
    return found


def _act(text: str) -> tuple[str, str, str]:
    """What a button of a row sends, such as `blocked 17 192.0.2.7`: the verb, the row's number, and its address."""
    verb, _, rest = text.partition(" ")
    row, _, address = rest.partition(" ")
    return verb, row if PLAIN_NUMBER.fullmatch(row) else "", address[:LONGEST]


def _asked(given: Mapping[str, str]) -> LogView:
    """The view that an address or a form asks for. What cannot be read is a problem beside its field."""
    fields = {name: given.get(name, "").strip()[:LONGEST] for name in FILTERS}
    problems: dict[str, str] = {}
    database, code = _answer(fields)
    wanted = LogFilter(
        network=fields["search"],
        database=database,
        code=code,
        country=fields["country"].upper() or None,
        asn=_asn(fields["asn"], problems),
        matched={"matched": True, "sampled": False}.get(fields["kind"]),
        since=_moment("from", fields, problems),
        until=_moment("to", fields, problems),
    )
    try:
        if wanted.network:
            parse_network(wanted.network)
    except ValueError as error:
        problems["search"] = f"{error}."
    return LogView(fields, wanted, _place(given.get("before", "")), _place(given.get("after", "")), problems)


def _answer(fields: Mapping[str, str]) -> tuple[int | None, int | None]:
    """The database and the return code that the filter names, each None for any."""
    named = {"standard": STANDARD, "dynamic": DYNAMIC}
    if fields["answer"] in ANSWERS:
        name, _, code = fields["answer"].partition("-")
        # An answer that the chosen database never gives finds nothing, as it should.
        other = named.get(fields["database"], named[name])
        return named[name], int(code) if other == named[name] else -1
    return named.get(fields["database"]), None


def _asn(text: str, problems: dict[str, str]) -> int | None:
    digits = text.upper().removeprefix("AS")
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal() and int(digits) < 1 << 32):
        problems["asn"] = "Write the number of an AS, such as 64500."
        return None
    return int(digits)


def _moment(name: str, fields: Mapping[str, str], problems: dict[str, str]) -> int | None:
    """A moment in the reader's time zone, as the browser's field writes it, in Unix seconds."""
    if not fields[name]:
        return None
    try:
        return from_field(fields[name])
    except ValueError:
        problems[name] = "Write a day and a time, such as 2026-11-03T08:00."
        return None


def _place(text: str) -> Place | None:
    found = PLACE.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _isp_name(asn: int) -> str:
    snapshot = current().live.current
    return snapshot.origins.isp_name(asn) if snapshot else f"AS{asn}"


def _lines(entries: Iterator[LogEntry]) -> Iterator[tuple[Any, ...]]:
    for entry in entries:
        yield (
            iso(entry.asked_at),
            entry.address,
            entry.country,
            entry.asn or "",
            _isp_name(entry.asn) if entry.asn else "",
            DATABASE_NAMES[entry.database],
            f"127.0.0.{entry.code}" if entry.code else "not listed",
            DECIDED.get(entry.decided_by, entry.decided_by),
            entry.weight,
        )
