"""Administration > Password: everybody's own account, which is its password and the time zone of its pages.

While a new password is typed, here or on a page before the login, the browser may ask how strong it is.
"""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.auth import (
    own,
    session_token,
    signed_in_user,
    signed_in_user_or_none,
)
from portal.forms import add_error, password_field, repeated_password
from portal.limits import attempts_by_account, attempts_by_address, while_typing
from portal.security import csrf_exempt
from reputation.customers import (
    passwords,
    second_factor,
    sessions,
    users,
)
from reputation.refusal import Refused

blueprint = Blueprint("password", __name__, url_prefix="/administration/password")

LONGEST_WORDS = 300  # of email and organization, as far as they are looked at


class PasswordForm(FlaskForm):  # type: ignore[misc]
    present = password_field("Present password", "Write your present password.", "current-password")
    new = password_field("New password", "Choose a new password.", "new-password")
    repeated = repeated_password("new", "new password")

    def validate(self, extra_validators: object = None) -> bool:
        """Also that the new password is strong enough for the reader."""
        super().validate(extra_validators)
        if not self.new.errors:
            weakness = users.check_password_strength(
                self.new.data, signed_in_user().email, signed_in_user().organization.name
            )
            if weakness:
                add_error(self.new, weakness)
        return not self.errors


@blueprint.get("")
@own
def show() -> ResponseReturnValue:
    """The forms."""
    return _page(PasswordForm())


@blueprint.post("")
@own
@attempts_by_address
@attempts_by_account
def change() -> ResponseReturnValue:
    """Change the password; this session goes on, the reader's others end."""
    form = PasswordForm()
    if form.validate():
        try:
            users.change_password(signed_in_user(), form.present.data, form.new.data, g.now, session_token())
        except Refused as refusal:
            add_error(form.present, str(refusal))
        else:
            flash("The password is changed. Other sessions under this account are logged out.")
            return redirect(url_for("password.show"), 303)
    return _page(form), 422


@blueprint.post("/time-zone")
@own
def choose_time_zone() -> ResponseReturnValue:
    """Show all times as of there."""
    name = request.form.get("zone", "").strip()
    try:
        users.choose_time_zone(signed_in_user(), name, g.now)
    except Refused as refusal:
        return _page(PasswordForm(formdata=None), zone=name, zone_problem=str(refusal)), 422
    flash(f"All times are shown as in {name} from now on.")
    return redirect(url_for("password.show"), 303)


@blueprint.post("/strength")
@csrf_exempt  # it changes nothing, and a login that goes on meanwhile has ended the token of the page
@while_typing
def strength() -> ResponseReturnValue:
    """How strong the password is that is being typed: a fragment under its field."""
    user = signed_in_user_or_none()
    email = user.email if user else request.form.get("email", "")
    organization = user.organization.name if user else request.form.get("organization", "")
    typed = request.form.get("new", "") or request.form.get("password", "")
    told = passwords.strength(typed[: passwords.LONGEST + 1], email[:LONGEST_WORDS], organization[:LONGEST_WORDS])
    return render_template("password/_strength.html", strength=told)


def _page(form: PasswordForm, zone: str = "", zone_problem: str = "") -> str:
    user = signed_in_user()
    return render_template(
        "password/show.html",
        form=form,
        zone=zone or user.time_zone,
        zone_problem=zone_problem,
        zones=[(name.partition("/")[0], name) for name in users.time_zones()],
        now=g.now,
        two_step=second_factor.is_on(user.id),
        sessions=len(sessions.sessions(user.id, g.now)),
    )
