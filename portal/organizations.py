"""Installation > Organizations: who asks here, and what each owns in numbers. For those who run the installation.

A new activation code and an invitation are shown once: until then they travel in the operator's own session cookie, and
are in no address and in no log.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import RadioField

from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import add_error, choices, name_field
from portal.tables import TableQuery, from_request
from reputation.counting import hours
from reputation.customers import installation_overview, one_time_links, organizations, user_admin
from reputation.customers.installation_overview import Overview
from reputation.customers.organizations import Customer
from reputation.insight import day_summary
from reputation.refusal import Refused

blueprint = Blueprint("organizations", __name__, url_prefix="/installation/organizations")

NEW_CODE, NEW_LINK = "new_code", "new_invitation"
COLUMNS = ("name", "subscription", "people", "codes", "queries", "asked")
SUBSCRIPTIONS = [
    ("standard", "Standard: the standard reputation database"),
    ("advanced", "Advanced: the dynamic reputation database too"),
]


class OrganizationForm(FlaskForm):  # type: ignore[misc]
    name = name_field("Name", "Give the organization a name.", 200, autocomplete="off")
    subscription = RadioField("Subscription", choices=choices(SUBSCRIPTIONS), default="standard")


@blueprint.get("")
def show() -> ResponseReturnValue:
    """All organizations, and the form for a new one."""
    return _list(OrganizationForm(formdata=None))


@blueprint.post("")
def add() -> ResponseReturnValue:
    """A new organization; its page shows its first code."""
    form = OrganizationForm()
    if not form.validate():
        return _list(form), 422
    try:
        made, code = organizations.add(
            form.name.data or "", form.subscription.data or "", g.now, signed_in_user().email
        )
    except Refused as refusal:
        add_error(form.name, str(refusal))
        return _list(form), 422
    session[NEW_CODE] = code.dashed
    flash(f"{made.name} is added. Invite its first administrator below.")
    return redirect(url_for("organizations.one", organization_id=made.id), 303)


@blueprint.get("/<int:organization_id>")
def one(organization_id: int) -> ResponseReturnValue:
    """The page of one organization."""
    return _page(_customer(organization_id))


@blueprint.post("/<int:organization_id>/subscription")
def change_subscription(organization_id: int) -> ResponseReturnValue:
    """Standard or advanced; in DNS before the page answers."""
    customer, wanted = _customer(organization_id), request.form.get("subscription", "")
    try:
        organizations.change_subscription(customer.id, wanted, g.now, signed_in_user().email)
    except Refused as refusal:
        return _page(customer, str(refusal)), 422
    flash(f"{customer.name} has the {wanted} subscription from now on.")
    return redirect(url_for("organizations.one", organization_id=customer.id), 303)


@blueprint.post("/<int:organization_id>/name")
def rename(organization_id: int) -> ResponseReturnValue:
    """Another name."""
    customer = _customer(organization_id)
    try:
        renamed = organizations.rename(customer.id, request.form.get("name", ""), g.now, signed_in_user().email)
    except Refused as refusal:
        return _page(customer, str(refusal)), 422
    flash(f"{customer.name} is called {renamed.name} from now on.")
    return redirect(url_for("organizations.one", organization_id=customer.id), 303)


@blueprint.post("/<int:organization_id>/invite")
def invite(organization_id: int) -> ResponseReturnValue:
    """Invite somebody to the organization; the next page shows the link once."""
    customer = _customer(organization_id)
    # An operator's role is given by Users, in the operator's own organization.
    role = request.form.get("role", "")
    if role not in ("viewer", "administrator"):
        return _page(customer, "Choose viewer or administrator."), 422
    actor, email, place = signed_in_user()._replace(organization=customer), request.form.get("email", ""), current()
    try:
        link, address = one_time_links.invite(actor, email, role, g.now, place.lookup_url)
    except Refused as refusal:
        return _page(customer, str(refusal)), 422
    session[NEW_LINK] = address
    flash(f"{link.email} is invited to {customer.name}.")
    return redirect(url_for("organizations.one", organization_id=customer.id), 303)


@blueprint.post("/<int:organization_id>/remove")
def remove(organization_id: int) -> ResponseReturnValue:
    """Take the organization away with everything that it owns."""
    customer, app_context = _customer(organization_id), current()
    if customer.id == signed_in_user().organization.id:
        return _page(customer, "This is your own organization: you would shut yourself out."), 422
    try:
        organizations.remove(customer.id, request.form.get("name", ""), g.now, signed_in_user().email)
    except Refused as refusal:
        return _page(customer, str(refusal)), 422
    # What was still counted of it is written to nobody now, and to no organization that gets its number next.
    app_context.publisher.catch_up(g.now)
    hours.flush(app_context.counters, app_context.publisher.origins, g.now, app_context.log_bounds.sample)
    flash(f"{customer.name} is removed with everything that it owned. Its activation codes are unknown from now on.")
    return redirect(url_for("organizations.show"), 303)


def _customer(organization_id: int) -> Customer:
    return organizations.numbered(organization_id) or abort(404)


def _list(form: OrganizationForm) -> str:
    view = from_request(COLUMNS, "name")
    found = [row for row in installation_overview.organizations(g.now) if view.search.casefold() in row.name.casefold()]
    found.sort(key=lambda row: _key(view, row), reverse=view.descending)
    shown = found[view.first : view.first + view.rows_a_page]
    return render_template("organizations/show.html", form=form, view=view, rows=shown, total=len(found))


def _key(view: TableQuery, row: Overview) -> tuple[Any, str]:
    values = {
        "name": row.name.casefold(),
        "subscription": row.subscription,
        "people": row.people,
        "codes": row.codes,
        "queries": row.queries,
        "asked": row.last_asked_at or 0,
    }
    return values[view.sort], row.name.casefold()


def _page(customer: Customer, problem: str = "") -> str:
    return render_template(
        "organizations/one.html",
        customer=customer,
        problem=problem,
        day=day_summary.last_24_hours(customer.id, g.now),
        people=user_admin.users_of(customer.id),
        invitations=one_time_links.invitations(customer.id, g.now),
        codes=installation_overview.codes(g.now, customer.id),
        owns=installation_overview.owns(customer.id),
        is_own=customer.id == signed_in_user().organization.id,
        new_code=session.pop(NEW_CODE, ""),
        new_link=session.pop(NEW_LINK, ""),
        subscriptions=SUBSCRIPTIONS,
    )
