"""The table of what was given of each node, and of what we knew of it at the last look: sums that fade."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from peewee import chunked

from reputation.intake.peer_words import left
from reputation.store import db
from reputation.store.models import ExchangeGiven

NAMES_A_STATEMENT = 500
FIELDS = (
    ExchangeGiven.name, ExchangeGiven.at, ExchangeGiven.spam, ExchangeGiven.seen,
    ExchangeGiven.known_at, ExchangeGiven.known_spam, ExchangeGiven.known_seen,
)  # fmt: skip


class GivenSum(NamedTuple):
    """A row: messages of spam and of all that were given as of `at`, and that we knew of as of `known_at`."""

    name: str
    at: int = 0
    spam: float = 0.0
    seen: float = 0.0
    known_at: int = 0
    known_spam: float = 0.0
    known_seen: float = 0.0

    def given(self, now: int) -> tuple[float, float]:
        """Return what was given, as of now."""
        fading = left(self.name, now - self.at)
        return self.spam * fading, self.seen * fading

    def known(self, now: int) -> tuple[float, float]:
        """Return what we knew, as of now."""
        fading = left(self.name, now - self.known_at)
        return self.known_spam * fading, self.known_seen * fading


def find(names: Iterable[str]) -> dict[str, GivenSum]:
    """Return the rows of these nodes, by name; one that is missing is not in the answer."""
    found: dict[str, GivenSum] = {}
    for some in chunked(names, NAMES_A_STATEMENT):
        rows = ExchangeGiven.select(*FIELDS).where(db.among(ExchangeGiven.name, some)).tuples()
        found.update((row[0], GivenSum(*row)) for row in rows)
    return found


def save(rows: Iterable[GivenSum]) -> None:
    """Write the rows in the place of those of before. Call it inside a transaction."""
    db.write_rows(FIELDS, sorted(rows), key=FIELDS[:1])


def prune(before: int) -> int:
    """Remove what was neither given nor known since then; return how many rows. Call it inside a transaction."""
    is_old = (ExchangeGiven.at < before) & (ExchangeGiven.known_at < before)
    return int(ExchangeGiven.delete().where(is_old).execute())
