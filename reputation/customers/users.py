"""People who log in: viewers, administrators and operators. It owns their passwords.

passwords.py knows what a good password is, password_hash.py what is stored of it, and sessions.py who is logged in.
"""

from __future__ import annotations

import functools
import re
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from peewee import IntegrityError

from reputation.customers import organizations, password_hash, passwords, sessions
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import Organization, User

ROLES = ("viewer", "administrator", "operator")
LONGEST_PASSWORD = passwords.LONGEST
EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)*")


class PortalUser(NamedTuple):
    """A person who may log in."""

    id: int
    email: str
    role: str
    organization: organizations.Customer
    time_zone: str
    active: bool

    @property
    def can_edit(self) -> bool:
        """Tell whether the person may change the organization's settings."""
        return self.role in ("administrator", "operator")

    @property
    def is_operator(self) -> bool:
        """Tell whether the person is an operator."""
        return self.role == "operator"


def add(
    email: str, organization_id: int, role: str, password: str, now: int, who: str = audit.COMMAND_LINE
) -> PortalUser:
    """Add a person. Raise Refused where the address is taken or the password too weak."""
    email = checked_email(email)
    stored = first_hash(email, organization_id, password)
    return add_with_hash(email, organization_id, role, stored, now, who)


def first_hash(email: str, organization_id: int, password: str) -> str:
    """Return what is stored of the password of somebody new; raise Refused where it is too weak. See `new_hash`."""
    check_new_password(password, email, Organization.get_by_id(organization_id).name)
    return password_hash.hash_password(password)


def add_with_hash(email: str, organization_id: int, role: str, stored: str, now: int, who: str) -> PortalUser:
    """Add a person of whose password this is stored. Raise Refused where the address is taken."""
    email = checked_email(email)
    if role not in ROLES:
        raise Refused(f"There is no role {role!r}: choose viewer, administrator or operator.")
    try:
        with db.write():
            row = User.create(
                email=email,
                organization=organization_id,
                role=role,
                password_hash=stored,
                created_at=now,
            )
            audit.record(organization_id, who, f"User {email} added", now, after=role)
            return user_from_row(row)
    except IntegrityError:
        raise Refused(f"{email} has an account already.") from None


def first_run(organization: str, subscription: str, email: str, password: str, now: int) -> PortalUser:
    """Set up the installation: its first organization, and its first person, who becomes an operator.

    Raise Refused where that was done before.
    """
    with db.write():
        if any_users():
            raise Refused("This installation has been set up already: log in.")
        customer, _ = organizations.add(organization, subscription, now, who="first run")
        return add(email, customer.id, "operator", password, now, who="first run")


def any_users() -> bool:
    """Tell whether anybody can log in yet."""
    return bool(User.select().exists())


def authenticate(email: str, password: str, now: int) -> PortalUser | None:
    """Return the person where the password is right and the account is active, otherwise None.

    The work is the same for everybody, so that the time tells nothing.
    """
    row = User.get_or_none(User.email == email.strip().lower())
    if not password_hash.is_right(row.password_hash if row else _nobody(), password) or row is None or not row.active:
        return None
    person = user_from_row(row)
    changed: dict[str, Any] = {"last_login_at": now}
    if password_hash.is_outdated(row.password_hash):
        changed["password_hash"] = password_hash.hash_password(password)
    # The work above takes a tenth of a second: who was deactivated or got another password meanwhile stays so.
    still = (User.id == row.id) & User.active & (User.password_hash == row.password_hash)
    return person if User.update(changed).where(still).execute() else None


def wants_alerts(user_id: int) -> bool:
    """Tell whether the person gets alerts by mail."""
    return bool(User.get_by_id(user_id).alerts_by_mail)


def choose_alerts(user_id: int, by_mail: bool) -> None:
    """Choose whether the person gets alerts by mail; everybody chooses that alone."""
    User.update(alerts_by_mail=by_mail).where(User.id == user_id).execute()


