"""What is kept of a secret that this program made, such as a link's token: enough to know it again, not to use it."""

from __future__ import annotations

import hashlib


def hash_token(secret: str) -> str:
    """The SHA-256 of a random secret, as 64 hexadecimal digits.

    Nothing to guess, so nothing slow: what a person chose is for passwords.py, whose hash makes each guess cost.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
