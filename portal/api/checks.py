"""/check: what both databases say of an address to the bearer's organization, by the function that answers DNS."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.problems import Problem
from portal.api.schemas import ADDRESS, MOMENT, TEXT, fields, maybe
from portal.app_context import current
from portal.times import iso_or_none
from reputation.insight import address_check
from reputation.insight.address_check import Answer

ANSWER = fields(
    {
        "listed": {"type": "boolean"},
        "code": maybe({"type": "string", "description": "The A record, such as 127.0.0.2; null where not listed."}),
        "reason": TEXT,
        "decided_by": {"type": "string", "description": "The step that decided."},
        "until": maybe(MOMENT),
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
        }
    ),
    query={"address": ADDRESS},
    required=("address",),
    unready=True,
)
def check(address: str) -> dict[str, Any]:
    """Return the decision of each database, with the origin of the address."""
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
    }


def _answer(made: Answer) -> dict[str, Any]:
    return {
        "listed": made.listed,
        "code": made.code,
        "reason": made.reason,
        "decided_by": made.decided_by,
        "until": iso_or_none(made.until),
    }
