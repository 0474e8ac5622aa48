"""/rules: the organization's approved and blocked senders. A change is in DNS before it is answered."""

from __future__ import annotations

from typing import Any

from flask import g

from portal.api.operations import bearer, operation
from portal.api.schemas import ACTION, CONFIRM, MOMENT, NOTE, SENDER, TEXT, Schema, fields, maybe, several
from portal.times import iso_or_none
from reputation.customers import policy
from reputation.customers.policy import Rule

RULE = fields(
    {"action": ACTION, "kind": TEXT, "value": TEXT, "note": TEXT, "created_at": MOMENT, "expires_at": maybe(MOMENT)}
)
STAY: Schema = {
    "type": "integer",
    "minimum": 60,
    "maximum": 3660 * 86400,
    "description": "Seconds after which the rule ends; without it the rule has no end.",
}


@operation("GET", "/rules", "List approved and blocked senders", "read", fields({"rules": several(RULE)}))
def list_rules() -> dict[str, Any]:
    """Return the rules that are in force, in the order in which they were made."""
    found = policy.rules(bearer().organization.id)
    return {"rules": [_rule(rule) for rule in found if rule.expires_at is None or g.now < rule.expires_at]}


@operation(
    "POST",
    "/rules",
    "Approve or block a sender",
    "rules",
    RULE,
    status=201,
    body=fields(
        {"action": ACTION, "value": SENDER}, {"note": {**NOTE, "default": ""}, "duration": STAY, "confirm": CONFIRM}
    ),
    refused=409,
)
def add_rule(action: str, value: str, note: str, confirm: str, duration: int | None = None) -> dict[str, Any]:
    """Add the rule, and return it as it is now."""
    until = None if duration is None else g.now + duration
    organization, who = bearer().organization.id, bearer().who
    return _rule(policy.add_rule(organization, action, value, g.now, who, note, until, confirm))


@operation(
    "DELETE",
    "/rules",
    "Remove a rule",
    "rules",
    None,
    status=204,
    query={"action": ACTION, "value": SENDER},
    required=("action", "value"),
    refused=404,
)
def remove_rule(action: str, value: str) -> None:
    """Remove the rule."""
    policy.remove_rule(bearer().organization.id, action, value, g.now, bearer().who)


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "action": rule.action,
        "kind": rule.kind,
        "value": rule.value,
        "note": rule.note,
        "created_at": iso_or_none(rule.created_at),
        "expires_at": iso_or_none(rule.expires_at),
    }
