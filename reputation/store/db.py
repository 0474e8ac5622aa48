"""The database: opened by URL, migrated at start by one process at a time. It owns connections, not their content.

SQLite in WAL mode by default, PostgreSQL by URL. A writer begins with `write()`: in SQLite that takes the write lock at
once (BEGIN IMMEDIATE), because a read transaction that becomes a writer fails at once when another one writes.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from peewee import (
    BlobField,
    DatabaseError,
    DatabaseProxy,
    OperationalError,
    SqliteDatabase,
    Value,
    __exception_wrapper__,
    fn,
)
from playhouse.migrations import MigrationError, Runner

from reputation.refusal import StoreError
from reputation.store import driver, history
from reputation.store.models import database as proxy

log = logging.getLogger("gatepost.store")
_WRITING = threading.Lock()

BUSY_SECONDS = 10  # that SQLite waits for another process
TURN_SECONDS = 60  # that a thread waits for the others of this process
SQLITE_NAME = "gatepost.sqlite3"
POOL_SIZE = 64  # every portal thread, every job and the watcher may hold one
MIGRATION_LOCK = zlib.crc32(b"gatepost migrations")


class Store:
    """An open database, to which the models are bound. Call `close()` at the end."""

    def __init__(self, database: Any, url: str, data: Path) -> None:
        self.database = database
        self._url, self._data = url, data
        self._lock_file = None if url else data / "gatepost.lock"

    @property
    def is_sqlite(self) -> bool:
        """Tell whether the database is SQLite."""
        return isinstance(self.database, SqliteDatabase)

    @contextmanager
    def connection(self) -> Iterator[None]:
        """Open a connection for this thread. A fault of the database is raised as StoreError, which says what to do."""
        try:
            with self.database.connection_context():
                yield
        except (DatabaseError, sqlite3.Error) as error:
            raise StoreError(_hint(error, self._url, self._data)) from error

    def close(self) -> None:
        """Close this thread's connection, and the idle ones of a pool."""
        if not self.database.is_closed():
            self.database.close()
        if hasattr(self.database, "close_all"):
            self.database.close_all()

    def migrate(self, directory: Path) -> list[str]:
        """Run the migrations that are missing and return their names. Another process that starts meanwhile waits."""
        with self._alone():
            try:
                runner = Runner(self.database, str(directory))
                history.check(runner, _named(self._url, self._data), self._url, self._data)
                return list(runner.up())
            except MigrationError as error:
                raise StoreError(f"The database could not be migrated: {error}") from error

    @contextmanager
    def only_one(self, name: str) -> Iterator[bool]:
        """Yield True on the one node of several that may run the job `name` now (PostgreSQL advisory lock)."""
        if self.is_sqlite:
            yield True
            return
        key = zlib.crc32(name.encode())
        got = bool(self.database.execute_sql("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone()[0])
        try:
            yield got
        finally:
            if got:
                self.database.execute_sql("SELECT pg_advisory_unlock(%s)", (key,))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # playhouse.migrations takes no lock of its own: two first starts would both create the tables.
        if self._lock_file is not None:
            with self._lock_file.open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
            return
        self.database.execute_sql("SELECT pg_advisory_lock(%s)", (MIGRATION_LOCK,))
        try:
            yield
        finally:
            self.database.execute_sql("SELECT pg_advisory_unlock(%s)", (MIGRATION_LOCK,))


def open_store(url: str, data: Path, migrations: Path) -> Store:
    """Open the database at `url` (empty: SQLite in the data folder), migrate it, bind the models.

    Raise StoreError, which says what is wrong: no server there, a damaged file, no right to write.
    """
    try:
        store = _open_sqlite(data) if not url else _open_url(url, data)
        with store.database.connection_context():
            store.migrate(migrations)
    except (DatabaseError, sqlite3.Error, ValueError, OSError) as error:
        raise StoreError(_hint(error, url, data)) from error
    proxy.initialize(store.database)  # not before it is known that this program may go on with it
    return store


@contextmanager
def write() -> Iterator[Any]:
    """Begin a transaction that writes; inside another one it is a savepoint."""
    with _turn(), proxy.atomic() as transaction:
        yield transaction


@contextmanager
def _turn() -> Iterator[None]:
    """In SQLite the writers of this process wait here: it has no queue, and of many that ask it again and again some
    would never come to their turn."""
    if proxy.in_transaction() or not isinstance(proxy.obj, SqliteDatabase):
        yield
        return
    if not _WRITING.acquire(timeout=TURN_SECONDS):
        raise OperationalError("database is locked")
    try:
        yield
    finally:
        _WRITING.release()


def write_rows(
    fields: Sequence[Any], rows: Sequence[Sequence[Any]], key: Sequence[Any] = (), adds: bool = False
) -> None:
    """Write many rows of one table; rows with the same `key` are replaced, or (`adds`) added to.

    Every field without a default in the database must be among `fields`, and is written as it is given. This is what
    peewee's insert_many does, in a third of its time: the statement is written once, and has no part for each value.
    """
    if not rows:
        return
    names = [f'"{field.column_name}"' for field in fields]
    mark = "?" if isinstance(proxy.obj, SqliteDatabase) else "%s"
    sql = f'INSERT INTO "{fields[0].model._meta.table_name}" ({", ".join(names)}) '
    sql += f"VALUES ({', '.join([mark] * len(names))})"
    if key:
        keys = [f'"{field.column_name}"' for field in key]
        held = f'"{fields[0].model._meta.table_name}".' if adds else ""
        changed = ", ".join(
            f"{name} = {f'{held}{name} + ' if adds else ''}excluded.{name}" for name in names if name not in keys
        )
        sql += f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    with __exception_wrapper__:
        proxy.cursor().executemany(sql, rows)


def among(field: Any, values: Sequence[str]) -> Any:
    """Make a condition that a field of text is one of the values.

    PostgreSQL takes them as one array: a mark for each of five hundred costs more than the query.
    """
    if isinstance(proxy.obj, SqliteDatabase):
        return field << values
    return field == fn.ANY(Value(list(values), converter=False, unpack=False))


def add_counts(fields: Sequence[Any], rows: Iterable[tuple[Any, ...]]) -> None:
    """Insert the rows, or add their count where the key exists. `fields` are those of the key, and then the count.

    Rows are written in the order of their keys: two nodes that write at once then never wait for each other in a
    circle.
    """
    write_rows(fields, sorted(rows), key=fields[:-1], adds=True)


def lock_for_transaction(name: str) -> None:
    """Wait, inside a transaction that writes, until no other transaction has the turn of this name.

    In SQLite writers take turns anyway.
    """
    if not isinstance(proxy.obj, SqliteDatabase):
        proxy.execute_sql("SELECT pg_advisory_xact_lock(%s)", (zlib.crc32(name.encode()),))


def facts() -> tuple[str, int]:
    """Return which database this is, with its version, and its size in octets."""
    if isinstance(proxy.obj, SqliteDatabase):
        pages, size = (proxy.execute_sql(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        return f"SQLite {sqlite3.sqlite_version}", int(pages) * int(size)
    version, size = proxy.execute_sql(
        "SELECT current_setting('server_version'), pg_database_size(current_database())"
    ).fetchone()
    return f"PostgreSQL {version.partition(' ')[0]}", int(size)


def read_blob(field: BlobField, row: int) -> bytes | None:
    """Read a long value of the row with this id; return None where the row is gone.

    In SQLite a query would hold the value twice in memory.
    """
    if not isinstance(proxy.obj, SqliteDatabase):
        found = field.model.select(field).where(field.model.id == row).scalar()
        return None if found is None else bytes(found)
    table = field.model._meta.table_name
    try:
        with proxy.connection().blobopen(table, field.column_name, row, readonly=True) as blob:
            return bytes(blob.read())
    except sqlite3.OperationalError as error:
        if str(error).startswith("no such rowid"):
            return None
        raise


def shrink_cache() -> None:
    """Clear the page cache of this thread's connection: a long list that was just read is not read again."""
    if isinstance(proxy.obj, SqliteDatabase):
        proxy.execute_sql("PRAGMA shrink_memory")


def connected() -> AbstractContextManager[Any]:
    """Open a connection for this thread and close it at the end; do nothing where the thread has one already."""
    return _Connected(proxy)


class _Connected(threading.local):
    def __init__(self, database: DatabaseProxy) -> None:
        self.database = database
        self.opened = False

    def __enter__(self) -> _Connected:
        self.opened = self.database.connect(reuse_if_open=True)
        return self

    def __exit__(self, *exc: object) -> None:
        if self.opened:
            self.database.close()


def _open_sqlite(data: Path) -> Store:
    pragmas = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": "normal", "cache_size": -16000}
    place = data / SQLITE_NAME
    if not place.exists():
        history.check_is_new(f"{place} is gone", "", data)
        place.touch(mode=0o600)
    # Whoever opens it later makes none: where the file has gone, an empty one in its place would be served.
    name = f"{place.absolute().as_uri()}?mode=rw"
    database = SqliteDatabase(name, uri=True, pragmas=pragmas, timeout=BUSY_SECONDS, lock_type="IMMEDIATE")
    return Store(database, "", data)


def _open_url(url: str, data: Path) -> Store:
    scheme = url.partition("://")[0]
    if scheme not in ("postgres", "postgresql"):
        raise StoreError(
            f"--database {url!r} is not supported: leave it empty for SQLite, or write postgresql://user@host/name"
        )
    driver.load()
    from playhouse.db_url import connect  # behind it, and not for a file: it asks for the drivers of all databases

    pooled = url.replace(f"{scheme}://", "postgresql+pool://", 1)
    database = connect(pooled, max_connections=POOL_SIZE, stale_timeout=300, timeout=BUSY_SECONDS, prefer_psycopg3=True)
    return Store(database, url, data)


def _named(url: str, data: Path) -> str:
    return "The PostgreSQL database" if url else str(data / SQLITE_NAME)


def _hint(error: Exception, url: str, data: Path) -> str:
    text = str(error).strip().partition("\n")[0]
    place = data / SQLITE_NAME
    if url:
        return f"The PostgreSQL database cannot be used: {text}. Check --database, that the server runs, and the login."
    if "locked" in text:
        return f"{place} is locked by another program for more than {BUSY_SECONDS} s: end that program, or try again."
    if "not a database" in text or "malformed" in text:
        return f"{place} is damaged ({text}): put back a backup of it, or move it away to begin anew."
    if "readonly" in text or "unable to open" in text:
        return f"{place} cannot be written ({text}): give this user the right to write in {data}."
    return f"{place} cannot be used: {text}"
