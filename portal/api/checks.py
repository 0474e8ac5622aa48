"""/check: what both databases say of an address to the bearer's organization, by the function that answers DNS."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.problems import Problem
from portal.api.schemas import ADDRESS, LEVEL, MOMENT, SHARE, TEXT, fields, maybe, several
from portal.app_context import current
from portal.times import iso_or_none
from reputation.addresses.address import parse_address
from reputation.insight import address_check
from reputation.insight import why as explaining
from reputation.insight.address_check import Answer
from reputation.insight.why import Why

ANSWER = fields(
    {
        "listed": {"type": "boolean"},
        "code": maybe({"type": "string", "description": "The A record, such as 127.0.0.2; null where not listed."}),
        "reason": TEXT,
        "decided_by": {"type": "string", "description": "The step that decided."},
        "until": maybe(MOMENT),
    }
)

MESSAGES = {"type": "number", "minimum": 0, "description": "Messages that were seen, which fade with time."}
WHY = fields(
    {
        "sentence": TEXT,
        "lines": several(TEXT),
        "estimate": SHARE,
        "level": LEVEL,
        "parts": several(
            fields({"what": TEXT, "spam": MESSAGES, "seen": MESSAGES, "share": maybe(SHARE), "estimate": SHARE})
        ),
        "listed": several(
            fields(
                {
                    "kind": {"type": "string", "enum": ["address", "network"]},
                    "network": TEXT,
                    "level": LEVEL,
                    "until": MOMENT,
                    "passes": {"type": "boolean"},
                }
            )
        ),
    }
)


@operation(
    "GET",
    "/check",
    "Check an address",
    "read",
    fields(
        {
            "address": TEXT,
            "country": {"type": "string", "description": "ISO 3166 alpha-2; empty where unknown."},
            "asn": {"type": "integer", "description": "0 where unknown."},
            "isp": TEXT,
            "standard": ANSWER,
            "dynamic": ANSWER,
            "why": WHY,
        }
    ),
    query={"address": ADDRESS},
    required=("address",),
    unready=True,
)
def check(address: str) -> dict[str, Any]:
    """Return the decision of each database, the origin of the address, and why: what is known of it."""
    snapshot = current().live.current
    if snapshot is None:
        raise Problem(503, "Nothing is loaded yet: ask again in a few seconds.", {"Retry-After": "5"})
    found = address_check.check(snapshot, bearer().organization.id, address, g.now)
    return {
        "address": found.address,
        "country": found.country,
        "asn": found.asn,
        "isp": found.isp,
        "standard": _answer(found.standard),
        "dynamic": _answer(found.dynamic),
        "why": _why(explaining.why(parse_address(address), snapshot.origins, g.now, bearer().organization.id)),
    }


def _why(found: Why) -> dict[str, Any]:
    told = found.as_json()
    return told | {"listed": [{**one, "until": iso_or_none(one["until"])} for one in told["listed"]]}


def _answer(made: Answer) -> dict[str, Any]:
    return {
        "listed": made.listed,
        "code": made.code,
        "reason": made.reason,
        "decided_by": made.decided_by,
        "until": iso_or_none(made.until),
    }
