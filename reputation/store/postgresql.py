"""PostgreSQL with an end to every wait: connections that notice a server which says nothing, and a pool of them.

A server may be frozen while its TCP connections are well: neither its own time-outs nor keepalives end such a wait, so
the client does. It is imported where a URL of PostgreSQL is used, behind driver.py. It knows no table.
"""

from __future__ import annotations

import contextlib
import heapq
import threading
import time
from collections.abc import Generator
from typing import Any

import psycopg
from peewee import OperationalError, Psycopg3Adapter
from playhouse.db_url import parse
from playhouse.pool import MaxConnectionsExceeded, PoolConnection, PooledPostgresqlDatabase
from psycopg.pq import TransactionStatus

from reputation.store.patience import patience, spend

CONNECT_SECONDS = 5  # until a server must have taken a connection
QUIET_SECONDS = 4.0  # without a word about a statement, after which the server is asked whether it is there
SHORT_SECONDS = 2  # in which a page tries to connect to a server that is known to be silent
SIGN_SECONDS = 3  # in which it must then take a connection
LEEWAY_SECONDS = 5.0  # beyond its own time-out, after which a statement is given up here
IDLE_MINUTES = 5  # that a transaction may do nothing, as where its node was cut off: the server ends it
CONNECTION = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds in which sent data must be acknowledged
    "application_name": "gatepost",
}
SET_LIMITS = "SELECT set_config('statement_timeout', %s, false), set_config('lock_timeout', %s, false)"
SILENT = "the server does not answer: it is frozen, or the network between loses everything"


class Silent(psycopg.OperationalError):
    """The server takes no connection and says nothing within the time that it has."""


class Connection(psycopg.Connection[Any]):
    """A connection that is given up where its server says nothing for long and does not answer beside it either."""

    signs: Any = None  # asked whether the server is there: `PostgresqlPool.look_for_a_sign`
    limit = 0.0  # seconds after which a statement is given up here; 0: never
    patience_set: Any = None  # with which time-outs it was handed out last

    def wait(self, gen: Any, *arguments: Any, **named: Any) -> Any:
        """Wait for the server, as psycopg does; raise Silent where it is not there."""
        return super().wait(self._heard(gen), *arguments, **named)

    def _heard(self, gen: Any) -> Generator[Any, Any, Any]:
        """Hand on what psycopg asks and is told; between two words of the server, look at the time."""
        began = heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                now = time.monotonic()
                if ready:
                    heard = now
                elif self.limit and now - began > self.limit:
                    self._give_up()
                elif now - heard > QUIET_SECONDS and self.signs:
                    if not self.signs():
                        self._give_up()
                    heard = time.monotonic()
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value

    def _give_up(self) -> None:
        self.pgconn.finish()  # what follows, such as to take back the transaction, does not wait again
        spend()
        raise Silent(SILENT)


class Adapter(Psycopg3Adapter):  # type: ignore[misc]
    """peewee's way to psycopg, with our connections."""

    def connect(self, db: Any, **parameters: Any) -> Connection:
        """Connect, and let the server end what takes long or waits long for a lock."""
        parameters.setdefault("dbname", db.database)
        connection = Connection.connect(autocommit=True, **parameters)
        connection.signs = db.look_for_a_sign
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_MINUTES}min'")
        return connection


