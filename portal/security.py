"""What the browser is allowed to do, and how the session cookie travels. This applies to every answer.

It knows no screen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

from flask import Flask, Request, abort, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf import CSRFProtect
from itsdangerous import BadSignature
from werkzeug.wrappers import Response

from portal import fragments
from portal.app_context import AppContext

# No 'unsafe-inline': templates hold no style attributes and no scripts. Pico draws its arrows from data: images.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    # "same-origin" and not "no-referrer": over https Flask-WTF compares the referrer of a form with the host.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT = "max-age=31536000"  # of this host alone: what else stands below its domain is not ours to say
View = TypeVar("View", bound=Callable[..., Any])
SESSION_HOURS = 12
LARGEST_REQUEST = 2 * 1024 * 1024
MOST_FIELDS = 5000  # of a form; a page has some hundreds at most

csrf = CSRFProtect()


def csrf_exempt(view: View) -> View:
    """Accept a view's POST without a token; only for what changes nothing."""
    csrf.exempt(view)
    return view


class PageSessions(SecureCookieSessionInterface):
    """Sessions that last twelve hours from the last page that a person opened."""

    def get_cookie_name(self, app: Flask) -> str:
        """Return the cookie's name; over https one that no other site below the same domain may set (RFC 6265bis)."""
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if request.is_secure else name

    def get_cookie_secure(self, app: Flask) -> bool:
        """Tell whether the cookie is sent over https alone.

        Over https it never travels in the clear; over http it must, or nobody could log in.
        """
        return request.is_secure

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie, whose signature tells no end.

        What ends by time says so itself: the session in the table, the half-way login. A signature that is of a time to
        come would log everybody out where the clock was set back.
        """
        serializer = self.get_signing_serializer(app)
        if serializer is None:
            return None
        try:
            return self.session_class(serializer.loads(request.cookies.get(self.get_cookie_name(app), "")))
        except BadSignature:
            return self.session_class()

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Tell whether the answer sets the cookie: because the session changed, or a person opened a page."""
        # A page that refreshes itself is no sign of a reader and does not lengthen the session. A static file may be
        # kept by caches between, which must never hand a cookie on.
        opened = request.endpoint != "static" and not fragments.is_fragment_request()
        return session.modified or (opened and session.permanent)


def init_app(app: Flask, app_context: AppContext) -> None:
    """Set the cookie's rules, CSRF protection, the size of a request, and the headers of each answer."""
    app.config.update(
        SECRET_KEY=app_context.secret_key,
        SESSION_COOKIE_NAME="gatepost_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=SESSION_HOURS),
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,  # thousands of rules may be pasted into one field
        # The token ends with the session; a shorter life would only break forms that were left open.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = PageSessions()
    app.before_request(_bound_fields)
    csrf.init_app(app)
    app.after_request(_say_the_rules)


def _bound_fields() -> None:
    """Refuse a form of very many fields before it is read: each costs far more than its octets (413)."""
    if request.mimetype == "application/x-www-form-urlencoded" and request.get_data().count(b"&") >= MOST_FIELDS:
        abort(413)


def _say_the_rules(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:  # RFC 6797 7.2: over http the header means nothing
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    if request.endpoint == "static" and response.status_code in (200, 304):
        # The address of a file holds its version, so that a new version is a new address.
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    else:
        response.headers.setdefault("Cache-Control", "no-store")
    return response
