"""When PostgreSQL's driver is loaded. peewee loads it with itself wherever it is installed, which takes longer than all
else that a command on SQLite needs; such a command begins without it, and a URL of PostgreSQL brings it back.

What peewee makes of the driver when it is imported is made here in the same way; the tests on PostgreSQL hold it.
"""

from __future__ import annotations

import sys
from typing import Any

DRIVER = "psycopg"


def postpone() -> None:
    """Import peewee without the driver, where neither of them is loaded yet."""
    if DRIVER in sys.modules or "peewee" in sys.modules:
        return
    sys.modules[DRIVER] = None  # type: ignore[assignment]  # to import it fails, as if it were not installed
    try:
        import playhouse.migrations  # noqa: F401  # it asks for the driver a second time, for fields that we do not have
    finally:
        del sys.modules[DRIVER]


def load() -> None:
    """Give peewee the driver, where it was postponed."""
    import peewee
    import psycopg
    from psycopg.pq import TransactionStatus
    from psycopg.types.json import Json, Jsonb

    orm: Any = peewee
    if orm.psycopg is not None:
        return
    orm.psycopg, orm.TransactionStatus, orm.Json_pg3, orm.Jsonb_pg3 = psycopg, TransactionStatus, Json, Jsonb
    adapter = orm.Psycopg3Adapter
    adapter.txn_idle, adapter.txn_inerror = TransactionStatus.IDLE, TransactionStatus.INERROR
    adapter.txn_unknown = TransactionStatus.UNKNOWN