class PostgresqlPool(PooledPostgresqlDatabase):  # type: ignore[misc]
    """A pool in which nobody waits for another one's connecting, and a server that is known to be silent costs no time.

    Where it was silent, one thread at a time tries again, and the others are told so at once.
    """

    psycopg3_adapter = Adapter

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._lock = contextlib.nullcontext()  # what it guards is each thread's own; here it would be held for seconds
        self._being_made = 0
        self._is_silent = False
        self._trying = threading.Lock()

    def connect(self, reuse_if_open: bool = False) -> Any:
        """Open a connection for this thread. Raise OperationalError where all of them stay in use."""
        try:
            return super().connect(reuse_if_open)
        except MaxConnectionsExceeded:
            raise OperationalError(f"all {self._max_connections} connections of this program are in use") from None

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement; outside of a transaction a page's read is tried again where its connection was lost."""
        try:
            return super().execute_sql(sql, params)
        except OperationalError as error:
            is_lost = not self.is_closed() and self._state.conn.closed and not self.in_transaction()
            if not (patience().is_page and is_lost and sql.startswith("SELECT")) or _was_silence(error):
                raise
            self.close()
            return super().execute_sql(sql, params)

    def look_for_a_sign(self) -> bool:
        """Tell whether the server takes a connection; any answer is a sign. Where it does not, forget the idle ones."""
        try:
            with psycopg.connect(dbname=self.database, **{**self._parameters, "connect_timeout": SIGN_SECONDS}):
                return True
        except psycopg.errors.ConnectionTimeout:
            self._note_silence()
            return False
        except psycopg.Error:
            return True

    @property
    def _parameters(self) -> dict[str, Any]:
        return {name: value for name, value in self.connect_params.items() if name != "autocommit"}

    def _connect(self) -> Any:
        """Take an idle connection that answers, or make one."""
        wanted = patience().on_server
        while (taken := self._idle()) is not None:
            opened_at, connection = taken
            if self._is_ready(connection, wanted):
                return self._in_hand(opened_at, connection)
        with self._pool_lock:
            if self._max_connections and len(self._in_use) + self._being_made >= self._max_connections:
                raise MaxConnectionsExceeded
            self._being_made += 1
        try:
            connection = self._made()
            _set_limits(connection, wanted)
            return self._in_hand(time.time(), connection)
        finally:
            with self._pool_lock:
                self._being_made -= 1

    def _idle(self) -> tuple[float, Any] | None:
        with self._pool_lock:
            while self._connections:
                opened_at, _, connection = heapq.heappop(self._connections)
                if connection.closed or (self._stale_timeout and self._is_stale(opened_at)):
                    self._close_raw(connection)
                else:
                    return opened_at, connection
        return None

    def _is_ready(self, connection: Connection, wanted: tuple[int, int]) -> bool:
        """Whether an idle connection still has its server: it is asked, within the time that a sign may take."""
        connection.limit = SIGN_SECONDS
        try:
            _set_limits(connection, wanted, always=True)
        except psycopg.Error as error:
            self._close_raw(connection)
            if isinstance(error, Silent):
                self._note_silence()
            return False
        self._is_silent = False
        return True

    def _can_reuse(self, conn: Connection) -> bool:
        return conn.pgconn.transaction_status == TransactionStatus.IDLE

    def _in_hand(self, opened_at: float, connection: Any) -> Any:
        with self._pool_lock:
            self._in_use[self.conn_key(connection)] = PoolConnection(opened_at, connection, time.time())
        return connection

    def _made(self) -> Any:
        """A new connection; while the server is known to be silent, one thread at a time that has time left tries."""
        if not self._is_silent:
            return self._tried(self.connect_params)
        waits = patience()
        if waits.left < SHORT_SECONDS or not self._trying.acquire(blocking=False):
            raise Silent(SILENT)
        try:
            short = {"connect_timeout": SHORT_SECONDS} if waits.is_page else {}
            return self._tried(self.connect_params | short)
        finally:
            self._trying.release()

    def _tried(self, parameters: dict[str, Any]) -> Connection:
        try:
            connection: Connection = self._adapter.connect(self, **parameters)
        except psycopg.errors.ConnectionTimeout:
            self._note_silence()
            spend()
            raise Silent(SILENT) from None
        except psycopg.Error:
            self._is_silent = False
            raise
        self._is_silent = False
        return connection

    def _note_silence(self) -> None:
        self._is_silent = True
        self.close_idle()


def _was_silence(error: BaseException) -> bool:
    return isinstance(getattr(error, "orig", None), Silent)


def _set_limits(connection: Connection, wanted: tuple[int, int], always: bool = False) -> None:
    """Tell the server how long a statement, and a wait for a lock, may take: milliseconds, 0 without an end."""
    statement, lock = wanted
    if always or connection.patience_set != wanted:
        connection.execute(SET_LIMITS, (f"{statement}ms", f"{lock}ms"))
        connection.patience_set = wanted
    connection.limit = statement / 1000 + LEEWAY_SECONDS if statement else 0.0


def open_pool(url: str, most: int, wait: float) -> PostgresqlPool:
    """Open the database at `url` with at most so many connections; its query string goes before what we would say."""
    named = {**CONNECTION, **parse(url)}
    if not named.get("database"):
        raise ValueError("it names no database: write postgresql://user@host/name")
    return PostgresqlPool(max_connections=most, stale_timeout=300, timeout=wait, prefer_psycopg3=True, **named)
