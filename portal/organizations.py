"""Installation > Organizations: who asks here, and what each owns, in numbers. It is for those who run the
installation.

A new activation code and an invitation are shown once: until then they travel in the operator's own session cookie, and
are in no URL and in no log.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField

from portal.app_context import current
from portal.auth import signed_in_user
from portal.forms import Form, choices, name_field, takes_form, text_field
from portal.fresh_login import needs_password
from portal.tables import from_request
from reputation.counting import hours
from reputation.counting import quotas as quota_use
from reputation.customers import (
    code_networks,
    installation_overview,
    one_time_links,
    organizations,
    quotas,
    user_admin,
)
from reputation.customers.installation_overview import OrganizationFilter
from reputation.customers.organizations import Customer
from reputation.insight import day_summary
from reputation.refusal import Refused

blueprint = Blueprint("organizations", __name__, url_prefix="/installation/organizations")

NEW_CODE, NEW_LINK = "new_code", "new_invitation"
SUBSCRIPTIONS = [
    ("standard", "Standard: the standard reputation database"),
    ("advanced", "Advanced: the dynamic reputation database too"),
]


class OrganizationForm(Form):
    """A new organization."""

    name = name_field("Name", "Give the organization a name.", 200, autocomplete="off")
    subscription = RadioField("Subscription", choices=choices(SUBSCRIPTIONS), default="standard")


class CustomerForm(Form):
    """The forms of an organization's page; each sends the fields that it is about."""

    name = text_field()
    subscription = text_field()
    quota = text_field(20)
    email = text_field()
    role = text_field()


def _refused(_form: Form, problem: str, organization_id: int) -> ResponseReturnValue:
    return _page(_customer(organization_id), problem)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show all organizations, and the form for a new one."""
    return _list(OrganizationForm(formdata=None))


@blueprint.post("")
@needs_password
@takes_form(OrganizationForm, lambda form, _problem: _list(form), field="name")
def add(form: OrganizationForm) -> ResponseReturnValue:
    """Add an organization; its page shows its first code."""
    made, code = organizations.add(form.name.data or "", form.subscription.data or "", g.now, signed_in_user().email)
    session[NEW_CODE] = code.dashed
    flash(f"{made.name} is added. Invite its first administrator below.")
    return redirect(url_for("organizations.one", organization_id=made.id), 303)


@blueprint.get("/<int:organization_id>")
def one(organization_id: int) -> ResponseReturnValue:
    """Show the page of one organization."""
    return _page(_customer(organization_id))


@blueprint.post("/<int:organization_id>/subscription")
@takes_form(CustomerForm, _refused)
def change_subscription(form: CustomerForm, organization_id: int) -> ResponseReturnValue:
    """Make the subscription standard or advanced; it is in DNS before the page answers."""
    customer, wanted = _customer(organization_id), form.subscription.data
    organizations.change_subscription(customer.id, wanted, g.now, signed_in_user().email)
    flash(f"{customer.name} has the {wanted} subscription from now on.")
    return redirect(url_for("organizations.one", organization_id=customer.id), 303)


@blueprint.post("/<int:organization_id>/quota")
@takes_form(CustomerForm, _refused)
def choose_quota(form: CustomerForm, organization_id: int) -> ResponseReturnValue:
    """Choose how many connections a day are answered; it is in DNS before the page answers."""
    customer, usual = _customer(organization_id), current().daily_quota
    quota = quotas.read(form.quota.data)
    quotas.choose(customer.id, quota, usual, g.now, signed_in_user().email)
    flash(f"The daily quota of {customer.name} is {quotas.describe(quota, usual)}.")
    return redirect(url_for("organizations.one", organization_id=customer.id), 303)


@blueprint.post("/<int:organization_id>/name")
@takes_form(CustomerForm, _refused)
def rename(form: CustomerForm, organization_id: int) -> ResponseReturnValue:
    """Rename an organization."""
    customer = _customer(organization_id)
    renamed = organizations.rename(customer.id, form.name.data, g.now, signed_in_user().email)
    flash(f"{customer.name} is called {renamed.name} from now on.")
    return redirect(url_for("organizations.one", organization_id=customer.id), 303)


@blueprint.post("/<int:organization_id>/invite")
@needs_password
@takes_form(CustomerForm, _refused)
def invite(form: CustomerForm, organization_id: int) -> ResponseReturnValue:
    """Invite somebody to the organization; the next page shows the link once."""
    customer = _customer(organization_id)
    # An operator's role is given by Users, in the operator's own organization.
    role = form.role.data
    if role not in ("viewer", "administrator"):
        raise Refused("Choose viewer or administrator.")
    actor, email, place = signed_in_user()._replace(organization=customer), form.email.data, current()
    link, address = one_time_links.invite(actor, email, role, g.now, place.lookup_url)
    session[NEW_LINK] = address
    flash(f"{link.email} is invited to {customer.name}.")
    return redirect(url_for("organizations.one", organization_id=customer.id), 303)


@blueprint.post("/<int:organization_id>/remove")
@takes_form(CustomerForm, _refused)
def remove(form: CustomerForm, organization_id: int) -> ResponseReturnValue:
    """Remove the organization with everything that it owns."""
    customer, app_context = _customer(organization_id), current()
    if customer.id == signed_in_user().organization.id:
        raise Refused("This is your own organization: you would lock yourself out.")
    organizations.remove(customer.id, form.name.data, g.now, signed_in_user().email)
    # What was still counted of it is written to nobody now, and to no organization that gets its number next.
    app_context.publisher.catch_up(g.now)
    hours.flush(app_context.counts, app_context.publisher.origins, g.now, app_context.log_bounds.sample, waits=5.0)
    flash(f"{customer.name} is removed with everything that it owned. Its activation codes are unknown from now on.")
    return redirect(url_for("organizations.show"), 303)


def _customer(organization_id: int) -> Customer:
    return organizations.by_id(organization_id) or abort(404)


def _list(form: OrganizationForm) -> str:
    view = from_request(installation_overview.COLUMNS, "name")
    wanted = OrganizationFilter(view.search, view.sort, view.descending)
    shown, total = installation_overview.page(wanted, view.first, view.rows_a_page, g.now)
    return render_template("organizations/show.html", form=form, view=view, rows=shown, total=total)


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
        quota=quotas.chosen(customer.id),
        usual=quotas.describe(current().daily_quota, 0),
        use=quota_use.of(customer.id, current().daily_quota, g.now),
        networks=code_networks.how_many(customer.id),
    )
