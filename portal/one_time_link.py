"""Pages behind a link that works once: an invitation to an account, and the way to a new password."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.auth import (
    begin_session,
    end_session,
    signed_in_user_or_none,
)
from portal.forms import (
    Form,
    add_error,
    password_field,
    repeated_password,
    takes_form,
)
from portal.limits import attempts_by_address
from reputation.customers import one_time_links, users
from reputation.customers.one_time_links import Link

blueprint = Blueprint("one_time_link", __name__)


class ChooseForm(Form):
    """A password and its repetition."""

    password = password_field("Password", "Choose a password.", "new-password")
    repeated = repeated_password("password")

    def validate(self, extra_validators: object = None) -> bool:
        """Check also that the password is strong enough for the person who has the link."""
        super().validate(extra_validators)
        if not self.password.errors:
            weakness = users.check_password_strength(self.password.data, g.link.email, g.link.organization)
            if weakness:
                add_error(self.password, weakness)
        return not self.errors


@blueprint.get("/invitation/<token>")
def invitation(token: str) -> ResponseReturnValue:
    """Show the form for the password of a new account."""
    return _show(one_time_links.INVITATION, token)


@blueprint.post("/invitation/<token>")
@attempts_by_address
def accept(token: str) -> ResponseReturnValue:
    """Make the account, and log in."""
    return _accept(token=token) if _is_open(one_time_links.INVITATION, token) else _closed()


@takes_form(ChooseForm, lambda form, problem, token: _page(g.link, token, form, problem))
def _accept(form: ChooseForm, token: str) -> ResponseReturnValue:
    user = one_time_links.accept(token, form.password.data, g.now)
    if signed_in_user_or_none():
        end_session()
    begin_session(user)
    flash(f"Welcome: you are {'a' if user.role == 'viewer' else 'an'} {user.role} of {user.organization.name}.")
    return redirect(url_for("general.show"), 303)


@blueprint.get("/password/<token>")
def new_password(token: str) -> ResponseReturnValue:
    """Show the form for a password in place of the one that was forgotten."""
    return _show(one_time_links.PASSWORD, token)


@blueprint.post("/password/<token>")
@attempts_by_address
def choose_password(token: str) -> ResponseReturnValue:
    """Save the new password. It opens nothing by itself: the login follows, with its second step where there is one."""
    return _choose(token=token) if _is_open(one_time_links.PASSWORD, token) else _closed()


@takes_form(ChooseForm, lambda form, problem, token: _page(g.link, token, form, problem))
def _choose(form: ChooseForm, token: str) -> ResponseReturnValue:
    one_time_links.choose_password(token, form.password.data, g.now)
    flash("The new password is set, and every session of the account has ended. Log in with it.")
    return redirect(url_for("login.show"), 303)


def _is_open(purpose: str, token: str) -> bool:
    """Whether the link leads on; the form then knows it."""
    g.link = one_time_links.find_open(purpose, token, g.now)
    return g.link is not None


def _show(purpose: str, token: str) -> ResponseReturnValue:
    return _page(g.link, token, ChooseForm()) if _is_open(purpose, token) else _closed()


def _page(link: Link, token: str, form: ChooseForm, problem: str = "") -> str:
    action = "one_time_link.accept" if link.purpose == one_time_links.INVITATION else "one_time_link.choose_password"
    return render_template(
        "one_time_link/show.html", link=link, form=form, problem=problem, action=url_for(action, token=token)
    )


def _closed() -> ResponseReturnValue:
    """The same page for a spent link, an old one and a wrong one."""
    return render_template("one_time_link/closed.html"), 410