def user(user_id: int) -> PortalUser | None:
    """Return the person with this id where the account is active, otherwise None."""
    # Every page asks this: one question to the database, and not two.
    row = User.select(User, Organization).join(Organization).where((User.id == user_id) & User.active).first()
    return user_from_row(row) if row else None


def with_email(email: str) -> PortalUser:
    """Return the person with this email address, active or not. Raise Refused where there is none."""
    row = User.get_or_none(User.email == checked_email(email))
    if row is None:
        raise Refused(f"Nobody has an account under {email.strip()}: `user list` shows who has.")
    return user_from_row(row)


def all_users() -> list[PortalUser]:
    """Return all people of all organizations, sorted by email address."""
    return [user_from_row(row) for row in User.select(User, Organization).join(Organization).order_by(User.email)]


def change_password(user: PortalUser, old: str, new: str, now: int, kept_session: str = "") -> None:
    """Change the password; every session of the person ends except the one with the token `kept_session`.

    Raise Refused where the old password is wrong or the new one too weak.
    """
    if not has_password(user.id, old):
        raise Refused("The present password is not right.")
    stored = new_hash(user.id, new)
    with db.write():
        set_password(user.id, stored)
        sessions.end_all(user.id, kept_session)
        audit.record(user.organization.id, user.email, "Password changed", now)


def new_hash(user_id: int, new: str) -> str:
    """Return what is stored of a person's new password, for `set_password`; raise Refused where it is too weak.

    It takes a tenth of a second, and up to some seconds where many wait: call it outside of a transaction.
    """
    row = User.get_by_id(user_id)
    check_new_password(new, row.email, row.organization.name)
    return password_hash.hash_password(new)


def set_password(user_id: int, stored: str) -> PortalUser:
    """Replace what is stored of the password, without a line in the audit log, which the caller writes."""
    with db.write():
        User.update(password_hash=stored).where(User.id == user_id).execute()
        return user_from_row(User.get_by_id(user_id))


def has_password(user_id: int, password: str) -> bool:
    """Tell whether this is the person's password."""
    return password_hash.is_right(User.get_by_id(user_id).password_hash, password)


def check_new_password(password: str, email: str, organization: str = "") -> None:
    """Raise Refused where the password is too weak."""
    weakness = check_password_strength(password, email, organization)
    if weakness:
        raise Refused(weakness)


@functools.cache
def time_zones() -> tuple[str, ...]:
    """Return the names of all time zones, UTC first."""
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return ("UTC", *places)


def choose_time_zone(user: PortalUser, name: str, now: int) -> None:
    """Choose the time zone in which the person sees all times. Raise Refused where there is no such zone."""
    if name not in time_zones():
        raise Refused(f"There is no time zone {name[:60]!r}: choose one from the list, such as Europe/Vienna.")
    with db.write():
        User.update(time_zone=name).where(User.id == user.id).execute()
        audit.record(user.organization.id, user.email, "Time zone changed", now, user.time_zone, name)


def check_password_strength(password: str, email: str, organization: str = "") -> str | None:
    """Explain what is wrong with a new password, as a sentence; return None where it is good."""
    return passwords.weakness(password, email, organization)


def checked_email(text: str) -> str:
    """Return the email address in lower case. Raise Refused where it is none."""
    email = text.strip().lower()
    if len(email) > 254 or not EMAIL.fullmatch(email):
        raise Refused(f"{text.strip()[:60]!r} is no email address: write name@example.org.")
    return email


@functools.cache
def _nobody() -> str:
    """What an unknown address is held against: the same work, so that the time tells nobody who has an account."""
    return password_hash.hash_password("nobody has this password")


def user_from_row(row: User) -> PortalUser:
    """Make a person from a row of the table."""
    customer = organizations.Customer(
        row.organization.id, row.organization.name, row.organization.subscription, row.organization.created_at
    )
    return PortalUser(row.id, row.email, row.role, customer, row.time_zone, row.active)
