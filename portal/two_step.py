"""Administration > Two-step Login: an authenticator app beside the password, for everybody's own account.

Between the form and the page that shows them once, recovery codes travel in the reader's own session cookie.
"""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import StringField
from wtforms.validators import Length

from portal.auth import own, signed_in_user
from portal.forms import (
    Form,
    password_field,
    required,
    takes_form,
)
from portal.fresh_login import needs_password
from portal.limits import attempts_by_account, attempts_by_address
from reputation.customers import second_factor

blueprint = Blueprint("two_step", __name__, url_prefix="/administration/two-step-login")

CODES = "recovery_codes"
QUIET = 4  # modules of light around a QR code, or a camera does not find it (ISO 18004)


class ConfirmForm(Form):
    """The code that proves that the app is set up."""

    code = StringField(
        "Code that the app shows",
        [required("Write the six digits that the app shows."), Length(max=20, message="The code has six digits.")],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )


class PasswordForm(Form):
    """The present password, which a change needs."""

    present = password_field("Present password", "Write your present password.", "current-password")


@blueprint.get("")
@own
def show() -> ResponseReturnValue:
    """Show whether it is on, and the set-up of the app where `setup` is asked for."""
    return _page()


@blueprint.post("/confirm")
@own
@attempts_by_address
@attempts_by_account
@needs_password
@takes_form(ConfirmForm, lambda form, _problem: _page(confirm=form, setup=True), field="code")
def confirm(form: ConfirmForm) -> ResponseReturnValue:
    """Turn two-step login on; the answer shows the recovery codes."""
    codes = second_factor.confirm(signed_in_user(), form.code.data, g.now)
    return _show_once(codes, "Two-step login is on.")


@blueprint.post("/recovery-codes")
@own
@attempts_by_address
@attempts_by_account
@takes_form(PasswordForm, lambda form, _problem: _page(password=form), field="present")
def renew(form: PasswordForm) -> ResponseReturnValue:
    """Make new recovery codes in place of the old ones; the answer shows them."""
    codes = second_factor.renew_recovery_codes(signed_in_user(), form.present.data, g.now)
    return _show_once(codes, "The recovery codes are new; the old ones no longer count.")


@blueprint.post("/turn-off")
@own
@attempts_by_address
@attempts_by_account
@takes_form(PasswordForm, lambda form, _problem: _page(password=form), field="present")
def turn_off(form: PasswordForm) -> ResponseReturnValue:
    """Turn two-step login off: there is no second step from now on."""
    second_factor.turn_off(signed_in_user(), form.present.data, g.now)
    flash("Two-step login is off: you log in with the password alone.")
    return redirect(url_for("two_step.show"), 303)


def qr_code(text: str) -> Markup:
    """Draw a QR code as SVG that needs neither a style nor a request: the content policy allows no other."""
    import segno  # once somebody turns it on

    drawn = segno.make(text, error="m", micro=False)
    size = drawn.symbol_size(border=QUIET)[0]
    shape = drawn.svg_inline(border=QUIET, omitsize=True, light="#fff", dark="#000", svgclass=None, lineclass=None)
    frame = f'<svg role="img" aria-label="QR code with the secret" width="{size * 5}" height="{size * 5}"'
    return Markup(shape.replace("<svg", frame, 1))


def _show_once(codes: list[str], sentence: str) -> ResponseReturnValue:
    session[CODES] = codes
    flash(sentence)
    return redirect(url_for("two_step.show"), 303)


def _page(confirm: ConfirmForm | None = None, password: PasswordForm | None = None, setup: bool = False) -> str:
    user = signed_in_user()
    on = second_factor.is_on(user.id)
    enrolment = second_factor.enrol(user) if not on and (setup or "setup" in request.args) else None
    return render_template(
        "two_step/show.html",
        on=on,
        codes=session.pop(CODES, []),
        left=second_factor.recovery_codes_left(user.id) if on else 0,
        secret=enrolment.secret if enrolment else "",
        qr=qr_code(enrolment.address) if enrolment else "",
        confirm=confirm or ConfirmForm(formdata=None),
        password=password or PasswordForm(formdata=None),
    )
