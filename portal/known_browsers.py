"""Browsers in which somebody has logged in before. Each carries a signed cookie that says as whom; it opens nothing.

Strangers may use up an account's wrong guesses; its person, in a browser that is known, has guesses of her own.
"""

from __future__ import annotations

import secrets
from typing import Any

from flask import after_this_request, current_app, g, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from reputation.customers.token_hash import hash_token

COOKIE = "gatepost_browser"
STAYS = 180 * 86400  # seconds since somebody has last logged in
MOST = 5  # accounts that one browser remembers


def remember(email: str) -> None:
    """Let the answer to this request mark the browser as one in which this person has logged in."""
    name = _of(email)
    kept = [(other, mark) for other, mark in _marks().items() if other != name]
    value = _signer().dumps({**dict(kept[-(MOST - 1) :]), name: [secrets.token_urlsafe(9), g.now]})

    @after_this_request
    def mark(response: Response) -> Response:
        response.set_cookie(
            _name(), value, max_age=STAYS, secure=request.is_secure, httponly=True, samesite="Lax", path="/"
        )
        return response


def mark_of(email: str) -> str:
    """Return the mark of this browser where this person has logged in here before; "" where not."""
    mark, at = _marks().get(_of(email), ("", 0))
    return mark if at > g.now - STAYS else ""


def _marks() -> dict[str, tuple[str, int]]:
    try:
        read: dict[str, Any] = _signer().loads(request.cookies.get(_name(), ""))
    except BadData:
        return {}
    return {name: (str(mark), int(at)) for name, (mark, at) in read.items()}


def _of(email: str) -> str:
    """The account, so that whoever looks into the browser reads no address."""
    return hash_token(email)[:16]


def _name() -> str:
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="known browser")
