"""The second step of a login: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for a lost app.

The secret is stored apart from the account and shown only while it is being set up. Each code works once: somebody who
saw it being typed cannot use it again.
"""

from __future__ import annotations

import hmac
import re
import secrets
from typing import Any, NamedTuple

import pyotp

from reputation.customers import users
from reputation.customers.token_hash import hash_token
from reputation.customers.users import PortalUser
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import RecoveryCode, SecondFactor, User

ISSUER = "Gatepost"
PERIOD = 30  # seconds of one code (RFC 6238 5.2), which is what apps take for granted
DRIFT = 1  # codes before and after the present one that are taken: clocks differ
RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0 and 1
GROUPS, GROUP = 4, 4  # sixteen letters, 79 bits: enough for a plain hash
NOT_RIGHT = "The code is not right. Use the one that the app shows now; each counts once."


class Enrolment(NamedTuple):
    """What an app needs: the secret to type, or the address that a QR code holds."""

    secret: str
    address: str


def is_on(user_id: int) -> bool:
    """Tell whether the person's login has a second step."""
    return _confirmed(user_id) is not None


def users_with_second_factor(organization_id: int) -> set[int]:
    """Return the ids of the organization's people whose login has a second step."""
    theirs = SecondFactor.confirmed_at.is_null(False) & (User.organization == organization_id)
    return {row.user_id for row in SecondFactor.select(SecondFactor.user).join(User).where(theirs)}


def enrol(user: PortalUser) -> Enrolment:
    """Return the secret for setting up the app; it stays the same until it is confirmed.

    Raise Refused where the second step is on.
    """
    if is_on(user.id):
        raise Refused("Two-step login is on already: turn it off first, to set up another app.")
    with db.write():
        row, _ = SecondFactor.get_or_create(user=user.id, defaults={"secret": pyotp.random_base32()})
    return Enrolment(row.secret, pyotp.TOTP(row.secret).provisioning_uri(name=user.email, issuer_name=ISSUER))


def confirm(user: PortalUser, code: str, now: int) -> list[str]:
    """Turn the second step on, given a right code of the app; return the recovery codes, which are shown only once.

    Raise Refused where the code is wrong or there is nothing to confirm.
    """
    with db.write():
        row = SecondFactor.get_or_none((SecondFactor.user == user.id) & SecondFactor.confirmed_at.is_null())
        if row is None:
            raise Refused("Begin again: there is nothing to confirm.")
        step = _step(row.secret, code, now)
        if step is None:
            raise Refused(NOT_RIGHT)
        SecondFactor.update(confirmed_at=now, last_step=step).where(SecondFactor.user == user.id).execute()
        codes = _new_codes(user.id)
        audit.record(user.organization.id, user.email, "Two-step login turned on", now)
    return codes


def check(user_id: int, code: str, now: int) -> bool:
    """Tell whether this is a present code of the app that was not used before; it cannot be used again."""
    row = _confirmed(user_id)
    step = _step(row.secret, code, now) if row else None
    if step is None:
        return False
    later = (SecondFactor.user == user_id) & (SecondFactor.last_step < step)
    return bool(SecondFactor.update(last_step=step).where(later).execute())


def use_recovery_code(user: PortalUser, code: str, now: int) -> bool:
    """Tell whether this is a recovery code that was not used before; it is used up, and the audit log says so."""
    unused = (
        (RecoveryCode.user == user.id)
        & (RecoveryCode.code_hash == hash_token(_plain(code)))
        & RecoveryCode.used_at.is_null()
    )
    with db.write():
        if not is_on(user.id) or not RecoveryCode.update(used_at=now).where(unused).execute():
            return False
        left = recovery_codes_left(user.id)
        audit.record(user.organization.id, user.email, "Recovery code used", now, after=f"{left} left")
    return True


def recovery_codes_left(user_id: int) -> int:
    """Count the recovery codes that the person has not used."""
    return int(RecoveryCode.select().where((RecoveryCode.user == user_id) & RecoveryCode.used_at.is_null()).count())


def renew_recovery_codes(user: PortalUser, password: str, now: int) -> list[str]:
    """Replace the recovery codes and return the new ones.

    Raise Refused where the password is wrong or the second step is off.
    """
    _check_password(user, password)
    if not is_on(user.id):
        raise Refused("Two-step login is off: turn it on first.")
    with db.write():
        codes = _new_codes(user.id)
        audit.record(user.organization.id, user.email, "Recovery codes renewed", now)
    return codes


def turn_off(user: PortalUser, password: str, now: int) -> None:
    """Turn the second step off. Raise Refused where the password is wrong."""
    _check_password(user, password)
    remove(user, now, user.email)


def remove(user: PortalUser, now: int, who: str) -> bool:
    """Turn the second step off for somebody whose app is lost; return False where it was off."""
    with db.write():
        RecoveryCode.delete().where(RecoveryCode.user == user.id).execute()
        gone = bool(_confirmed(user.id))
        SecondFactor.delete().where(SecondFactor.user == user.id).execute()
        if gone:
            audit.record(user.organization.id, who, f"Two-step login of {user.email} turned off", now)
    return gone


def _confirmed(user_id: int) -> Any:
    return SecondFactor.get_or_none((SecondFactor.user == user_id) & SecondFactor.confirmed_at.is_null(False))


def _step(secret: str, code: str, now: int) -> int | None:
    """The number of the period whose code this is, or None. Every period is compared, so that time tells nothing."""
    typed = re.sub(r"\s", "", code)
    totp = pyotp.TOTP(secret, interval=PERIOD)
    found = None
    for step in range(now // PERIOD - DRIFT, now // PERIOD + DRIFT + 1):
        if hmac.compare_digest(totp.generate_otp(step).encode(), typed.encode()):
            found = step
    return found


def _new_codes(user_id: int) -> list[str]:
    RecoveryCode.delete().where(RecoveryCode.user == user_id).execute()
    codes = ["".join(secrets.choice(LETTERS) for _ in range(GROUPS * GROUP)) for _ in range(RECOVERY_CODES)]
    for code in codes:
        RecoveryCode.create(user=user_id, code_hash=hash_token(code))
    return ["-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)) for code in codes]


def _plain(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _check_password(user: PortalUser, password: str) -> None:
    if not users.has_password(user.id, password):
        raise Refused("The present password is not right.")
