"""API tokens: how a program acts for an organization. It owns the tokens, not what each call does.

A token is shown once, when it is made; only its SHA-256 is stored, which is enough for 256 random bits and cannot be
reversed. The door refuses a call that needs more than the token's scopes.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from reputation.customers import organizations
from reputation.customers.token_hash import hash_token
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import ApiToken, Organization

PREFIX = "gp_"
HINT = 8
LONGEST_NAME = 100
MOST = 50  # tokens of one organization
DAY = 86400
LAST_USED_STEP = 60  # seconds: a token in constant use costs a write a minute, and not one a call

# What a token may do, in the order of the page.
SCOPES = {
    "read": "Check addresses, read rules, mail servers, reports and listings",
    "rules": "Add and remove approved and blocked senders",
    "mail-servers": "Add and remove valid mail servers",
    "reports": "Send in spam reports",
    "feeds": "Fetch lists as files",
}
# Given by the operator alone: what changes the answers to every organization.
OPERATOR_SCOPES = {"listings": "Add and remove the installation's own listings"}
EXPIRIES = (30, 90, 365, 0)  # days; 0: no end


class Token(NamedTuple):
    """A token without its secret; `hint` is how it begins. Times are Unix seconds, None for never."""

    id: int
    organization_id: int
    name: str
    scopes: tuple[str, ...]
    hint: str
    created_by: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None

    def is_over(self, now: int) -> bool:
        """Tell whether the token has ended."""
        return self.expires_at is not None and now >= self.expires_at


class Bearer(NamedTuple):
    """For whom a call acts: the token, and its organization."""

    token: Token
    organization: organizations.Customer

    @property
    def who(self) -> str:
        """Return the name that the audit log uses."""
        return f"API token {self.token.name}"


def create(
    organization_id: int, name: str, scopes: Sequence[str], days: int, now: int, who: str, operator: bool = False
) -> tuple[Token, str]:
    """Make a token that ends after `days` (0: never); return it with its secret, which is shown only once.

    Raise Refused where a value is not allowed or the name is taken.
    """
    name = " ".join(name.split())
    _check(organization_id, name, scopes, days, operator)
    secret = PREFIX + secrets.token_urlsafe(32)
    with db.write():
        row = ApiToken.create(
            organization=organization_id,
            name=name,
            token_hash=hash_token(secret),
            scopes=json.dumps(_in_order(scopes)),
            created_at=now,
            expires_at=now + days * DAY if days else None,
            hint=secret[:HINT],
            created_by=who,
        )
        audit.record(organization_id, who, f"API token {name} created", now, after=", ".join(_in_order(scopes)))
    return _token(row), secret


def revoke(organization_id: int, token_id: int, now: int, who: str) -> Token:
    """Revoke a token: from the next call on it is unknown. Raise Refused where the organization has none such."""
    with db.write():
        row = ApiToken.get_or_none((ApiToken.id == token_id) & (ApiToken.organization == organization_id))
        if row is None:
            raise Refused("There is no such token: reload the page to see the present ones.")
        row.delete_instance()
        audit.record(organization_id, who, f"API token {row.name} revoked", now, before=", ".join(_token(row).scopes))
    return _token(row)


def tokens(organization_id: int) -> list[Token]:
    """Return the organization's tokens, including ended ones, the newest first."""
    rows = ApiToken.select().where(ApiToken.organization == organization_id).order_by(ApiToken.id.desc())
    return [_token(row) for row in rows]


def bearer(secret: str, now: int) -> Bearer | None:
    """Return for whom this secret acts, and note its use; return None where it is unknown or has ended."""
    row = ApiToken.get_or_none(ApiToken.token_hash == hash_token(secret))
    if row is None or _token(row).is_over(now):
        return None
    owner: Organization = row.organization
    customer = organizations.Customer(owner.id, owner.name, owner.subscription, owner.created_at)
    if row.last_used_at is None or now - row.last_used_at >= LAST_USED_STEP:
        ApiToken.update(last_used_at=now).where(ApiToken.id == row.id).execute()
    return Bearer(_token(row), customer)


def _check(organization_id: int, name: str, scopes: Sequence[str], days: int, operator: bool) -> None:
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Give the token a name of at most {LONGEST_NAME} characters: what will use it.")
    if not scopes:
        raise Refused("Choose what the token may do.")
    unknown = sorted(set(scopes) - set(SCOPES) - (set(OPERATOR_SCOPES) if operator else set()))
    if unknown:
        raise Refused(f"A token cannot be given {unknown[0]!r}: choose from {', '.join(SCOPES)}.")
    if days not in EXPIRIES:
        raise Refused("Choose when the token ends: after 30, 90 or 365 days, or never.")
    mine = ApiToken.organization == organization_id
    if ApiToken.select().where(mine & (ApiToken.name == name)).exists():
        raise Refused(f"There is a token named {name!r} already: choose another name, or revoke that one first.")
    if ApiToken.select().where(mine).count() >= MOST:
        raise Refused(f"An organization has at most {MOST} tokens: revoke those that nothing uses.")


def _in_order(scopes: Sequence[str]) -> list[str]:
    return [scope for scope in {**SCOPES, **OPERATOR_SCOPES} if scope in scopes]


def _token(row: ApiToken) -> Token:
    return Token(
        row.id,
        row.organization_id,
        row.name,
        tuple(json.loads(row.scopes)),
        row.hint,
        row.created_by,
        row.created_at,
        row.expires_at,
        row.last_used_at,
    )
