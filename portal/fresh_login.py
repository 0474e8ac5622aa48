"""The password once more, before a change that gives somebody power: who has found an open browser gets no further.

A view that is marked asks for it where the reader has typed it longer than a quarter of an hour ago. What was to be
sent stays in the page that asks, so nothing is typed twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, make_response, render_template, request, session
from werkzeug.wrappers import Response

from portal.auth import FRESH, READING, signed_in_user_or_none
from portal.forms import Form, all_sent, password_field, was_sent
from portal.limits import password_again
from reputation.clock import was_within
from reputation.customers import failed_logins, users

View = TypeVar("View", bound=Callable[..., Any])
STAYS = 15 * 60  # seconds
FIELD = "present_again"
NOT_RIGHT = "The present password is not right."


class AgainForm(Form):
    """The present password, beside the fields of the form that was sent."""

    present_again = password_field("Present password", "Write your present password.", "current-password")


def needs_password(view: View) -> View:
    """Mark a view whose change needs a password that was typed a short time ago."""
    view.needs_password = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Ask for the password before the marked views."""
    app.before_request(_check)


def _check() -> Response | None:
    view = current_app.view_functions.get(request.endpoint or "")
    user = signed_in_user_or_none()
    if not getattr(view, "needs_password", False) or request.method in READING or user is None or _is_fresh():
        return None
    if not was_sent(FIELD):
        return _ask(AgainForm(formdata=None))
    form = AgainForm()
    if not form.validate():
        return _ask(form)
    with password_again() as made:
        made.was_wrong = not users.has_password(user.id, form.present_again.data)
        if made.was_wrong:
            failed_logins.note(user.email, failed_logins.WRONG_PASSWORD, str(request.remote_addr), g.now)
            return _ask(form, NOT_RIGHT)
    session[FRESH] = g.now
    return None


def _is_fresh() -> bool:
    at = session.get(FRESH, 0)
    return isinstance(at, int) and bool(was_within(at, g.now, STAYS))


def _ask(form: AgainForm, problem: str = "") -> Response:
    kept = all_sent(but=("csrf_token", FIELD))
    page = render_template("login/again.html", form=form, kept=kept, action=request.full_path, problem=problem)
    return make_response(page, 422 if problem or form.errors else 403)
