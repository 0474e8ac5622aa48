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
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from peewee import (
    BlobField,
    DatabaseProxy,
    OperationalError,
    SqliteDatabase,
    Value,
    __exception_wrapper__,
    fn,
)
from playhouse.migrations import MigrationError, Runner

from reputation.refusal import StoreError
from reputation.store import driver, history, trouble
from reputation.store.models import database as proxy
from reputation.store.patience import begin_page, end_page, endless, patience, waiting_at_most
from reputation.store.trouble import Trouble

log = logging.getLogger("gatepost.store")
_WRITING = threading.Lock()

BUSY_SECONDS = 10  # that SQLite waits for another process
TURN_SECONDS = 60  # that a thread waits for the others of this process
SPARE_SECONDS = 0.5  # that a write waits which nobody misses
POOL_SECONDS = 5  # that a thread waits for a connection while all are in use
SQLITE_NAME = "gatepost.sqlite3"
POSTGRESQL = "PostgreSQL database"
POOL_SIZE = 64  # every portal thread, every job and the watcher may hold one
MIGRATION_LOCK = zlib.crc32(b"gatepost migrations")


class Store:
    """An open database, to which the models are bound. Call `close()` at the end."""

    def __init__(self, database: Any, url: str, data: Path) -> None:
        self.database = database
        self._url, self._data = url, data
        self._lock_file = None if url else data / "gatepost.lock"
        self._anchor: sqlite3.Connection | None = None

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
        except trouble.ERRORS as error:
            raise StoreError(_hint(error, self._url, self._data)) from error

    def anchor(self) -> None:
        """Hold the files that SQLite has beside its own: the last connection to close would remove them.

        To make them again takes room on the disk, without which nothing could be read either.
        """
        if isinstance(self.database, SqliteFile) and self._anchor is None:
            self._anchor = self.database.opened(check_same_thread=False)
            self._anchor.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()

    def close(self) -> None:
        """Close this thread's connection, and the idle ones of a pool."""
        if self._anchor:
            self._anchor.close()
            self._anchor = None
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
        with endless(), store.database.connection_context():
            store.migrate(migrations)
        store.anchor()
    except (*trouble.ERRORS, ValueError, OSError) as error:
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
    if proxy.in_transaction() or not isinstance(proxy.obj, SqliteFile):
        yield
        return
    waits = patience()
    if not _WRITING.acquire(timeout=waits.at_most(TURN_SECONDS)):
        raise OperationalError("database is locked" if proxy.obj.is_beginning else trouble.BUSY_OURSELVES)
    try:
        if waits.ends_at is not None:
            proxy.connection().execute(f"PRAGMA busy_timeout = {waits.at_most(BUSY_SECONDS) * 1000:.0f}")
        yield
    finally:
        _WRITING.release()


def try_to_write(act: Callable[[], object]) -> bool:
    """Write what nobody misses, such as when somebody was last seen; False where the database does not take it now."""
    try:
        with waiting_at_most(SPARE_SECONDS), write():
            act()
    except trouble.ERRORS as error:
        if trouble_of(error) is None:
            raise
        log.debug("left out: %s", error)
        return False
    return True


def trouble_of(error: BaseException) -> Trouble | None:
    """Return what an error says of the database in use; None where it says nothing of it."""
    database = proxy.obj
    if isinstance(error, trouble.ERRORS) and (why := getattr(database, "sentence", "")):
        return trouble.CLOSED._replace(remedy=why)  # what stands in place of a database that cannot be used
    if isinstance(database, SqliteDatabase):
        return trouble.of(error, str(database.database), True)
    return trouble.of(error, POSTGRESQL, False)


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


class SqliteFile(SqliteDatabase):  # type: ignore[misc]
    """The file of SQLite. It must be there: a connection would make an empty one in place of one that has gone."""

    is_beginning = False  # a thread waits until no other program writes

    def begin(self, lock_type: str | None = None) -> None:
        """Begin a transaction, where another program may hold the file."""
        self.is_beginning = True
        try:
            super().begin(lock_type)
        finally:
            self.is_beginning = False

    def opened(self, **how: Any) -> sqlite3.Connection:
        """Open the file, and wait for other programs as long as this thread has patience."""
        place = f"file:{quote(str(self.database))}?mode=rw"
        waits = patience().at_most(BUSY_SECONDS)
        made: sqlite3.Connection = sqlite3.connect(place, uri=True, isolation_level=None, timeout=waits, **how)
        return made

    def _connect(self) -> sqlite3.Connection:
        connection = self.opened()
        try:
            self._add_conn_hooks(connection)
        except Exception:
            connection.close()
            raise
        return connection


class Page:
    """What a page has of the database until `end()`: a connection once it asks for one, and waits that end soon."""

    def __init__(self) -> None:
        self._was_open = _is_open()
        begin_page()

    def end(self) -> None:
        """Close what the page has opened on this thread."""
        end_page()
        if not self._was_open and _is_open():
            try:
                proxy.close()
            except trouble.ERRORS as error:  # it is lost already
                log.debug("a connection was not closed: %s", error)


def _is_open() -> bool:
    return proxy.obj is not None and not proxy.is_closed()


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
    return Store(SqliteFile(str(place), pragmas=pragmas, lock_type="IMMEDIATE"), "", data)


def _open_url(url: str, data: Path) -> Store:
    scheme = url.partition("://")[0]
    if scheme not in ("postgres", "postgresql"):
        raise StoreError(
            f"--database begins with {scheme[:20]!r}, which is not supported: leave it empty for SQLite, or write postgresql://user@host/name"
        )
    driver.load()
    from reputation.store.postgresql import open_pool  # behind it, and not for a file: it asks for the driver

    return Store(open_pool(url, POOL_SIZE, POOL_SECONDS), url, data)


def _named(url: str, data: Path) -> str:
    return "The PostgreSQL database" if url else str(data / SQLITE_NAME)


def _hint(error: Exception, url: str, data: Path) -> str:
    """What is wrong, for the operator."""
    place = POSTGRESQL if url else str(data / SQLITE_NAME)
    found = trouble.of(error, place, not url)
    return found.remedy if found else f"The database {place} cannot be used: {str(error).strip().partition(chr(10))[0]}"
