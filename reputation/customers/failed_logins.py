"""Logins that failed, as far as an account is concerned: in its organization's audit log, and told to its person.

How many there may be, the door says (portal/limits.py); so what a stranger can write here is bounded.
"""

from __future__ import annotations

from typing import NamedTuple

from reputation.clock import was_within
from reputation.customers.users import PortalUser
from reputation.notices import outbox
from reputation.store import audit, db
from reputation.store.models import AuditEntry, User

WRONG_PASSWORD, WRONG_CODE = "Login failed: wrong password", "Login failed: wrong code"
BLOCKED = "Logins blocked for a while"
FAILED = (WRONG_PASSWORD, WRONG_CODE)
LETTER_EVERY = 86400  # seconds: whoever guesses all day sends one letter

SUBJECT = "Too many failed logins to your Gatepost account"
TOLD = """Somebody at {address} has given too many wrong passwords or codes for your account on Gatepost.

Logins to the account are blocked for some minutes, except in browsers in which you have logged in before. The last
attempts are in the audit log. If it was not you, nothing is lost as long as your password is hard to guess; two-step
login protects you where it is not.
"""


class Failures(NamedTuple):
    """Logins that have failed since the person last logged in: how many, and the address of the last one."""

    many: int
    address: str


def note(email: str, what: str, address: str, now: int) -> None:
    """Write a login that failed into the audit log of the account's organization; nothing where there is no account."""
    row = User.get_or_none(User.email == email)
    if row is not None:
        with db.write():
            audit.record(row.organization_id, row.email, what, now, after=address)


def block(email: str, address: str, now: int) -> None:
    """Write that logins are blocked because too many have failed, and tell the person by letter, once a day."""
    row = User.get_or_none(User.email == email)
    if row is None:
        return
    with db.write():
        if row.active and not _was_told(row.email, now):
            outbox.write(row.email, SUBJECT, TOLD.format(address=address), now)
        audit.record(row.organization_id, row.email, BLOCKED, now, after=address)


def since_last_login(email: str) -> Failures:
    """Return what has failed since this person last logged in; nobody's failures are none."""
    row = User.get_or_none(User.email == email)
    if row is None:
        return Failures(0, "")
    since = (AuditEntry.who == row.email) & (AuditEntry.at > (row.last_login_at or row.created_at))
    failed = AuditEntry.select().where(since & AuditEntry.what.in_(FAILED)).order_by(AuditEntry.id.desc())
    many = failed.count()  # before `first`, which bounds the query to one row
    last = failed.first()
    return Failures(many, last.after if last else "")


def sentence(failures: Failures, user: PortalUser) -> str:
    """Write what a person is told after a login, "" where nothing has failed."""
    if not failures.many:
        return ""
    many = "A login" if failures.many == 1 else f"{failures.many} logins"
    return (
        f"{many} as {user.email} failed since you last logged in, the last one from {failures.address}. "
        "If that was not you, the audit log says when, and two-step login protects you."
    )


def _was_told(email: str, now: int) -> bool:
    mine = (AuditEntry.who == email) & (AuditEntry.what == BLOCKED)
    return bool(AuditEntry.select().where(mine & was_within(AuditEntry.at, now, LETTER_EVERY)).exists())
