"""/.well-known: what programs look for at a fixed place of any web server (RFC 8615).

`repute-template` says how to ask for a reputon (RFC 7072): a URI template (RFC 6570) on one line.
"""

from __future__ import annotations

from flask import Blueprint, Response

from portal.api import reputons
from portal.api.operations import blueprint as api
from portal.app_context import current

blueprint = Blueprint("well_known", __name__, url_prefix="/.well-known")

VARIABLES = "application={application}&subject={subject}&assertion={assertion}"
HOLDS = "public, max-age=86400"


@blueprint.get("/repute-template")
def repute_template() -> Response:
    """Return the template; it needs no token, which the question does."""
    text = f"{current().lookup_url}{api.url_prefix}{reputons.PATH}?{VARIABLES}\n"
    return Response(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": HOLDS})
