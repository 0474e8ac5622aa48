"""API tokens: how a program acts for an organization. It owns the tokens, not what each call does.

A token belongs to the person who made it, and may do what that person may do now: with a lesser role it loses scopes,
and it ends with the account. Nothing is written then, so that no way of changing a person can forget it; who gets the
role or the account back has the tokens back, too.

A token is shown once, when it is made; only its SHA-256 is stored, which is enough for 256 random bits and cannot be
reversed. The door refuses a call that needs more than the token's scopes.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from reputation.clock import was_within
from reputation.customers import organizations, users
from reputation.customers.token_hash import hash_token
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import ApiToken, Organization, User

PREFIX = "gp_"
HINT = 8
LONGEST_NAME = 100
MOST = 50  # tokens of one organization
DAY = 86400
LAST_USED_STEP = 60  # seconds: a token in constant use costs a write a minute, and not one a call

# What a token may do, in the order of the page.
SCOPES = {
    "read": "Check addresses, read rules, mail servers, code networks, the daily quota, reports and listings",
    "rules": "Add and remove approved and blocked senders",
    "mail-servers": "Add and remove valid mail servers",
    "code-networks": "Say from which networks the activation codes may be used",
    "reports": "Send in spam reports",
    "feeds": "Fetch lists as files",
}
READING_SCOPES = ("read", "feeds")  # what a viewer's role gives: a viewer changes nothing
# Given by the operator alone: what changes the answers to every organization.
OPERATOR_SCOPES = {"listings": "Add and remove the installation's own listings"}
EXPIRIES = (30, 90, 365, 0)  # days; 0: no end


class Token(NamedTuple):
    """A token without its secret; `hint` is how it begins. Times are Unix seconds, None for never.

    `given` are the scopes that it was made with, and `scopes` those that its person's role gives now. `ended` says why
    that person's token is refused, "" where it is not.
    """

    id: int
    organization_id: int
    name: str
    given: tuple[str, ...]
    scopes: tuple[str, ...]
    hint: str
    person: str
    ended: str
    created_at: int
    expires_at: int | None
    last_used_at: int | None

    @property
    def lost(self) -> tuple[str, ...]:
        """Return the scopes that the person's role no longer gives."""
        return tuple(scope for scope in self.given if scope not in self.scopes)

    def is_over(self, now: int) -> bool:
        """Tell whether the token has ended, by its own time or with its person's role."""
        return bool(self.ended) or (self.expires_at is not None and now >= self.expires_at)


class Bearer(NamedTuple):
    """For whom a call acts: the token, its organization, and the person to whom it belongs."""

    token: Token
    organization: organizations.Customer
    person: PortalUser

    @property
    def who(self) -> str:
        """Return the name that the audit log uses."""
        return f"API token {self.token.name}"


def scopes_of(person: PortalUser) -> dict[str, str]:
    """Return the scopes that this person's role gives, each with what it allows."""
    if not person.can_edit:
        return {scope: SCOPES[scope] for scope in READING_SCOPES}
    return SCOPES | (OPERATOR_SCOPES if person.is_operator else {})


def create(person: PortalUser, name: str, scopes: Sequence[str], days: int, now: int) -> tuple[Token, str]:
    """Make a token of this person's that ends after `days` (0: never).

    Return it with its secret, which is shown only once. Raise Refused where a value is not allowed, the name is taken,
    or the person's role does not give a scope.
    """
    name = " ".join(name.split())
    secret = PREFIX + secrets.token_urlsafe(32)
    with db.write():
        person = _as_now(person)
        _check(person, name, scopes, days)
        row = ApiToken.create(
            organization=person.organization.id,
            user=person.id,
            name=name,
            token_hash=hash_token(secret),
            scopes=json.dumps(_in_order(scopes)),
            created_at=now,
            expires_at=now + days * DAY if days else None,
            hint=secret[:HINT],
        )
        after = ", ".join(_in_order(scopes))
        audit.record(person.organization.id, person.email, f"API token {name} created", now, after=after)
        return _token(row), secret


