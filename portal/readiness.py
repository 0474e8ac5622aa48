"""/readyz: whether DNS answers, and as of when, for whoever starts, watches or balances programs.

It reads no table, so that it also says so while the database is away. It names the kinds of the faults that stand, and
no more: anybody may ask, and sentences and subjects may hold names and places of this installation. No fault makes a
node unready: what was published before is still answered.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response, jsonify

from portal.app_context import current
from reputation import faults

blueprint = Blueprint("readiness", __name__)


@blueprint.get("/readyz")
def show() -> tuple[Response, int]:
    """Answer 200 where DNS serves, with the time as of which it does, or 503 with the reason; faults beside either."""
    context = current()
    if not context.dns_addresses:
        return _not_ready("DNS is not served: the setting dns names no address.")
    if context.live.current is None:
        return _not_ready("DNS answers SERVFAIL: nothing has been published yet.")
    return _said({"ready": True, "as_of": _written(context.publisher.as_of), **_faults()}, 200)


def _not_ready(reason: str) -> tuple[Response, int]:
    return _said({"ready": False, "reason": reason, **_faults()}, 503)


def _faults() -> dict[str, object]:
    """Each kind of fault that stands, since when, and how many there are of it; nothing where all is well."""
    since: dict[str, list[int]] = {}
    for fault in faults.standing():
        since.setdefault(fault.kind, []).append(fault.since)
    told = [{"kind": kind, "since": _written(min(at)), "count": len(at)} for kind, at in since.items()]
    return {"faults": told} if told else {}


def _written(at: int) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _said(value: dict[str, object], status: int) -> tuple[Response, int]:
    answer = jsonify(value)
    answer.headers["Cache-Control"] = "no-store"
    return answer, status
