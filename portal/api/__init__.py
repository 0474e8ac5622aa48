"""/api/v1: how programs ask and change what people do in the browser, each under a token of its own.

It calls the same use cases as the screens and decides nothing. One module a subject; operations.py guards every call,
document.py describes them all.
"""

from __future__ import annotations

from flask import Response, jsonify

from portal.api import (
    checks,
    code_networks,
    document,
    evidence,
    listings,
    mail_servers,
    queries,
    quota,
    reputons,
    rules,
)
from portal.api.operations import blueprint
from portal.app_context import current

__all__ = [
    "blueprint",
    "checks",
    "code_networks",
    "evidence",
    "listings",
    "mail_servers",
    "queries",
    "quota",
    "reputons",
    "rules",
]


@blueprint.get("/openapi.json", endpoint="document")
def openapi() -> Response:
    """Return the OpenAPI document; it needs no token."""
    return jsonify(document.openapi(f"{current().lookup_url}/api/v1"))


@blueprint.get("/api.md", endpoint="text")
def text() -> Response:
    """Return the same document for people, as plain text."""
    return Response(document.markdown(), content_type="text/markdown; charset=utf-8")
