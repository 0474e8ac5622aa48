"""/exchange: what this installation gives to others, as files that never change but for a few small ones.

They are for programs of other installations, and for any cache in between: a batch may be kept for good.
"""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

from flask import Blueprint, Response, abort, g, send_file

from portal.limits import client_address, limiter
from reputation.exchange import giving, hub

blueprint = Blueprint("exchange_files", __name__, url_prefix="/exchange")

FOR_GOOD = "public, max-age=31536000, immutable"
SHORTLY = "public, max-age=60"
OFTEN = "600 per minute"  # of one client: who was away for two weeks takes some 1,300 batches


@blueprint.get("/<any(introduction, latest, revocation):name>")
@limiter.limit(OFTEN, key_func=client_address)
def document(name: str) -> Response:
    """Send one of the small signed files."""
    text = hub.documents()[name]
    if not text:
        _nothing()
    return _sent(text.encode(), "application/json", SHORTLY)


@blueprint.get("/<int:number>.batch")
@limiter.limit(OFTEN, key_func=client_address)
def batch(number: int) -> Response:
    """Send a batch."""
    content = giving.batch(number) if giving.is_served() else None
    if content is None:
        _nothing()
    return _sent(content or b"", "application/octet-stream", FOR_GOOD)


def _nothing() -> None:
    g.problem = "This installation gives nothing to others under this address."
    abort(404)


def _sent(content: bytes, content_type: str, kept: str) -> Response:
    response = send_file(BytesIO(content), content_type, etag=sha256(content).hexdigest()[:24])
    response.headers["Cache-Control"] = kept
    return response
