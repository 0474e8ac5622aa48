"""Installation > Activation Codes: the codes of all organizations, masked; a new one is shown once."""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from portal.auth import signed_in_user
from portal.forms import Form, takes_form, text_field, whole_number
from portal.tables import LONGEST, from_request
from portal.times import from_field
from reputation.customers import activation_codes, installation_overview, organizations
from reputation.customers.installation_overview import CodeState
from reputation.refusal import Refused

blueprint = Blueprint("activation_codes", __name__, url_prefix="/installation/activation-codes")

NEW_CODE = "new_code"
COLUMNS = ("organization", "created")
SUGGESTED = 20  # names of organizations, while one is typed


class IssueForm(Form):
    """The name of the organization that gets a new code."""

    organization = text_field(LONGEST, strip=True)


class CodeForm(Form):
    """The buttons of a code's row; `day` is sent where its end is changed."""

    day = text_field(strip=True)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show all codes, or those of one organization where the address has its number."""
    return _page()


@blueprint.get("/names")
def names() -> ResponseReturnValue:
    """Give some names of organizations that contain what is in the field, as options of its list."""
    words = " ".join((request.args.get("search") or request.args.get("organization", ""))[:LONGEST].split())
    return render_template("activation_codes/_names.html", names=organizations.some_names(SUGGESTED, words))


@blueprint.post("/issue")
@takes_form(IssueForm, lambda form, problem: _page(problem, form.organization.data))
def issue(form: IssueForm) -> ResponseReturnValue:
    """Issue a new code beside those that are active; the next page shows it once."""
    if not form.organization.data:
        raise Refused("Write the name of the organization that the code is for.")
    customer = organizations.by_name(form.organization.data)
    code = activation_codes.issue(customer.id, g.now, signed_in_user().email)
    session[NEW_CODE] = code.dashed
    flash(f"A code for {customer.name} is issued; it is answered from now on.")
    return redirect(url_for("activation_codes.show", organization=customer.id), 303)


@blueprint.post("/<int:code_id>/revoke")
@takes_form(CodeForm, lambda _form, problem, code_id: _page(problem))
def revoke(_form: CodeForm, code_id: int) -> ResponseReturnValue:
    """End a code at once."""
    code = _code(code_id)
    activation_codes.revoke_own(code.organization_id, code.id, g.now, signed_in_user().email)
    flash(f"The code {code.masked} of {code.organization} is revoked: from now on it is answered like an unknown one.")
    return redirect(url_for("activation_codes.show", organization=code.organization_id), 303)


@blueprint.post("/<int:code_id>/end")
@takes_form(CodeForm, lambda _form, problem, code_id: _page(problem))
def end(form: CodeForm, code_id: int) -> ResponseReturnValue:
    """Let a code end with a day in the operator's time zone, or never."""
    code = _code(code_id)
    activation_codes.end_at(code.organization_id, code.id, _end(form.day.data), g.now, signed_in_user().email)
    flash(f"The end of the code {code.masked} of {code.organization} is changed.")
    return redirect(url_for("activation_codes.show", organization=code.organization_id), 303)


def _code(code_id: int) -> CodeState:
    return installation_overview.code(code_id, g.now) or abort(404)


def _end(day: str) -> int | None:
    """The last second of a day; None for no day at all."""
    if not day:
        return None
    try:
        return from_field(f"{day}T23:59:59")
    except ValueError:
        raise Refused("Write a day such as 2027-03-31, or leave the field empty for no end.") from None


def _page(problem: str = "", typed: str = "") -> str:
    view = from_request(COLUMNS, "organization", ("organization", "state"))
    chosen = view.filters["organization"]
    organization = request.args.get("organization", type=whole_number) if chosen else None
    customer = organizations.by_id(organization) if organization else None
    name = customer.name if customer else ""
    state = view.filters["state"] if view.filters["state"] in installation_overview.STATES else ""
    order = f"-{view.sort}" if view.descending else view.sort
    codes, total = installation_overview.codes_page(
        view.first, view.rows_a_page, g.now, organization, state, order, view.search
    )
    return render_template(
        "activation_codes/show.html",
        view=view,
        codes=codes,
        total=total,
        names=organizations.some_names(SUGGESTED),
        chosen=chosen,
        name=name,
        typed=typed or name,
        states=installation_overview.STATES,
        problem=problem,
        new_code=session.pop(NEW_CODE, ""),
        now=g.now,
    )
