"""Administration > Password: everybody's own account, which is its password and the time zone of its pages.

While a new password is typed, here or on a page before the login, the browser may ask how strong it is.
"""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.auth import (
    own,
    session_token,
    signed_in_user,
    signed_in_user_or_none,
)
from portal.forms import (
    Form,
    add_error,
    password_field,
    repeated_password,
    takes_form,
    text_field,
)
from portal.limits import attempts_by_account, attempts_by_address, while_typing
from portal.security import csrf_exempt
from reputation.customers import (
    passwords,
    second_factor,
    sessions,
    users,
)

blueprint = Blueprint("password", __name__, url_prefix="/administration/password")

LONGEST_WORDS = 300  # of email and organization, as far as they are looked at


class PasswordForm(Form):
    """The present password, the new one and its repetition."""

    present = password_field("Present password", "Write your present password.", "current-password")
    new = password_field("New password", "Choose a new password.", "new-password")
    repeated = repeated_password("new", "new password")

    def validate(self, extra_validators: object = None) -> bool:
        """Check also that the new password is strong enough for the reader."""
        super().validate(extra_validators)
        if not self.new.errors:
            weakness = users.check_password_strength(
                self.new.data, signed_in_user().email, signed_in_user().organization.name
            )
            if weakness:
                add_error(self.new, weakness)
        return not self.errors


class TimeZoneForm(Form):
    """The time zone of the reader's pages."""

    zone = text_field(strip=True)


class StrengthForm(Form):
    """What is sent while a password is typed: the field is `new` on one page and `password` on the others."""

    new = text_field()
    password = text_field()
    email = text_field(LONGEST_WORDS)
    organization = text_field(LONGEST_WORDS)


@blueprint.get("")
@own
def show() -> ResponseReturnValue:
    """Show both forms."""
    return _page(PasswordForm())


@blueprint.post("")
@own
@attempts_by_address
@attempts_by_account
@takes_form(PasswordForm, lambda form, _problem: _page(form), field="present")
def change(form: PasswordForm) -> ResponseReturnValue:
    """Change the password; this session goes on, and the reader's others end."""
    users.change_password(signed_in_user(), form.present.data, form.new.data, g.now, session_token())
    flash("The password is changed. Other sessions under this account are logged out.")
    return redirect(url_for("password.show"), 303)


@blueprint.post("/time-zone")
@own
@takes_form(TimeZoneForm, lambda form, problem: _page(PasswordForm(formdata=None), form.zone.data, problem))
def choose_time_zone(form: TimeZoneForm) -> ResponseReturnValue:
    """Choose the time zone in which all times are shown."""
    users.choose_time_zone(signed_in_user(), form.zone.data, g.now)
    flash(f"All times are shown as in {form.zone.data} from now on.")
    return redirect(url_for("password.show"), 303)


@blueprint.post("/strength")
@csrf_exempt  # it changes nothing, and a login that goes on meanwhile has ended the token of the page
@while_typing
def strength() -> ResponseReturnValue:
    """Show, under its field, how strong the password is that is being typed."""
    user, form = signed_in_user_or_none(), StrengthForm(meta={"csrf": False})
    email = user.email[:LONGEST_WORDS] if user else form.email.data
    organization = user.organization.name[:LONGEST_WORDS] if user else form.organization.data
    typed = form.new.data or form.password.data
    told = passwords.strength(typed[: passwords.LONGEST + 1], email, organization)
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
