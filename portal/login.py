"""Log in and out. It knows passwords and codes only as what people type; `reputation.customers` checks them.

Between the two steps the cookie holds a token of `half_logins`; it opens nothing.
"""

from __future__ import annotations

import re

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField
from wtforms.validators import Length

from portal.app_context import current
from portal.auth import (
    begin_session,
    end_session,
    inner_path,
    own,
    remote_address,
    signed_in_user_or_none,
)
from portal.forms import (
    Form,
    email_field,
    password_field,
    required,
)
from portal.limits import SECOND_STEP, attempts_by_account, attempts_by_address, codes_by_account
from reputation.customers import failed_logins, half_logins, second_factor, users
from reputation.customers.users import PortalUser

blueprint = Blueprint("login", __name__)

# One sentence for an unknown email, a wrong password and a closed account: it tells nobody who has one.
REFUSED = "Email or password is not right. Check both, and whether caps lock is on."
FAILURES = "failed_logins"  # where the session keeps, between the steps, what the person is to be told
APP_CODE = re.compile(r"[\d\s]{6,8}", re.ASCII)
NO_RECOVERY_CODE = "This is neither a code of the app (six digits) nor a recovery code that was not used before."
TOO_LATE = "The code did not follow within ten minutes: log in again."


class LoginForm(Form):
    """The email and password of a login."""

    email = email_field()
    password = password_field("Password", "Write your password.", "current-password")


class CodeForm(Form):
    """The code of the second step."""

    code = StringField(
        "Code",
        [required("Write the code that your app shows."), Length(max=40, message="This is too long for a code.")],
        render_kw={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"},
    )


@blueprint.get("/login")
def show() -> ResponseReturnValue:
    """Show the form; whoever is logged in already is sent on."""
    if signed_in_user_or_none():
        return redirect(_wanted(), 303)
    return _page(LoginForm())


@blueprint.post("/login")
@attempts_by_address
@attempts_by_account
def enter() -> ResponseReturnValue:
    """Log in and go on to the page that was asked for, or to the second step."""
    form = LoginForm()
    if not form.validate():
        return _page(form), 422
    email = form.email.data.strip().lower()
    failures = failed_logins.since_last_login(email)
    user = users.authenticate(email, form.password.data, current().clock())
    if user is None:
        failed_logins.note(email, failed_logins.WRONG_PASSWORD, str(remote_address()), g.now)
        return _page(form, REFUSED), 422
    if second_factor.is_on(user.id):
        session.clear()
        session[SECOND_STEP], session[FAILURES] = half_logins.begin(user.id, g.now), failures
        return redirect(url_for("login.ask_code", next=_next()), 303)
    begin_session(user)
    _tell(failures, user)
    return redirect(_wanted(), 303)


@blueprint.get("/login/code")
def ask_code() -> ResponseReturnValue:
    """Show the form of the second step."""
    if _half_way() is None:
        return _begin_again()
    return _code_page(CodeForm())


@blueprint.post("/login/code")
@attempts_by_address
@codes_by_account
def enter_code() -> ResponseReturnValue:
    """Log in where the code is right."""
    user = _half_way()
    if user is None:
        return _begin_again()
    form = CodeForm()
    if not form.validate():
        return _code_page(form), 422
    code = form.code.data.strip()
    by_app = bool(APP_CODE.fullmatch(code))
    if by_app and not second_factor.check(user.id, code, g.now):
        return _wrong_code(user, form, second_factor.NOT_RIGHT)
    if not by_app and not second_factor.use_recovery_code(user, code, g.now):
        return _wrong_code(user, form, NO_RECOVERY_CODE)
    failures = failed_logins.Failures(*session.get(FAILURES, (0, "")))
    half_logins.end(session[SECOND_STEP])
    begin_session(user)
    _tell(failures, user)
    if not by_app:
        left = second_factor.recovery_codes_left(user.id)
        flash(f"You have used a recovery code; {left} are left. Two-step Login makes new ones, or sets up another app.")
    return redirect(_wanted(), 303)


@blueprint.post("/logout")
@own
def leave() -> ResponseReturnValue:
    """Log out."""
    end_session()
    return redirect(url_for("login.show"), 303)


def _half_way() -> PortalUser | None:
    """Whose password was right a short time ago, in this browser."""
    token = session.get(SECOND_STEP)
    return half_logins.find(token, g.now) if isinstance(token, str) else None


def _wrong_code(user: PortalUser, form: CodeForm, problem: str) -> ResponseReturnValue:
    failed_logins.note(user.email, failed_logins.WRONG_CODE, str(remote_address()), g.now)
    return _code_page(form, problem), 422


def _tell(failures: failed_logins.Failures, user: PortalUser) -> None:
    """Say, on the first page, what was tried since the last login."""
    if said := failed_logins.sentence(failures, user):
        flash(said)


def _begin_again() -> ResponseReturnValue:
    if signed_in_user_or_none():
        return redirect(_wanted(), 303)
    if session.pop(SECOND_STEP, None):
        flash(TOO_LATE)
    return redirect(url_for("login.show", next=_next()), 303)


def _next() -> str | None:
    return inner_path(request.args.get("next", "")) or None


def _wanted() -> str:
    return _next() or url_for("general.show")


def _page(form: LoginForm, problem: str = "") -> str:
    return render_template(
        "login/show.html", form=form, problem=problem, wanted=_next(), first_run_is_due=not users.any_users()
    )


def _code_page(form: CodeForm, problem: str = "") -> str:
    user = _half_way()
    email = user.email if user else ""
    return render_template("login/code.html", form=form, problem=problem, wanted=_next(), email=email)
