"""Check an address: what both databases say of it to the reader's organization, step by step.

It calls the same function that answers DNS. The address is a part of the page's URL, so that a result can be kept and
sent on.
"""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from portal import undo
from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import Form, takes_form, text_field
from reputation.addresses.address import parse_address
from reputation.insight import address_check, lookup, why_words
from reputation.insight import why as explaining
from reputation.insight.address_check import Answer
from reputation.intake import listing_history, reach, spam_reports
from reputation.intake.origins import credits as credited
from reputation.refusal import Refused

blueprint = Blueprint("check", __name__)

LONGEST_ADDRESS = 60
MOST_EVENTS = 20
# The steps of a decision as a person reads them; categories stand for themselves.
WORDS = {
    "test address": "Test addresses",
    "sender rule": "Your approved and blocked senders",
    "ISP rule": "Your rules by ISP",
    "country rule": "Your rules by country",
    "KSS": "KSS, known spam sources",
    "DUL": "DUL, dynamic user list",
    "ETL": "ETL, emerging threat list",
    "dynamic": "Dynamic listings at your level",
    "no listing": "Nothing lists it",
}
RULES = ("sender rule", "ISP rule", "country rule")
NOT_LOADED = "Nothing is loaded yet, so nothing can be said of an address. Wait a few seconds and check again."


class ReportForm(Form):
    """A spam report: the address, and what was seen."""

    address = text_field(strip=True)
    evidence = text_field(strip=True)


@blueprint.get("/check")
def show() -> ResponseReturnValue:
    """Show the form, and under it the decision where an address was given."""
    address = request.args.get("address", "").strip()
    return _checked(address[:LONGEST_ADDRESS]) if address else _page()


@blueprint.post("/check/spam-report")
@takes_form(ReportForm, lambda form, problem: _checked(form.address.data, problem, 422))
def report(form: ReportForm) -> ResponseReturnValue:
    """Count a spam report of the address, and say on its page what came of it."""
    user, address, evidence = signed_in_user(), form.address.data, form.evidence.data
    if not evidence:
        raise Refused("Write what was seen, such as the subject of the message.")
    found = spam_reports.accept(
        address, "hand" if user.is_operator else "complaint", current().clock(),
        # The operator speaks for the installation, and so for everybody.
        organization_id=None if user.is_operator else user.organization.id, evidence=evidence, reporter=user.email,
        who=user.email, origins=current().publisher.origins,
    )  # fmt: skip
    said = f"Counted as a spam report of {found.subject}: it is {_levels(found)}."
    undo.flash_undo(f"{said} {reach.warning(address)}".rstrip())
    return redirect(url_for("check.show", address=address), 303)


def _levels(found: spam_reports.Accepted) -> str:
    """At which levels it is listed for those who reported it, and whether for everybody."""
    if not found.level:
        return "not listed for it at any level"
    if found.shared_level == found.level:
        return f"listed from level {found.level} on"
    everybody = f", for everybody from level {found.shared_level} on" if found.shared_level else ""
    return f"listed for your organization from level {found.level} on{everybody}"


def _checked(address: str, report_problem: str = "", status: int = 200) -> ResponseReturnValue:
    """The decision about an address; `report_problem` stands beside the form of a spam report."""
    snapshot = current().live.current
    if snapshot is None:
        return _page(address, NOT_LOADED), 503
    try:
        result = address_check.check(snapshot, signed_in_user().organization.id, address, g.now)
    except ValueError as error:
        return _page(address, str(error)), 422
    origins, parsed = snapshot.origins, parse_address(result.address)
    context = {
        "why": None
        if lookup.is_test(parsed)
        else explaining.why(parsed, origins, g.now, signed_in_user().organization.id),
        "tell": tell,
        "words": WORDS,
        "percent": why_words.percent,
        "now": g.now,
        "dated": origins.dated,
        "credit": credit(origins.source),
        "past": listing_history.history(parsed, g.now).events[:MOST_EVENTS],
        "report_problem": report_problem,
        "report_warning": reach.warning(result.address),
    }
    return render_template("check/show.html", address=address, problem="", result=result, **context), status


class Told(NamedTuple):
    """An answer in words, with the kind that gives it its colour and icon."""

    words: str
    kind: str
    icon: str


DEFERRED = Told("Deferred with 450", "caution", "hourglass-split")


def tell(database: str, answer: Answer) -> Told:
    """Say what a mail server does with the answer of one database."""
    if answer.listed:
        return Told("Refused with 550", "spam", "slash-circle") if database == "standard" else DEFERRED
    if answer.decided_by == "subscription":
        return Told("Not asked", "off", "dash-lg")
    if answer.decided_by in RULES:
        return Told("Accepted: an approved sender", "good", "check-circle")
    return Told("Accepted: not listed", "good", "check-circle")


def credit(source: str) -> Markup:
    """Return the source of the origins, with links to those it names."""
    text = escape(source)
    for name, page in credited(source):
        text = text.replace(name, Markup('<a href="{}" rel="noreferrer">{}</a>').format(page, name))
    return text


def _page(address: str = "", problem: str = "") -> str:
    return render_template("check/show.html", address=address, problem=problem, result=None)
