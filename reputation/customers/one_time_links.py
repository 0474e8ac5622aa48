"""Links that work once: an invitation to an account, and the link to a new password. It owns the tokens, not the pages.

The person who makes a link sees it once and passes it on; a letter is sent too, where mail is set up. Only the token's
SHA-256 is stored. `place` is the beginning of the portal's addresses, such as https://reputation.example.org.
"""

from __future__ import annotations

import secrets
from typing import NamedTuple

from reputation.customers import sessions, user_admin, users
from reputation.customers.token_hash import hash_token
from reputation.customers.users import PortalUser
from reputation.notices import outbox
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import OneTimeLink, Organization, User

INVITATION, PASSWORD = "invitation", "password"
STAYS = {INVITATION: 7 * 86400, PASSWORD: 86400}  # seconds
MOST_INVITATIONS = 100  # of one organization at a time

INVITED = """{who} invites you to {organization} on Gatepost, as {role}.

Choose a password here:
{link}

The link works once, for seven days. If you do not expect this letter, do nothing.
"""
FORGOTTEN = """{who} has made a link with which you can choose a new password for Gatepost:
{link}

It works once, for 24 hours. Until then, your present password still works. If you did not ask for this, tell {who}.
"""
CLOSED = "This link has been used, withdrawn or has ended: ask for a new one."


class Link(NamedTuple):
    """An open link: for whom, and until when (Unix seconds).

    `organization` is the name; `user_id` is None for an invitation.
    """

    id: int
    purpose: str
    organization: str
    user_id: int | None
    email: str
    role: str
    created_by: str
    created_at: int
    expires_at: int


def invite(actor: PortalUser, email: str, role: str, now: int, place: str) -> tuple[Link, str]:
    """Invite somebody to the actor's organization; return the invitation and its link.

    An older invitation of the same address ends. Raise Refused where the role or the address is not allowed.
    """
    email = users.checked_email(email)
    if role not in user_admin.roles_given_by(actor):
        raise Refused(f"You cannot give the role {role!r}: choose {' or '.join(user_admin.roles_given_by(actor))}.")
    if User.select().where(User.email == email).exists():
        raise Refused(f"{email} has an account already.")
    organization = actor.organization
    with db.write():
        open_ = OneTimeLink.purpose == INVITATION, OneTimeLink.organization == organization.id
        OneTimeLink.delete().where(*open_, (OneTimeLink.email == email) | (OneTimeLink.expires_at <= now)).execute()
        if OneTimeLink.select().where(*open_).count() >= MOST_INVITATIONS:
            raise Refused(f"{MOST_INVITATIONS} invitations are open: withdraw those that nobody will accept.")
        link, address = _make(INVITATION, organization.id, None, email, role, actor.email, now, place)
        text = INVITED.format(
            who=actor.email, organization=organization.name, role=f"{_article(role)} {role}", link=address
        )
        outbox.write(email, f"Invitation to {organization.name} on Gatepost", text, now)
        audit.record(organization.id, actor.email, f"{email} invited", now, after=role)
    return link, address


def invitations(organization_id: int, now: int) -> list[Link]:
    """Return the invitations that nobody has accepted yet, sorted by email address."""
    rows = OneTimeLink.select().where(
        (OneTimeLink.organization == organization_id)
        & (OneTimeLink.purpose == INVITATION)
        & (OneTimeLink.expires_at > now)
    )
    return [_link(row) for row in rows.order_by(OneTimeLink.email)]


def withdraw(organization_id: int, link_id: int, now: int, who: str) -> Link | None:
    """Withdraw an open invitation; return None where the organization has none such."""
    with db.write():
        row = OneTimeLink.get_or_none(
            (OneTimeLink.id == link_id)
            & (OneTimeLink.organization == organization_id)
            & (OneTimeLink.purpose == INVITATION)
        )
        if row is None:
            return None
        row.delete_instance()
        audit.record(organization_id, who, f"Invitation of {row.email} withdrawn", now, before=row.role)
        return _link(row)


