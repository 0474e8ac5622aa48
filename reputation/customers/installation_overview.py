"""All organizations side by side, for whoever runs the installation: people, codes, what they ask. Changes nothing."""

from __future__ import annotations

from typing import Any, NamedTuple

from peewee import fn

from reputation.counting import connections
from reputation.counting.connections import Counts
from reputation.customers import activation_codes
from reputation.insight.day_summary import span
from reputation.store.models import (
    ActivationCode,
    LastAsked,
    MailServer,
    Organization,
    SenderRule,
    User,
)

STATES = ("active", "replaced", "ended", "revoked")


class Overview(NamedTuple):
    """One organization. `codes` counts those that are answered now; `queries` are those of the last 24 hours, as on
    General."""

    id: int
    name: str
    subscription: str
    created_at: int
    people: int
    codes: int
    queries: int
    last_asked_at: int | None


class Owns(NamedTuple):
    """What one organization has made here, in numbers."""

    rules: int
    mail_servers: int


class CodeState(NamedTuple):
    """A code as the operator sees it: never whole. `state` is active, replaced (it still answers), ended or revoked;
    the last query is the organization's, under any of its codes."""

    id: int
    organization_id: int
    organization: str
    masked: str
    state: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_asked_at: int | None


def organizations(now: int) -> list[Overview]:
    """Everybody, by name."""
    people = _counted(User, User.active)
    codes = _counted(ActivationCode, _answered(now))
    counts = connections.by_organization(*span(now))
    asked = dict(LastAsked.select(LastAsked.organization, LastAsked.last_at).tuples())
    return [
        Overview(
            row.id, row.name, row.subscription, row.created_at, people.get(row.id, 0), codes.get(row.id, 0),
            counts.get(row.id, Counts()).asked, asked.get(row.id),
        )
        for row in Organization.select().order_by(fn.LOWER(Organization.name))
    ]  # fmt: skip


def owns(organization_id: int) -> Owns:
    """What the organization has made."""
    return Owns(
        SenderRule.select().where(SenderRule.organization == organization_id).count(),
        MailServer.select().where(MailServer.organization == organization_id).count(),
    )


def codes(now: int, organization_id: int | None = None) -> list[CodeState]:
    """All codes, those of one organization together, the newest first."""
    asked = dict(LastAsked.select(LastAsked.organization, LastAsked.last_at).tuples())
    rows = ActivationCode.select(ActivationCode, Organization).join(Organization)
    if organization_id is not None:
        rows = rows.where(ActivationCode.organization == organization_id)
    ordered = rows.order_by(fn.LOWER(Organization.name), ActivationCode.id.desc())
    return [_seen(row, asked.get(row.organization_id), now) for row in ordered]


def code(code_id: int, now: int) -> CodeState | None:
    """One code, or None."""
    rows = ActivationCode.select(ActivationCode, Organization).join(Organization)
    row = rows.where(ActivationCode.id == code_id).first()
    if row is None:
        return None
    asked = LastAsked.get_or_none(LastAsked.organization == row.organization_id)
    return _seen(row, asked.last_at if asked else None, now)


def _seen(row: ActivationCode, last_asked_at: int | None, now: int) -> CodeState:
    return CodeState(
        row.id, row.organization_id, row.organization.name, activation_codes.masked(row.label), _state(row, now),
        row.created_at, row.expires_at, row.revoked_at, last_asked_at,
    )  # fmt: skip


def _answered(now: int) -> Any:
    goes_on = ActivationCode.expires_at.is_null() | (ActivationCode.expires_at > now)
    return ActivationCode.revoked_at.is_null() & goes_on


def _state(row: ActivationCode, now: int) -> str:
    if row.revoked_at is not None:
        return "revoked"
    if row.expires_at is not None and row.expires_at <= now:
        return "ended"
    return "active" if row.replaced_at is None else "replaced"


def _counted(table: Any, which: Any) -> dict[int, int]:
    rows = table.select(table.organization, fn.COUNT(table.id)).where(which).group_by(table.organization)
    return dict(rows.tuples())
