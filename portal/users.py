"""Administration > Users: who of the organization may log in, in which role, and who is invited.

Between the form and the page that shows it once, a new link travels in the reader's own session cookie.
"""

from __future__ import annotations

from flask import Blueprint, abort, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from portal import undo
from portal.app_context import current
from portal.auth import can_edit, signed_in_user
from portal.forms import Form, NumberField, email_field, takes_form, text_field
from portal.fresh_login import needs_password
from reputation.customers import one_time_links, tokens, user_admin
from reputation.customers.users import PortalUser

blueprint = Blueprint("users", __name__, url_prefix="/administration/users")

NEW = "new_link"
# What each role may do, in the order of the page.
ROLES = {
    "viewer": "sees everything of the organization and changes nothing",
    "administrator": "also changes rules, settings, mail servers and people",
    "operator": "also runs the installation: feeds, listings, all organizations",
}


class InviteForm(Form):
    """The email and role of somebody who is invited."""

    email = email_field(autocomplete="off")
    role = SelectField("Role", choices=[], default="viewer", validate_choice=False)


class UserForm(Form):
    """The buttons of a person's row; `role` is sent where it is changed."""

    user = NumberField(default=0)
    role = text_field()


class InvitationForm(Form):
    """The invitation that is to end."""

    invitation = NumberField(default=0)


@blueprint.get("")
def show() -> ResponseReturnValue:
    """Show the people, the open invitations, and once the link that was just made."""
    return _page(InviteForm(formdata=None))


@blueprint.post("/invite")
@needs_password
@takes_form(InviteForm, lambda form, problem: _page(form, problem), field="email")
def invite(form: InviteForm) -> ResponseReturnValue:
    """Invite somebody; the next page shows the link."""
    return _show_once(
        *one_time_links.invite(signed_in_user(), form.email.data, form.role.data or "", g.now, current().lookup_url)
    )


@blueprint.post("/withdraw")
def withdraw() -> ResponseReturnValue:
    """End an open invitation."""
    gone = one_time_links.withdraw(
        signed_in_user().organization.id, InvitationForm().invitation.data, g.now, signed_in_user().email
    )
    if gone is None:
        abort(404)
    flash(f"The invitation of {gone.email} is withdrawn: its link no longer works.")
    return redirect(url_for("users.show"), 303)


def _refused(_form: Form, problem: str) -> ResponseReturnValue:
    return _page(InviteForm(formdata=None), problem)


@blueprint.post("/role")
@needs_password
@takes_form(UserForm, _refused)
def change_role(form: UserForm) -> ResponseReturnValue:
    """Give somebody another role."""
    user, role = _user(form), form.role.data
    user_admin.change_role(signed_in_user(), user, role, g.now)
    said = f"{user.email} is {_article(role)} {role} from now on.{_tokens_that_lost(user)}"
    undo.flash_undo(said, url_for("users.change_role"), user=user.id, role=user.role)
    return redirect(url_for("users.show"), 303)


@blueprint.post("/deactivate")
@takes_form(UserForm, _refused)
def deactivate(form: UserForm) -> ResponseReturnValue:
    """Deactivate an account: its person can no longer log in."""
    user = _user(form)
    user_admin.deactivate(signed_in_user(), user, g.now)
    said = f"{user.email} is deactivated and logged out everywhere.{_tokens_that_lost(user)}"
    undo.flash_undo(said, url_for("users.reactivate"), user=user.id)
    return redirect(url_for("users.show"), 303)


@blueprint.post("/reactivate")
@needs_password
@takes_form(UserForm, _refused)
def reactivate(form: UserForm) -> ResponseReturnValue:
    """Let the person of a deactivated account log in again."""
    user = _user(form)
    user_admin.reactivate(signed_in_user(), user, g.now)
    flash(f"{user.email} may log in again.")
    return redirect(url_for("users.show"), 303)


@blueprint.post("/password-link")
@needs_password
@takes_form(UserForm, _refused)
def make_password_link(form: UserForm) -> ResponseReturnValue:
    """Make a link to a new password for somebody who has forgotten it; the next page shows the link."""
    return _show_once(*one_time_links.make_reset_link(signed_in_user(), _user(form), g.now, current().lookup_url))


@blueprint.post("/two-step-off")
@needs_password
@takes_form(UserForm, _refused)
def reset_two_step(form: UserForm) -> ResponseReturnValue:
    """Turn two-step login off for somebody who has lost the app."""
    user = _user(form)
    user_admin.reset_two_step(signed_in_user(), user, g.now)
    flash(f"Two-step login of {user.email} is off: the password alone is enough. It can be set up again.")
    return redirect(url_for("users.show"), 303)


def _user(form: UserForm) -> PortalUser:
    """Whom the form is about; nobody of another organization is to be found."""
    user = user_admin.user_of(signed_in_user().organization.id, form.user.data)
    if user is None:
        abort(404)
    return user


def _show_once(link: one_time_links.Link, address: str) -> ResponseReturnValue:
    session[NEW] = {"purpose": link.purpose, "email": link.email, "address": address, "expires_at": link.expires_at}
    return redirect(url_for("users.show"), 303)


def _tokens_that_lost(user: PortalUser) -> str:
    """A sentence for whoever runs the programs that use this person's tokens; "" where none has lost anything."""
    names = [token.name for token in tokens.tokens_of(user) if token.lost]
    if not names:
        return ""
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f" What uses the API token {names[0]}{more} may do less now, or nothing: API Tokens says what."


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
        users=user_admin.users_of(user.organization.id),
        invitations=one_time_links.invitations(user.organization.id, g.now),
        changes=can_edit(),
        changeable=lambda other: user_admin.may_administer(user, other),
        given=given,
        roles=ROLES,
        sends_mail=current().sends_mail,
    )