def make_reset_link(actor: PortalUser, target: PortalUser, now: int, place: str) -> tuple[Link, str]:
    """Make a link to a new password for somebody whom the actor administers.

    Return it with its address. Raise Refused where the actor may not change the account.
    """
    target = users.user_from_row(User.get_by_id(target.id))  # as the account is now
    user_admin.check_may_administer(actor, target)
    return reset(target, now, place, actor.email)


def reset(target: PortalUser, now: int, place: str, who: str = audit.COMMAND_LINE) -> tuple[Link, str]:
    """Make a link to a new password; return it with its address.

    Older links of the same person end. Raise Refused where the account is deactivated.
    """
    if not target.active:
        raise Refused(f"{target.email} is deactivated: reactivate the account first.")
    with db.write():
        OneTimeLink.delete().where(OneTimeLink.user == target.id).execute()
        link, address = _make(PASSWORD, target.organization.id, target.id, target.email, target.role, who, now, place)
        outbox.write(target.email, "A new password for Gatepost", FORGOTTEN.format(who=who, link=address), now)
        audit.record(target.organization.id, who, f"Link to a new password made for {target.email}", now)
    return link, address


def find_open(purpose: str, token: str, now: int) -> Link | None:
    """Return the open link with this token, or None.

    One that was made by a clock that was more than a day ahead is closed: it would be open for longer than it may be.
    """
    row = OneTimeLink.get_or_none(
        (OneTimeLink.token_hash == hash_token(token))
        & (OneTimeLink.purpose == purpose)
        & OneTimeLink.expires_at.between(now + 1, now + STAYS[purpose] + 86400)
    )
    return _link(row) if row else None


def accept(token: str, password: str, now: int) -> PortalUser:
    """Create the account that an invitation is for. Raise Refused where the link is closed or the password too weak."""
    link = find_open(INVITATION, token, now)
    if link is None:
        raise Refused(CLOSED)
    organization = Organization.get(Organization.name == link.organization)
    stored = users.first_hash(link.email, organization.id, password)
    with db.write():
        _spend(link)
        return users.add_with_hash(link.email, organization.id, link.role, stored, now, link.email)


def choose_password(token: str, password: str, now: int) -> PortalUser:
    """Set a new password; every session of the person ends.

    Raise Refused where the link is closed or the password too weak.
    """
    link = find_open(PASSWORD, token, now)
    if link is None or link.user_id is None:
        raise Refused(CLOSED)
    stored = users.new_hash(link.user_id, password)
    with db.write():
        _spend(link)
        user = users.set_password(link.user_id, stored)
        sessions.end_all(user.id)
        audit.record(user.organization.id, user.email, "Password chosen by a link", now, before=f"of {link.created_by}")
    return user


def _make(
    purpose: str,
    organization_id: int,
    user_id: int | None,
    email: str,
    role: str,
    who: str,
    now: int,
    place: str,
) -> tuple[Link, str]:
    token = secrets.token_urlsafe(24)
    row = OneTimeLink.create(
        purpose=purpose,
        token_hash=hash_token(token),
        organization=organization_id,
        user=user_id,
        email=email,
        role=role,
        created_by=who,
        created_at=now,
        expires_at=now + STAYS[purpose],
    )
    return _link(row), f"{place.rstrip('/')}/{purpose}/{token}"


def _spend(link: Link) -> None:
    """Use the link up. Of two who open it at once, one finds it closed."""
    if not OneTimeLink.delete().where(OneTimeLink.id == link.id).execute():
        raise Refused(CLOSED)


def _article(role: str) -> str:
    return "a" if role == "viewer" else "an"


def _link(row: OneTimeLink) -> Link:
    return Link(
        row.id,
        row.purpose,
        row.organization.name,
        row.user_id,
        row.email,
        row.role,
        row.created_by,
        row.created_at,
        row.expires_at,
    )


def prune(now: int) -> int:
    """Remove the links that have ended; return how many."""
    return int(OneTimeLink.delete().where(OneTimeLink.expires_at <= now).execute())
