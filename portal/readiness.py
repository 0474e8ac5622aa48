"""/readyz: whether DNS answers, and as of when, for whoever starts, watches or balances programs.

It reads no table, so that it also says so while the database is away.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify

from portal.app_context import current

blueprint = Blueprint("readiness", __name__)


@blueprint.get("/readyz")
def show() -> tuple[Response, int]:
    """Answer 200 where DNS serves, with the time as of which it does, or 503 with the reason."""
    context = current()
    if not context.dns_addresses:
        return _not_ready("DNS is not served: the setting dns names no address.")
    if context.live.current is None:
        return _not_ready("DNS answers SERVFAIL: nothing has been published yet.")
    as_of = datetime.fromtimestamp(context.publisher.as_of, UTC)
    return _said({"ready": True, "as_of": f"{as_of:%Y-%m-%dT%H:%M:%SZ}"}, 200)


def _not_ready(reason: str) -> tuple[Response, int]:
    return _said({"ready": False, "reason": reason}, 503)


def _said(value: dict[str, object], status: int) -> tuple[Response, int]:
    answer = jsonify(value)
    answer.headers["Cache-Control"] = "no-store"
    return answer, status
