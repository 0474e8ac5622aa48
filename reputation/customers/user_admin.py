"""An organization's people, as their administrators see them: their roles, and who may log in.

Nobody can change the own role or deactivate the own account, and an organization always has an administrator. Only
operators can change an operator's account: anybody else who could would run the installation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from reputation.customers import second_factor, sessions, users
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import OneTimeLink, User

IN_CHARGE = ("administrator", "operator")


class UserEntry(NamedTuple):
    """One person as the list shows it; times are Unix seconds, None for never."""

    id: int
    email: str
    role: str
    active: bool
    two_step: bool
    created_at: int
    last_login_at: int | None


def users_of(organization_id: int) -> list[UserEntry]:
    """Return everybody of the organization, sorted by email address; deactivated people come last."""
    two_step = second_factor.users_with_second_factor(organization_id)
    rows = User.select().where(User.organization == organization_id).order_by(User.active.desc(), User.email)
    return [
        UserEntry(row.id, row.email, row.role, row.active, row.id in two_step, row.created_at, row.last_login_at)
        for row in rows
    ]


def roles_given_by(actor: PortalUser) -> tuple[str, ...]:
    """Return the roles that this person may give."""
    return tuple(role for role in users.ROLES if role != "operator" or actor.is_operator)


def _roles_invited_by(person: PortalUser) -> tuple[str, ...]:
    return roles_given_by(person) if person.can_edit else ()


def may_administer(actor: PortalUser, user: UserEntry | PortalUser) -> bool:
    """Tell whether the actor may change this account: not the own one, and an operator's only as an operator."""
    return actor.can_edit and user.id != actor.id and (user.role != "operator" or actor.is_operator)


def user_of(organization_id: int, user_id: int) -> PortalUser | None:
    """Return a person of the organization, active or not; None where it has none such."""
    row = User.get_or_none((User.id == user_id) & (User.organization == organization_id))
    return users.user_from_row(row) if row else None


def change_role(actor: PortalUser, target: PortalUser, role: str, now: int) -> None:
    """Give somebody another role, from the next page that he or she opens.

    Open links that the person made, and that the new role could not make, end. Raise Refused.
    """
    if role not in roles_given_by(actor):
        raise Refused(f"You cannot give the role {role!r}: choose {' or '.join(roles_given_by(actor))}.")
    with db.write():
        before = _locked(actor, target)
        if role not in IN_CHARGE:
            _keep_somebody_in_charge(target)
        User.update(role=role).where(User.id == target.id).execute()
        made = OneTimeLink.created_by == target.email
        OneTimeLink.delete().where(
            made & OneTimeLink.role.not_in(_roles_invited_by(target._replace(role=role)))
        ).execute()
        audit.record(target.organization.id, actor.email, f"Role of {target.email} changed", now, before.role, role)


def deactivate(actor: PortalUser, target: PortalUser, now: int) -> None:
    """Deactivate somebody: every session ends at once, and every open link to the account or made by the person.

    What the person has done stays. Raise Refused where nobody would be left to administer.
    """
    with db.write():
        if not _locked(actor, target).active:
            raise Refused(f"{target.email} is deactivated already.")
        _keep_somebody_in_charge(target)
        User.update(active=False).where(User.id == target.id).execute()
        sessions.end_all(target.id)
        # Whoever leaves may have invited another address of the own, or made a link to somebody else's password.
        theirs = (OneTimeLink.user == target.id) | (OneTimeLink.created_by == target.email)
        OneTimeLink.delete().where(theirs).execute()
        audit.record(target.organization.id, actor.email, f"User {target.email} deactivated", now, before=target.role)


def reactivate(actor: PortalUser, target: PortalUser, now: int) -> None:
    """Let somebody log in again, with the password and the role as they were. Raise Refused."""
    with db.write():
        if _locked(actor, target).active:
            raise Refused(f"{target.email} is active already.")
        User.update(active=True).where(User.id == target.id).execute()
        audit.record(target.organization.id, actor.email, f"User {target.email} reactivated", now, after=target.role)


def reset_two_step(actor: PortalUser, target: PortalUser, now: int) -> None:
    """Turn two-step login off for somebody who has lost the app and the recovery codes. Raise Refused."""
    check_may_administer(actor, target)
    if not second_factor.remove(target, now, actor.email):
        raise Refused(f"Two-step login of {target.email} is off already.")


def check_may_administer(actor: PortalUser, target: PortalUser) -> None:
    """Raise Refused where the actor may not change this account."""
    if actor.id == target.id:
        raise Refused("This is your own account: another administrator can change it.")
    if not may_administer(actor, target):
        raise Refused(f"{target.email} runs the installation: only an operator can change this account.")


def _locked(actor: PortalUser, target: PortalUser) -> Any:
    """The target's row as it is now, while nobody else changes people: two at once would shut each other out."""
    db.lock_for_transaction(f"people of {target.organization.id}")
    row = User.get_by_id(target.id)
    check_may_administer(actor, users.user_from_row(row))
    return row


def _keep_somebody_in_charge(target: PortalUser) -> None:
    others = User.active & (User.id != target.id)
    here = (User.organization == target.organization.id) & (User.role << IN_CHARGE)
    if not User.select().where(others & here).exists():
        raise Refused(f"{target.email} is the last active administrator: give somebody else that role first.")
    operators = User.select().where(others & (User.role == "operator"))
    if target.is_operator and not operators.exists():
        raise Refused(f"{target.email} is the last active operator: give somebody else that role first.")
