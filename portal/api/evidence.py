"""/spam-reports and /history: evidence of spam comes in, and the history of an address is told."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.problems import Problem
from portal.api.schemas import ADDRESS, COUNT, DATABASE, MOMENT, PLAIN, TEXT, fields, maybe, several
from portal.app_context import current
from portal.times import iso_or_none
from reputation.addresses.address import parse_address
from reputation.intake import listing_history, reach, spam_reports
from reputation.intake.listing_history import HistoryEvent

# Whose word a trap and a person who runs the installation are, is the operator's to say.
OPERATORS_SOURCES = ("trap", "hand")
OPERATORS_SCOPE = "listings"
LONGEST_EVIDENCE = 2000
EVENT = fields(
    {
        "database": DATABASE,
        "network": TEXT,
        "category": TEXT,
        "what": TEXT,
        "at": MOMENT,
        "until": maybe(MOMENT),
        "reason": TEXT,
    }
)


@operation(
    "POST",
    "/spam-reports",
    "Report that an address has sent spam: it lists for your organization at once, for others when reporters agree; a "
    "token with the scope listings speaks for the installation, and may also send the sources trap and hand",
    "reports",
    fields(
        {
            "address": TEXT,
            "subject": TEXT,
            "counted": {"type": "boolean"},
            "level": COUNT,
            "shared_level": COUNT,
            "warning": TEXT,
        }
    ),
    status=201,
    body=fields(
        {
            "address": ADDRESS,
            "source": {"type": "string", "enum": ["complaint", "filter", *OPERATORS_SOURCES]},
            "evidence": {"type": "string", "pattern": PLAIN, "minLength": 1, "maxLength": LONGEST_EVIDENCE},
        },
        {
            "dedupe_key": {
                "type": "string",
                "pattern": PLAIN,
                "maxLength": 200,
                "description": "Such as a Message-ID: the same message counts once.",
            }
        },
    ),
    refused=409,
    gathered=True,  # each one by itself would lay all our listings anew
)
def report_spam(address: str, source: str, evidence: str, dedupe_key: str = "") -> dict[str, Any]:
    """Count the report; `subject` is what is scored.

    `level` is the lowest at which it is listed for the organization now, `shared_level` for everybody; 0 is none.
    `warning` says that it is a great resolver, a great provider or a protected sender; "" where it is none.
    """
    caller = bearer()
    speaks_for_all = OPERATORS_SCOPE in caller.token.scopes
    if source in OPERATORS_SOURCES and not speaks_for_all:
        raise Problem(
            403, f"A report of source {source} needs a token with the scope listings: send complaint or filter."
        )
    found = spam_reports.accept(
        address, source, g.now, organization_id=None if speaks_for_all else caller.organization.id, evidence=evidence,
        reporter=caller.who, dedupe_key=dedupe_key, who=caller.who, origins=current().publisher.origins,
    )  # fmt: skip
    return {
        "address": found.address, "subject": found.subject, "counted": found.is_new, "level": found.level,
        "shared_level": found.shared_level, "warning": reach.warning(address),
    }  # fmt: skip


@operation(
    "GET",
    "/history",
    "What this installation listed an address for, and what happened to each listing",
    "read",
    fields({"address": TEXT, "listed": several(EVENT), "events": several(EVENT)}),
    query={"address": ADDRESS},
    required=("address",),
)
def history(address: str) -> dict[str, Any]:
    """Return the listings that hold the address now, and all events of listings that held it, the newest first."""
    found = listing_history.history(parse_address(address), g.now)
    return {
        "address": address,
        "listed": [_event(one) for one in found.listed],
        "events": [_event(one) for one in found.events],
    }


def _event(one: HistoryEvent) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("database", "network", "category", "what", "reason")}
    return {**plain, "at": iso_or_none(one.at), "until": iso_or_none(one.until) if one.until else None}
