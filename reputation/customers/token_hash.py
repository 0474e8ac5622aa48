"""What is stored of a secret that this program made, such as a link's token: enough to recognize it, not to use it."""

from __future__ import annotations

import hashlib


def hash_token(secret: str) -> str:
    """Return the SHA-256 of a random secret, as 64 hexadecimal digits.

    A random secret cannot be guessed, so the hash need not be slow; a password, which a person chose, is hashed with
    argon2 (users.py), which makes each guess costly.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
