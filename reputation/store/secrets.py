"""What the installation keeps for itself, such as the key that signs its sessions. Made once, then only read."""

from __future__ import annotations

import secrets

from reputation.store import db
from reputation.store.models import Secret

SESSION_KEY = "session key"
DATABASE = "database"  # tells this database from all others
DEMO = "demo"  # no secret, but kept as quietly: this installation is invented


def has(name: str) -> bool:
    """Tell whether there is a secret with this name."""
    return bool(Secret.select().where(Secret.name == name).exists())


def get_or_create(name: str, size: int = 32) -> bytes:
    """Return the secret with this name; the first call makes it of `size` random octets."""
    with db.write():
        # The first of two processes that start together makes it, and both read that one.
        Secret.insert(name=name, content=secrets.token_bytes(size)).on_conflict_ignore().execute()
        return bytes(Secret.get_by_id(name).content)
