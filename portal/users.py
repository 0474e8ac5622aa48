"""Administration > Users: who of the organization may log in, as what, and who is invited.

Between the form and the page that shows it once, a new link travels in the reader's own session cookie.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectField

from portal import undo
from portal.app_context import current
from portal.auth import may_change, signed_in_user
from portal.forms import add_error, email_field, whole_number
from reputation.customers import one_time_links, user_admin
from reputation.customers.users import PortalUser
from reputation.refusal import Refused

blueprint = Blueprint("users", __name__, url_prefix="/administration/users")

NEW = "new_link"
# What each role may do, in the order of the page.
ROLES = {
    "viewer": "sees everything of the organization and changes nothing",
    "administrator": "also changes rules, settings, mail servers and people",
    "operator": "also runs the installation: feeds, listings, all organizations",
}


class InviteForm(FlaskForm):  # type: ignore[misc]
    email = email_field(autocomplete="off")
    role = SelectField("Role", choices=[], default="viewer", validate_choice=False)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """The people, the open invitations, and once the link that was just made."""
    return _page(InviteForm(formdata=None))


@blueprint.post("/invite")
def invite() -> ResponseReturnValue:
    """Invite somebody; the next page shows the link."""
    form = InviteForm()
    if form.validate():
        try:
            link, address = one_time_links.invite(
                signed_in_user(), form.email.data, form.role.data or "", g.now, current().lookup_url
            )
        except Refused as refusal:
            add_error(form.email, str(refusal))
        else:
            return _show_once(link, address)
    return _page(form), 422


@blueprint.post("/withdraw")
def withdraw() -> ResponseReturnValue:
    """End an open invitation."""
    gone = one_time_links.withdraw(
        signed_in_user().organization.id,
        request.form.get("invitation", 0, type=whole_number),
        g.now,
        signed_in_user().email,
    )
    if gone is None:
        abort(404)
    flash(f"The invitation of {gone.email} is withdrawn: its link opens nothing any more.")
    return redirect(url_for("users.show"), 303)


@blueprint.post("/role")
def change_role() -> ResponseReturnValue:
    """Give somebody another role."""
    user, role = _person(), request.form.get("role", "")
    try:
        user_admin.change_role(signed_in_user(), user, role, g.now)
    except Refused as refusal:
        return _page(InviteForm(formdata=None), str(refusal)), 422
    said = f"{user.email} is {_article(role)} {role} from now on."
    undo.flash_undo(said, url_for("users.change_role"), user=user.id, role=user.role)
    return redirect(url_for("users.show"), 303)


@blueprint.post("/deactivate")
def deactivate() -> ResponseReturnValue:
    """Shut somebody out."""
    user = _person()
    try:
        user_admin.deactivate(signed_in_user(), user, g.now)
    except Refused as refusal:
        return _page(InviteForm(formdata=None), str(refusal)), 422
    said = f"{user.email} is deactivated and logged out everywhere."
    undo.flash_undo(said, url_for("users.reactivate"), user=user.id)
    return redirect(url_for("users.show"), 303)


@blueprint.post("/reactivate")
def reactivate() -> ResponseReturnValue:
    """Let somebody in again."""
    user = _person()
    try:
        user_admin.reactivate(signed_in_user(), user, g.now)
    except Refused as refusal:
        return _page(InviteForm(formdata=None), str(refusal)), 422
    flash(f"{user.email} may log in again.")
    return redirect(url_for("users.show"), 303)


@blueprint.post("/password-link")
def make_password_link() -> ResponseReturnValue:
    """A way to a new password for somebody who has forgotten it; the next page shows the link."""
    try:
        link, address = one_time_links.forgotten(signed_in_user(), _person(), g.now, current().lookup_url)
    except Refused as refusal:
        return _page(InviteForm(formdata=None), str(refusal)), 422
    return _show_once(link, address)


@blueprint.post("/two-step-off")
def reset_two_step() -> ResponseReturnValue:
    """Turn two-step login off for somebody who has lost the app."""
    user = _person()
    try:
        user_admin.reset_two_step(signed_in_user(), user, g.now)
    except Refused as refusal:
        return _page(InviteForm(formdata=None), str(refusal)), 422
    flash(f"Two-step login of {user.email} is off: the password alone lets in. It can be set up again.")
    return redirect(url_for("users.show"), 303)


def _person() -> PortalUser:
    """Whom the form is about; nobody of another organization is to be found."""
    user = user_admin.user_of(signed_in_user().organization.id, request.form.get("user", 0, type=whole_number))
    if user is None:
        abort(404)
    return user


def _show_once(link: one_time_links.Link, address: str) -> ResponseReturnValue:
    session[NEW] = {"purpose": link.purpose, "email": link.email, "address": address, "expires_at": link.expires_at}
    return redirect(url_for("users.show"), 303)


def _article(role: str) -> str:
    return "a" if role == "viewer" else "an"


def _page(form: InviteForm, problem: str = "") -> str:
    user = signed_in_user()
    given = user_admin.roles_given_by(user)
    form.role.choices = [(role, role.capitalize()) for role in given]
    return render_template(
        "users/show.html",
        form=form,
        problem=problem,
        new=session.pop(NEW, None),
        accounts=user_admin.users_of(user.organization.id),
        invitations=one_time_links.invitations(user.organization.id, g.now),
        changes=may_change(),
        changeable=lambda account: user_admin.may_administer(user, account),
        given=given,
        roles=ROLES,
        sends_mail=current().sends_mail,
    )
