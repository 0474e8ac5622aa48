"""Passwords as they are stored: argon2id, at most two of them at work at once.

Each costs 64 MiB and a core for a twentieth of a second, which is what makes a guess dear. Without a bound sixty logins
at once would take what the machine has.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from reputation.customers import passwords

AT_ONCE = 2
WAITING = 8  # more would hold the portal's threads, whose pages need no password
LONGEST_WAIT = 5.0  # seconds
AGAIN = 3  # seconds after which somebody who was sent away may try again

hasher = PasswordHasher()
_work = threading.BoundedSemaphore(AT_ONCE)
_places = threading.BoundedSemaphore(AT_ONCE + WAITING)


class Busy(Exception):
    """Too many passwords are being compared at this moment: nothing was compared and nothing changed."""


def hash_password(password: str) -> str:
    """Return what is stored of a password. Raise Busy where too many are at work."""
    with _turn():
        return hasher.hash(password)


def is_right(password_hash: str, password: str) -> bool:
    """Tell whether this is the password that was stored. Raise Busy where too many are at work."""
    with _turn():
        try:
            return hasher.verify(password_hash, password[: passwords.LONGEST])
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(password_hash: str) -> bool:
    """Tell whether it was stored with other costs than a password is now."""
    return hasher.check_needs_rehash(password_hash)


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        if not _work.acquire(timeout=LONGEST_WAIT):
            raise Busy
        try:
            yield
        finally:
            _work.release()
    finally:
        _places.release()
