"""Installation > Listings: what this installation lists itself, by hand or by spam reports, in both databases."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import Length, StopValidation

from portal import undo
from portal.auth import signed_in_user
from portal.forms import (
    Form,
    NumberField,
    choices,
    confirm_field,
    name_field,
    required,
    takes_form,
    text_field,
)
from portal.tables import from_request
from reputation.intake import feeds, listing_history, listing_search, listings, protected_senders
from reputation.intake.listing_search import ListingFilter
from reputation.intake.listings import OwnListing
from reputation.refusal import Refused
from reputation.verdict.zones import CATEGORIES, DATABASE_NAMES

blueprint = Blueprint("listings", __name__, url_prefix="/installation/listings")

DATABASES = [
    ("standard", "Standard: its mail is refused with 550"),
    ("dynamic", "Dynamic: its mail is deferred with 450, at every level"),
]
FILTERS = ("database", "category", "source")


class ListingForm(Form):
    """A listing as the operator writes it."""

    network = name_field(
        "Address or network", "Write an address or a network, such as 192.0.2.0/24.", 50, autocomplete="off"
    )
    database = RadioField(
        "Database",
        choices=choices(DATABASES),
        default="standard",
    )
    category = SelectField("Category", choices=choices((name, name) for name in CATEGORIES))
    duration = StringField(
        "For", [required("Write how long, such as 12h or 30d.")], default="30d", render_kw={"autocomplete": "off"}
    )
    reason = StringField(
        "Reason",
        [
            required("Write why: the sender reads it."),
            Length(max=listings.LONGEST_REASON, message=f"A reason has at most {listings.LONGEST_REASON} characters."),
        ],
        render_kw={"autocomplete": "off"},
    )
    confirm = confirm_field()

    def validate_duration(self, duration: StringField) -> None:
        """Check that the field is a length of time."""
        try:
            feeds.parse_duration(duration.data)
        except ValueError as error:
            raise StopValidation(f"{error}.") from None


class PutBackForm(Form):
    """A listing as it was before its removal."""

    network = text_field()
    database = text_field()
    category = text_field()
    reason = text_field()
    until = NumberField(default=0)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the listings that are served, and the form for a new one."""
    return _page(ListingForm(formdata=None))


@blueprint.post("")
@takes_form(ListingForm, lambda form, _problem: _page(form), field="network")
def add(form: ListingForm) -> ResponseReturnValue:
    """List an address or a network; it is in DNS before the page answers."""
    made = listings.add(
        form.network.data or "", str(form.database.data), str(form.category.data),
        feeds.parse_duration(form.duration.data or ""), (form.reason.data or "").strip(), g.now, signed_in_user().email,
        form.confirm.data or "",
    )  # fmt: skip
    said = f"{made.network} is listed in the {made.database} database from now on."
    undo.flash_undo(
        f"{said} {protected_senders.warning(made.network)}".rstrip(),
        url_for("listings.remove", listing_id=made.id),
    )
    return redirect(url_for("listings.show"), 303)


@blueprint.post("/<int:listing_id>/remove")
def remove(listing_id: int) -> ResponseReturnValue:
    """Remove a listing. One that was made by hand can be put back; what was reported is forgotten for good."""
    found = listing_search.find_one(listing_id, g.now) or abort(404)
    who = signed_in_user().email
    if found.source == listing_history.HAND:
        listings.take_back(found.id, g.now, who)
        undo.flash_undo(f"{found.network} is no longer listed by hand as {found.category}.", _back(), **_fields(found))
    else:
        listings.remove(found.network, found.database, g.now, who)
        flash(f"{found.network} is no longer listed, and the reports about it are deleted.")
    return redirect(url_for("listings.show"), 303)


@blueprint.post("/put-back")
@takes_form(PutBackForm, lambda _form, problem: _page(ListingForm(formdata=None), problem))
def put_back(form: PutBackForm) -> ResponseReturnValue:
    """Undo a removal: list the same again, with the end that it had."""
    left = form.until.data - g.now
    if left <= 0:
        raise Refused("That listing would have ended by now: make a new one if you need it.")
    made = listings.add(
        form.network.data, form.database.data, form.category.data, left, form.reason.data, g.now,
        signed_in_user().email, form.network.data,  # it was confirmed when it was made
    )  # fmt: skip
    flash(f"{made.network} is listed again.")
    return redirect(url_for("listings.show"), 303)


def _back() -> str:
    return url_for("listings.put_back")


def _fields(found: OwnListing) -> dict[str, object]:
    return {
        "network": found.network,
        "database": found.database,
        "category": found.category,
        "reason": found.reason,
        "until": found.expires_at,
    }


def _page(form: ListingForm, problem: str = "") -> str:
    view = from_request(listing_search.COLUMNS, "-created", FILTERS)
    wanted = ListingFilter(view.search, **view.filters, sort=view.sort, descending=view.descending)
    rows, total = listing_search.find(wanted, view.first, view.rows_a_page, g.now)
    return render_template(
        "listings/show.html",
        form=form,
        problem=problem,
        view=view,
        rows=rows,
        total=total,
        is_filtered=bool(view.search or any(view.filters.values())),
        databases=DATABASE_NAMES,
        categories=CATEGORIES,
        sources=listing_search.SOURCES,
    )
