"""Tells a damaged database from one that is away, busy or full: what is damaged stays so, however often it is asked.

A torn page of SQLite or a torn value of PostgreSQL takes away what lies in it, and nothing else: whoever reads names it
and goes on with what can be read.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from peewee import PeeweeException

from reputation.store.models import database as proxy

ERRORS = (PeeweeException, sqlite3.Error)  # whatever is wrong with the database
SQLITE_CODES = {11, 26}  # SQLITE_CORRUPT, SQLITE_NOTADB
STATES = {"XX000", "XX001", "XX002"}  # of PostgreSQL: internal error, data_corrupted, index_corrupted
NO_TEXT = "decode to UTF-8"  # of the driver of SQLite, which has no code for it


class Damaged(ValueError):
    """What the database holds in one place cannot be read; the text says what it says."""


@contextmanager
def named() -> Iterator[None]:
    """Raise Damaged in place of an error which says that something is damaged; other errors stay as they are.

    Inside a transaction it is a savepoint, so that the transaction can go on.
    """
    try:
        if proxy.in_transaction():
            with proxy.atomic():
                yield
        else:
            yield
    except ERRORS as error:
        if not is_damage(error):
            raise
        said = str(error).strip().partition("\n")[0]
        raise Damaged(f"the database cannot read it ({said})") from error


def is_damage(error: BaseException) -> bool:
    """Tell whether an error of the database says that what it holds is damaged."""
    raw = getattr(error, "orig", None) or error  # peewee wraps that of the driver
    code = getattr(raw, "sqlite_errorcode", 0) or 0
    return code & 0xFF in SQLITE_CODES or getattr(raw, "sqlstate", None) in STATES or NO_TEXT in str(raw)
