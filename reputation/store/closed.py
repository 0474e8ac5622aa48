"""What stands in place of a database that cannot be used: whoever asks for a connection is told why there is none."""

from __future__ import annotations

from typing import Any

from peewee import OperationalError, SqliteDatabase

from reputation.store.models import database as proxy


class ClosedDatabase(SqliteDatabase):  # type: ignore[misc]
    """A database without connections. Nothing is read by it, and nothing is made in place of what has gone."""

    def __init__(self, sentence: str) -> None:
        super().__init__(":memory:")
        self.sentence = sentence

    def _connect(self) -> Any:
        raise OperationalError(self.sentence)


def close_tables(sentence: str) -> None:
    """Refuse every connection with this sentence, until a store is opened (db.py)."""
    proxy.initialize(ClosedDatabase(sentence))
