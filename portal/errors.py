"""Pages for errors: what happened and what to do, in the layout of every other page."""

from __future__ import annotations

import time

from flask import Flask, Response, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, TooManyRequests

from portal import fragments
from portal.api import problems
from portal.auth import signed_in_user_or_none
from portal.limits import limiter
from reputation.customers.password_hash import AGAIN, Busy
from reputation.store import health
from reputation.store.trouble import Trouble

# What a page says, by status; a view may put a nearer sentence into g.problem.
PROBLEMS = {
    400: ("This request cannot be read", "Go back, reload the page and try again."),
    401: ("Log in first", "This page is for people with an account."),
    403: ("You may not do this", "Your account has no right to it. An administrator of your organization can help."),
    404: (
        "There is no such page",
        "The address may be mistyped, or what it showed is gone. The menu leads to every screen.",
    ),
    405: ("This address takes no such request", "Go back and use the form or the link of the page."),
    413: ("This is too large", "A form or an upload may have at most 2 MB. Send less at once."),
    429: ("Too many attempts", "Wait a few minutes, then try again."),
    500: ("Something went wrong here", "It is not your fault, and Gatepost's log says what happened."),
    503: ("Not ready yet", "Wait a few seconds, then reload the page."),
}
# Where a program is told something else than a person.
FOR_PROGRAMS = {
    404: "There is no such address in the API: /api/v1/openapi.json names them all.",
    405: "This address takes no such method: the header Allow names those it takes.",
}
BUSY = "Too many passwords are being checked at this moment. Go back and send the same again in a few seconds."
LOST_FORM = (
    "The form was open for longer than your session, or cookies are off. Go back, reload the page and send it again."
)


def init_app(app: Flask) -> None:
    """Register a page for every error."""
    app.register_error_handler(CSRFError, _lost_form)
    app.register_error_handler(TooManyRequests, _too_many)
    app.register_error_handler(Busy, _busy)
    app.register_error_handler(HTTPException, _problem)
    app.register_error_handler(Exception, _fault)


def _problem(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    response = _page(error.code, g.get("problem", ""))
    return response, error.code, [(name, value) for name, value in error.get_headers() if name == "Allow"]


def _lost_form(error: CSRFError) -> ResponseReturnValue:
    return _page(400, LOST_FORM), 400


def _too_many(error: TooManyRequests) -> ResponseReturnValue:
    """Say when the next attempt counts, on the page and for programs (RFC 9110 10.2.3)."""
    seconds = _seconds_to_wait(error)
    if problems.asked_by_program():
        sentence = f"Too many requests: the next one counts in {seconds} seconds."
        return problems.answer(429, sentence, {"Retry-After": str(seconds)})
    # A person is told whole minutes, rounded up: nobody comes back too early.
    page = render_template("errors/too_many.html", again_at=g.now + seconds + 59, seconds=seconds + 59)
    return page, 429, {"Retry-After": str(seconds)}


def _seconds_to_wait(error: TooManyRequests) -> int:
    if isinstance(error.retry_after, int):  # of a guess
        return error.retry_after
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time.time())) if limit else 60


def _busy(_error: Busy) -> ResponseReturnValue:
    """Too many log in at once: nothing was compared, and the same again in a moment is."""
    return _page(503, BUSY), 503, {"Retry-After": str(AGAIN)}


def _fault(error: Exception) -> ResponseReturnValue:
    """What no view expected: the whole story in the log, and a page without the database, which may be what failed."""
    if found := health.tell(error, g.now):
        return _unwell(found)
    current_app.logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return _page(500, ""), 500


def _unwell(found: Trouble) -> ResponseReturnValue:
    """The database is not well: the room of faults and the log know why, and the reader when to try again."""
    headers = {"Retry-After": str(found.again)}
    if problems.asked_by_program():
        return problems.answer(503, found.sentence, headers)
    view = current_app.view_functions.get(request.endpoint or "")
    if fragments.is_fragment_request() or getattr(view, "checks_token", False):
        return f"{found.sentence}\n", 503, {**headers, "Content-Type": "text/plain; charset=utf-8"}
    user = signed_in_user_or_none() if "_login_user" in g else None
    page = render_template(
        "errors/unwell.html",
        sentence=found.sentence,
        remedy=found.remedy if user and user.is_operator else "",
        soon=found.soon,
        sent=request.method == "POST",
        known=user is not None,
    )
    return page, 503, headers


def _page(status: int, sentence: str) -> str | Response:
    title, usual = PROBLEMS.get(status, PROBLEMS[500 if status >= 500 else 400])
    if problems.asked_by_program():
        return problems.answer(status, sentence or FOR_PROGRAMS.get(status, usual))
    # After a fault the database may be the cause: the page then shows a person only where the request has loaded one.
    known = status < 500 or "_login_user" in g
    return render_template("errors/problem.html", status=status, title=title, sentence=sentence or usual, known=known)
