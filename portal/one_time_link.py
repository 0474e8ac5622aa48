"""Pages behind a link that is good once: an invitation to an account, and the way to a new password."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from portal.auth import begin_session, end_session, signed_in_user_or_none
from portal.forms import add_error, password_field, repeated_password
from portal.limits import attempts_by_address
from reputation.customers import one_time_links, users
from reputation.customers.one_time_links import Link
from reputation.refusal import Refused

blueprint = Blueprint("one_time_link", __name__)


class ChooseForm(FlaskForm):  # type: ignore[misc]
    password = password_field("Password", "Choose a password.", "new-password")
    repeated = repeated_password("password")

    def strong_enough(self, link: Link) -> bool:
        """Whether the fields are filled in, alike, and strong enough for whom the link is."""
        self.validate()
        if not self.password.errors:
            weakness = users.check_password_strength(self.password.data, link.email, link.organization)
            if weakness:
                add_error(self.password, weakness)
        return not self.errors


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """Choose the password of a new account."""
    return _show(one_time_links.INVITATION, token)


@blueprint.post("/invitation/<token>")
@attempts_by_address
def accept(token: str) -> ResponseReturnValue:
    """Make the account, and log in."""
    link, form = one_time_links.opened(one_time_links.INVITATION, token, g.now), ChooseForm()
    if link is None:
        return _closed()
    if not form.strong_enough(link):
        return _page(link, token, form), 422
    try:
        user = one_time_links.accept(token, form.password.data, g.now)
    except Refused as refusal:
        return _page(link, token, form, str(refusal)), 422
    if signed_in_user_or_none():
        end_session()
    begin_session(user)
    flash(f"Welcome: you are {'a' if user.role == 'viewer' else 'an'} {user.role} of {user.organization.name}.")
    return redirect(url_for("general.show"), 303)


@blueprint.get("/password/<token>")
def new_password(token: str) -> ResponseReturnValue:
    """Choose a password in place of the one that was forgotten."""
    return _show(one_time_links.PASSWORD, token)


@blueprint.post("/password/<token>")
@attempts_by_address
def choose_password(token: str) -> ResponseReturnValue:
    """Take the new password. It opens nothing by itself: the login follows, with its second step where there is one."""
    link, form = one_time_links.opened(one_time_links.PASSWORD, token, g.now), ChooseForm()
    if link is None:
        return _closed()
    if not form.strong_enough(link):
        return _page(link, token, form), 422
    try:
        one_time_links.choose_password(token, form.password.data, g.now)
    except Refused as refusal:
        return _page(link, token, form, str(refusal)), 422
    flash("The new password is set, and every session under the account is over. Log in with it.")
    return redirect(url_for("login.show"), 303)


def _show(purpose: str, token: str) -> ResponseReturnValue:
    link = one_time_links.opened(purpose, token, g.now)
    return _page(link, token, ChooseForm()) if link else _closed()


def _page(link: Link, token: str, form: ChooseForm, problem: str = "") -> str:
    action = "one_time_link.accept" if link.purpose == one_time_links.INVITATION else "one_time_link.choose_password"
    return render_template(
        "one_time_link/show.html", link=link, form=form, problem=problem, action=url_for(action, token=token)
    )


def _closed() -> ResponseReturnValue:
    """The same page for a spent link, an old one and a wrong one."""
    return render_template("one_time_link/closed.html"), 410
