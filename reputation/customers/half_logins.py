"""Logins of which the password was right and the code is still to come.

The browser keeps a random token, and the table its SHA-256: what is in a cookie opens nothing, is of use for ten
minutes, once, and not after a new password.
"""

from __future__ import annotations

import secrets

from reputation.clock import was_within
from reputation.customers import users
from reputation.customers.token_hash import hash_token
from reputation.customers.users import PortalUser
from reputation.store import db
from reputation.store.models import HalfLogin

STAYS = 600  # seconds in which the code must follow the password


def begin(user_id: int, now: int) -> str:
    """Keep that this person's password was right; return the token. Those that have ended are removed."""
    token = secrets.token_urlsafe(32)
    with db.write():
        HalfLogin.delete().where(HalfLogin.created_at <= now - STAYS).execute()
        HalfLogin.create(user=user_id, token_hash=hash_token(token), created_at=now)
    return token


def find(token: str, now: int) -> PortalUser | None:
    """Return whose password was right, or None where that was too long ago or the account is deactivated."""
    recent = was_within(HalfLogin.created_at, now, STAYS)
    row = HalfLogin.get_or_none((HalfLogin.token_hash == hash_token(token)) & recent)
    return users.user(row.user_id) if row else None


def end(token: str) -> None:
    """Forget it: the code was right, or somebody begins again."""
    HalfLogin.delete().where(HalfLogin.token_hash == hash_token(token)).execute()
