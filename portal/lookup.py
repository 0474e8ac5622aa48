"""The public lookup, where the text of a DNS answer leads: what lists an address here, and how it gets off the list.

It needs no account and applies no organization's policy. A request for removal is followed by a link that only its
sender has; the operator answers it.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from portal.app_context import current
from portal.forms import (
    Form,
    email_field,
    required,
    takes_form,
    text_field,
)
from portal.limits import lookups_by_address, removals_by_address
from reputation.addresses.address import Address, parse_address
from reputation.customers import removals
from reputation.insight import lookup
from reputation.insight import why as explaining
from reputation.insight.lookup import OURSELVES, LookupResult
from reputation.insight.why import Why
from reputation.refusal import Refused
from reputation.store import health, trouble
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import CATEGORY_NAMES

blueprint = Blueprint("lookup", __name__)

LONGEST_ADDRESS = 60
NOT_LOADED = "Nothing is loaded yet, so nothing can be said of an address. Wait a few seconds and look again."
# What being listed means for mail, by database.
REFUSED = "Mail servers that use this service refuse mail from it (550)."
DEFERRED = "Mail servers that use this service may ask it to come back later (450)."
TRAPPED = "Leave the field for machines empty, and send the form again."
SENT = "Your request is sent. Keep the address of this page: it is the only way to follow it."


class RemovalForm(Form):
    """A request for the removal of an address."""

    email = email_field(autocomplete="email")
    reason = TextAreaField(
        "What sent the mail, and what has changed since",
        [
            required("Say what sent the mail, and what has changed since."),
            Length(max=removals.LONGEST_REASON, message=f"Use at most {removals.LONGEST_REASON:,} characters."),
        ],
    )
    address = text_field()
    # No person sees it; what fills in every field gives itself away.
    website = StringField("Leave this empty")


@blueprint.get("/lookup")
@lookups_by_address
def show() -> ResponseReturnValue:
    """Show the form, and under it what lists the address where one was given."""
    return _page(request.args.get("address", ""))


@blueprint.post("/lookup")
@removals_by_address
@takes_form(RemovalForm, lambda form, problem: _not_sent(form, problem))
def ask(form: RemovalForm) -> ResponseReturnValue:
    """Send a request for removal."""
    snapshot = current().live.current
    if form.website.data:
        raise Refused(TRAPPED)
    if snapshot is None:
        raise Refused(NOT_LOADED)
    what = (form.address.data, form.email.data, form.reason.data)
    token = removals.submit(snapshot, *what, now=g.now, place=current().lookup_url)
    flash(SENT)
    return redirect(url_for("lookup.follow", token=token), 303)


def _not_sent(form: RemovalForm, problem: str) -> ResponseReturnValue:
    page, status = _page(form.address.data, form, problem)
    return page, status if status != 200 else 422


@blueprint.get("/lookup/removal/<token>")
def follow(token: str) -> ResponseReturnValue:
    """Show the state of a request."""
    asked = removals.by_token(token) or abort(404)
    standing = removals.standing_of(parse_address(asked.address), g.now)
    return render_template("lookup/removal.html", request_=asked, standing=standing, now=g.now)


def meaning(found: LookupResult) -> str:
    """Return the name of what lists the address, in words."""
    if found.database == "dynamic":
        return "Dynamic database"
    return f"{found.category}: {CATEGORY_NAMES[found.category]}"


def _page(text: str, form: RemovalForm | None = None, problem: str = "") -> tuple[str, int]:
    """The whole page with its status."""
    address = text.strip()[:LONGEST_ADDRESS]
    context: dict[str, Any] = {"address": address, "form": form, "problem": problem, "looked": None, "unread": ""}
    status = 200
    snapshot = current().live.current
    if address and snapshot is None:
        context["unread"], status = NOT_LOADED, 503
    elif address and snapshot:
        try:
            parsed = parse_address(address)
        except ValueError as error:
            context["unread"], status = f"{error}.", 422
        else:
            found, context["why"] = _looked_up(snapshot, parsed)
            context |= {"looked": str(parsed), "found": found, "is_test": lookup.is_test(parsed), **_told(found)}
            context["form"] = form or RemovalForm()
            context["as_of"] = current().publisher.as_of
    return render_template("lookup/show.html", now=g.now, meaning=meaning, **context), status


def _looked_up(snapshot: Snapshot, address: Address) -> tuple[list[LookupResult], Why | None]:
    """What lists the address, and why; without the database what is served, and nothing of who lists it since when."""
    try:
        return lookup.look_up(snapshot, address, g.now), explaining.why(address, snapshot.origins, g.now)
    except trouble.ERRORS as error:
        if health.tell(error, g.now) is None:
            raise
        return lookup.served(snapshot, address, g.now), None


def _told(found: list[LookupResult]) -> dict[str, Any]:
    """What a sender should know: whether a request can help, and whom else to ask."""
    holders = [holder for one in found for holder in one.holders]
    lists = {holder.name: holder for holder in holders if holder.name != OURSELVES}
    return {
        "is_ours": any(holder.name == OURSELVES for holder in holders),
        "lists": [lists[name] for name in sorted(lists)],
        "asks_elsewhere": lookup.is_for_publishers(holders),
        "effects": {"standard": REFUSED, "dynamic": DEFERRED},
    }
