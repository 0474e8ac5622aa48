"""Who reads this page, and what he or she may do. The cookie holds a session's token and nothing else; sessions and
people belong to `reputation.customers`.

The portal is closed by default: a page needs a login unless its row in portal/screens.py opens it, the operator's
screens are there for the operator alone, and a viewer may send nothing unless the view is marked with `@own`. A screen
that forgets to say anything is therefore safe.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from htmx_flask import make_response
from werkzeug.wrappers import Response

from portal import fragments, known_browsers, screens
from reputation.addresses.address import Address, parse_address
from reputation.customers import sessions, users
from reputation.customers.users import PortalUser
from reputation.store import health, trouble
from reputation.store.trouble import Trouble, Unwell

View = TypeVar("View", bound=Callable[..., Any])
FRESH = "password_typed_at"  # where the session keeps when the reader has last typed the password
READING = frozenset(("GET", "HEAD", "OPTIONS"))

login_manager = LoginManager()


class SessionUser(UserMixin):  # type: ignore[misc]
    """A person with a session, whose token the browser keeps."""

    def __init__(self, user: PortalUser, token: str) -> None:
        self.user = user
        self.token = token

    def get_id(self) -> str:
        """Return the session's token, which Flask-Login puts into the cookie."""
        return self.token


def signed_in_user_or_none() -> PortalUser | None:
    """Return the person who is logged in, or None for a visitor."""
    # Looked up once: a page asks this for each of its times, and the proxy goes through the context at each attribute.
    session_user = current_user._get_current_object()
    return session_user.user if session_user and session_user.is_authenticated else None


def signed_in_user() -> PortalUser:
    """Return the person who is logged in; only for views that are not public."""
    user = signed_in_user_or_none()
    if user is None:
        abort(401)
    return user


def unknown_reader() -> Trouble | None:
    """Return why it is not known who reads, though somebody may be logged in; None where that is known."""
    signed_in_user_or_none()
    found: Trouble | None = g.get("unknown_reader")
    return found


def can_edit() -> bool:
    """Tell whether the reader may change what belongs to the organization: viewers may not."""
    user = signed_in_user_or_none()
    return user is not None and user.can_edit


def remote_address() -> Address:
    """Return the address that the request comes from.

    A socket that listens on the addresses of both kinds sees IPv4 clients as ::ffff:a.b.c.d.
    """
    return parse_address(request.remote_addr or "::")


def session_token() -> str:
    """Return the token of the reader's own session."""
    return str(current_user.token) if signed_in_user_or_none() else ""


def begin_session(user: PortalUser) -> None:
    """Log a person in; whatever the browser's cookie held before is forgotten."""
    session.clear()
    token = sessions.begin(user.id, str(remote_address()), request.user_agent.string, g.now)
    login_user(SessionUser(user, token))
    session.permanent = True
    session[FRESH] = g.now
    known_browsers.remember(user.email)


def end_session() -> None:
    """Log the reader out, in the cookie and in the table."""
    sessions.close(session_token())
    logout_user()
    session.clear()


def checks_token(view: View) -> View:
    """Mark a view for programs: it checks a token itself, and knows no session."""
    view.checks_token = True  # type: ignore[attr-defined]
    return view


def own(view: View) -> View:
    """Mark a view in which everybody, a viewer too, changes what is his or her own."""
    view.own = True  # type: ignore[attr-defined]
    return view


def inner_path(path: str) -> str:
    """Return the path of this portal to go on to after a login; "" for anything that leads elsewhere."""
    try:
        parts = urlsplit(path)
    except ValueError:  # such as a bracket that is never closed
        return ""
    # "//host" and "/\\host" are other sites to a browser, though they begin with a slash.
    elsewhere = parts.scheme or parts.netloc or "\\" in path or path.startswith("//") or not path.startswith("/")
    return "" if elsewhere or any(ord(sign) < 32 for sign in path) else path


def init_app(app: Flask) -> None:
    """Check the login and the rights before every request."""
    # Without its context processor: it would ask the database for the page that says that the database failed.
    login_manager.init_app(app, add_context_processor=False)
    # Strict protection would log a phone out whenever it changes its network.
    login_manager.session_protection = "basic"
    app.before_request(_check)
    app.jinja_env.globals.update(
        signed_in_user=signed_in_user_or_none, can_edit=can_edit, unknown_reader=unknown_reader
    )


@login_manager.user_loader  # type: ignore[untyped-decorator]
def _load(token: str) -> SessionUser | None:
    # A page that refreshes itself is no sign of a reader: as with the cookie, only an opened one lengthens the session.
    try:
        found = sessions.find(token, g.now, opened=not fragments.is_fragment_request())
        user = users.user(found.user_id) if found else None
    except trouble.ERRORS as error:
        # Nobody is logged out by it: the cookie stays, and whoever it belongs to is known again with the database.
        g.unknown_reader = health.tell(error, g.now)
        if g.unknown_reader is None:
            raise
        return None
    return SessionUser(user, token) if user else None


def _check() -> Response | None:
    endpoint = request.endpoint or ""
    view = current_app.view_functions.get(endpoint)
    if view is None or endpoint == "static" or screens.is_public(endpoint) or getattr(view, "checks_token", False):
        return None
    if unknown := unknown_reader():
        raise Unwell(unknown)
    if signed_in_user_or_none() is None:
        return _to_login()
    if screens.is_for_operator(endpoint) and not signed_in_user().is_operator:
        abort(404)  # to everybody else there is no such page
    if request.method not in READING and not can_edit() and not getattr(view, "own", False):
        g.problem = "You are a viewer of this organization: an administrator can make this change."
        abort(403)
    return None


def _to_login() -> Response:
    """Send a visitor to the login, and back afterwards to the page that was asked for."""
    if fragments.is_fragment_request():
        # A fragment cannot follow a redirect to a whole page; htmx is told to leave the page instead.
        page = request.headers.get("HX-Current-URL", "")
        wanted = inner_path(page.removeprefix(request.host_url.rstrip("/")))
        answer: Response = make_response("", 401, redirect=url_for("login.show", next=wanted or None))
        return answer
    wanted = inner_path(request.full_path.rstrip("?")) if request.method in READING else ""
    return redirect(url_for("login.show", next=wanted if wanted not in ("", "/") else None), 303)
