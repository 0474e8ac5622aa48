"""/reputons: how likely an address sends spam, as a reputon (RFC 7071), by HTTP as RFC 7072 describes it.

A client finds the form of the question in /.well-known/repute-template, which well_known.py serves.
"""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import operation
from portal.api.problems import Problem
from portal.api.schemas import ADDRESS, COUNT, SHARE, TEXT, fields, several
from portal.app_context import current
from reputation.addresses.address import parse_address
from reputation.insight import reputons
from reputation.insight.reputons import APPLICATION, ASSERTIONS

PATH = "/reputons"
CONTENT_TYPE = "application/reputon+json"
SECONDS = {"type": "integer", "minimum": 0, "description": "Unix seconds."}
REPUTON = fields(
    {
        "rater": TEXT,
        "assertion": TEXT,
        "rated": TEXT,
        "rating": SHARE,
        "confidence": SHARE,
        "sample-size": COUNT,
        "generated": SECONDS,
        "expires": SECONDS,
        "email-id-identity": TEXT,
    }
)


@operation(
    "GET",
    PATH,
    "How likely an address sends spam, as a number from 0 to 1: a reputon (RFC 7071), or none where nothing is known",
    "read",
    fields({"application": TEXT, "reputons": several(REPUTON)}),
    query={
        "application": {"type": "string", "enum": [APPLICATION]},
        "subject": ADDRESS,
        "assertion": {
            "type": "string",
            "pattern": f"^(?:{'|'.join(ASSERTIONS)})?$",
            "maxLength": 20,
            "default": "",
            "description": f"One of {', '.join(ASSERTIONS)}; of these, spam is rated.",
        },
    },
    required=("application", "subject"),
    unready=True,
    media=CONTENT_TYPE,
)
def list_reputons(application: str, subject: str, assertion: str) -> dict[str, Any]:
    """Return what is known of the address for everybody, whatever the bearer's organization has reported."""
    snapshot = current().live.current
    if snapshot is None:
        raise Problem(503, "Nothing is loaded yet: ask again in a few seconds.", {"Retry-After": "5"})
    return reputons.document(parse_address(subject), assertion, current().zone, snapshot.origins, g.now)
