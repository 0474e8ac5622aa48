"""What goes wrong, told to programs: Problem Details (RFC 9457), in the sentences that a page would show."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request

PREFIX = "/api/"
CONTENT_TYPE = "application/problem+json"


class Problem(Exception):
    """A call that ends with a problem: its status, the sentence that says what to do, and its additional headers."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})


def asked_by_program() -> bool:
    """Tell whether the present request is for the API, so that no page may answer it."""
    return request.path.startswith(PREFIX)


def answer(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """Make the response that carries the problem.

    Its type is about:blank, so the title is that of the status (RFC 9457 4.2.1).
    """
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(json.dumps(told), status, headers=dict(headers or {}), content_type=CONTENT_TYPE)
