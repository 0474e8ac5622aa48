"""The first page of a new installation: behind a link that is printed once at start and ends with its use."""

from __future__ import annotations

from threading import Lock

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField

from portal.app_context import current
from portal.auth import begin_session
from portal.forms import (
    Form,
    accepted_by,
    add_error,
    email_field,
    name_field,
    password_field,
    repeated_password,
    required,
    takes_form,
)
from reputation.customers import users

blueprint = Blueprint("first_run", __name__)

SUBSCRIPTIONS = (
    ("advanced", "Advanced", "Both databases: known sources are refused with 550, suspicious ones deferred with 450."),
    ("standard", "Standard", "The standard database alone: known sources are refused with 550."),
)
# Two submissions at once must not both find the installation empty.
one_at_a_time = Lock()


class FirstRunForm(Form):
    """The organization, and the email and password of its first person."""

    organization = name_field("Organization", "Write the name of your organization.", 200, autocomplete="organization")
    subscription = RadioField(
        "Subscription",
        [required("Choose a subscription.")],
        choices=[value for value, _, _ in SUBSCRIPTIONS],
        default="advanced",
    )
    email = email_field()
    password = password_field("Password", "Choose a password.", "new-password")
    repeated = repeated_password("password")
    validate_email = accepted_by(users.checked_email)

    def validate(self, extra_validators: object = None) -> bool:
        """Check the fields alone and together: the password must be strong enough for the email."""
        super().validate(extra_validators)
        if not self.password.errors:
            told = self.email.data or "", self.organization.data or ""
            weakness = users.check_password_strength(self.password.data, *told)
            if weakness:
                add_error(self.password, weakness)
        return not self.errors


@blueprint.get("/first-run/<token>")
def show(token: str) -> ResponseReturnValue:
    """Show the form, while nobody has an account."""
    return _page(FirstRunForm(), token) if _is_open(token) else _closed()


@blueprint.post("/first-run/<token>")
def save(token: str) -> ResponseReturnValue:
    """Add the organization and its first person, log in, and close the link."""
    with one_at_a_time:
        return _save(token=token) if _is_open(token) else _closed()


@takes_form(FirstRunForm, lambda form, problem, token: _page(form, token, problem))
def _save(form: FirstRunForm, token: str) -> ResponseReturnValue:
    app_context = current()
    user = users.first_run(
        form.organization.data, form.subscription.data, form.email.data, form.password.data, app_context.clock()
    )
    app_context.first_run.close()
    begin_session(user)
    flash("Gatepost is yours. The first steps below lead to the first answer.")
    return redirect(url_for("general.show"), 303)


def _is_open(token: str) -> bool:
    """A link is also dead once somebody has an account by another way, such as the command line."""
    return current().first_run.opens(token) and not users.any_users()


def _page(form: FirstRunForm, token: str, problem: str = "") -> str:
    return render_template(
        "first_run/show.html",
        form=form,
        token=token,
        problem=problem,
        subscriptions=SUBSCRIPTIONS,
        zone=current().zone,
    )


def _closed() -> ResponseReturnValue:
    """The same page for a spent link and for a wrong one."""
    return render_template("first_run/closed.html", first_run_is_due=not users.any_users()), 410
