"""How long a fetch may take. It is known before anything is fetched, and needs no network."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Patience:
    """How long a fetch may take, in seconds, and how often it is tried.

    `deadline` is for all tries together, however slowly a server sends.
    """

    connect: float = 10.0
    read: float = 30.0
    deadline: float = 180.0
    tries: int = 3
    pause: float = 1.0  # before the second try; doubles with each
    redirects: int = 5