def revoke(organization_id: int, token_id: int, now: int, who: str) -> Token:
    """Revoke a token, whoever's: from the next call on it is unknown.

    Raise Refused where the organization has none such.
    """
    with db.write():
        row = _rows().where((ApiToken.id == token_id) & (ApiToken.organization == organization_id)).first()
        if row is None:
            raise Refused("There is no such token: reload the page to see the present ones.")
        token = _token(row)
        ApiToken.delete().where(ApiToken.id == token_id).execute()
        audit.record(organization_id, who, f"API token {token.name} revoked", now, before=", ".join(token.given))
    return token


def tokens(organization_id: int) -> list[Token]:
    """Return the organization's tokens, including ended ones, the newest first."""
    return [_token(row) for row in _rows().where(ApiToken.organization == organization_id).order_by(ApiToken.id.desc())]


def tokens_of(person: PortalUser) -> list[Token]:
    """Return the tokens that belong to a person, as they are now, the newest first."""
    return [_token(row) for row in _rows().where(ApiToken.user == person.id).order_by(ApiToken.id.desc())]


def bearer(secret: str, now: int) -> Bearer | None:
    """Return for whom this secret acts, and note its use; return None where it is unknown or has ended."""
    row = _rows().where(ApiToken.token_hash == hash_token(secret)).first()
    if row is None or _token(row).is_over(now):
        return None
    person = users.user_from_row(row.user)
    if row.last_used_at is None or not was_within(row.last_used_at, now, LAST_USED_STEP):
        db.try_to_write(lambda: ApiToken.update(last_used_at=now).where(ApiToken.id == row.id).execute())
    return Bearer(_token(row), person.organization, person)


def _rows() -> Any:
    """Tokens with their people and these people's organizations: every call asks this, so it is one question."""
    return ApiToken.select(ApiToken, User, Organization).join(User).join(Organization)


def _as_now(person: PortalUser) -> PortalUser:
    """The person as the account is now: it may have changed since the page was opened."""
    found = users.user(person.id)
    if found is None:
        raise Refused(f"{person.email} is deactivated: a token would not work.")
    return found


def _check(person: PortalUser, name: str, scopes: Sequence[str], days: int) -> None:
    if not 0 < len(name) <= LONGEST_NAME:
        raise Refused(f"Give the token a name of at most {LONGEST_NAME} characters: what will use it.")
    if not scopes:
        raise Refused("Choose what the token may do.")
    unknown = sorted(set(scopes) - set(scopes_of(person)))
    if unknown:
        known = ", ".join(scopes_of(person))
        raise Refused(f"You are {person.role} and cannot give a token {unknown[0]!r}: choose from {known}.")
    if days not in EXPIRIES:
        raise Refused("Choose when the token ends: after 30, 90 or 365 days, or never.")
    mine = ApiToken.organization == person.organization.id
    if ApiToken.select().where(mine & (ApiToken.name == name)).exists():
        raise Refused(f"There is a token named {name!r} already: choose another name, or revoke that one first.")
    if ApiToken.select().where(mine).count() >= MOST:
        raise Refused(f"An organization has at most {MOST} tokens: revoke those that nothing uses.")


def _in_order(scopes: Sequence[str]) -> list[str]:
    return [scope for scope in {**SCOPES, **OPERATOR_SCOPES} if scope in scopes]


def _token(row: ApiToken) -> Token:
    person = users.user_from_row(row.user)
    given = tuple(json.loads(row.scopes))
    scopes = tuple(scope for scope in given if scope in scopes_of(person))
    ended = _why_ended(row, person, scopes)
    return Token(
        row.id,
        row.organization_id,
        row.name,
        given,
        () if ended else scopes,
        row.hint,
        person.email,
        ended,
        row.created_at,
        row.expires_at,
        row.last_used_at,
    )


def _why_ended(row: ApiToken, person: PortalUser, scopes: Sequence[str]) -> str:
    if not person.active:
        return "the account is deactivated"
    if person.organization.id != row.organization_id:
        return "its person has left the organization"
    return "" if scopes else f"the role {person.role} gives none of it"
