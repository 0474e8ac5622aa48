"""No wait for PostgreSQL lasts: neither for one that stands still, nor for one that is gone, nor for a lock."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from peewee import OperationalError

from reputation.store import db, postgresql, trouble
from reputation.store.db import Store, open_store
from reputation.store.models import Organization
from reputation.store.patience import endless
from reputation.store.postgresql import open_pool
from tests.conftest import MIGRATIONS, NOON
from tests.frozen import frozen
from tests.postgresql import drop_database, new_database
from tests.stories.program import wait_until

LONGEST = 20  # seconds, of what should take nine: the machine may have other work


@pytest.fixture
def url(postgresql_url: str, migrated_postgresql: dict[str, str]) -> Iterator[str]:
    made = new_database(postgresql_url, migrated_postgresql["empty"])
    yield made
    drop_database(made)


@pytest.fixture
def opened(url: str, tmp_path: Path) -> Iterator[Store]:
    made = open_store(url, tmp_path, MIGRATIONS)
    yield made
    made.close()


@contextmanager
def page() -> Iterator[None]:
    begun = db.Page()
    try:
        yield
    finally:
        begun.end()


def read() -> int:
    return int(Organization.select().count())


def failed(act: Callable[[], object]) -> tuple[float, Exception]:
    """How many seconds it took until it failed, and with what."""
    began = time.monotonic()
    with pytest.raises(OperationalError) as caught:
        act()
    return time.monotonic() - began, caught.value


def on_a_page(act: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with page():
            return act()

    return run


def end_sessions(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        name = url.rpartition("/")[2]
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            (name,),
        )


def test_a_page_does_not_wait_for_a_server_that_stands_still(opened: Store, url: str) -> None:
    with page():
        assert read() == 0
    with frozen(url):
        seconds, error = failed(on_a_page(read))
        assert seconds < LONGEST
        found = db.trouble_of(error)
        assert found and found.name == trouble.DATABASE and found.again == 10

    with page():
        assert read() == 0, "without a restart"


def test_a_page_that_goes_on_without_the_database_waits_once(opened: Store, url: str) -> None:
    with frozen(url), page():
        failed(read)
        assert failed(read)[0] < 1
    with page():
        assert read() == 0


def test_a_statement_that_has_begun_is_given_up_where_its_server_stands_still(opened: Store, url: str) -> None:
    seconds: list[float] = []

    def sleep() -> None:
        seconds.append(failed(on_a_page(lambda: opened.database.execute_sql("SELECT pg_sleep(60)")))[0])

    sleeping = threading.Thread(target=sleep)
    sleeping.start()
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'"
    with psycopg.connect(url, autocommit=True) as other:
        wait_until(lambda: other.execute(asleep).fetchone() == (1,), 30, "the statement has begun")
    with frozen(url):
        sleeping.join(LONGEST)
    sleeping.join()

    assert seconds and seconds[0] < LONGEST


def test_a_transaction_on_a_server_that_stands_still_is_given_up_as_a_whole(opened: Store, url: str) -> None:
    def change() -> None:
        with db.write():
            Organization.create(name="Acme", subscription="standard", created_at=NOON)
            with frozen(url):
                Organization.create(name="Basic", subscription="standard", created_at=NOON)

    seconds, _ = failed(on_a_page(change))
    assert seconds < LONGEST, "to take it back does not wait again"
    with page():
        assert read() == 0


def test_a_slow_statement_of_a_server_that_is_well_is_waited_for(
    opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "QUIET_SECONDS", 0.2)
    with page():
        opened.database.execute_sql("SELECT pg_sleep(1.5)")


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def test_what_is_known_to_be_silent_is_told_at_once_while_one_thread_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    with silent_server() as port:
        pool = open_pool(f"postgresql://nobody@127.0.0.1:{port}/none?connect_timeout=2", 64, 5)
        first, _ = failed(pool.connect)
        trying = threading.Thread(target=failed, args=(pool.connect,))
        trying.start()
        wait_until(pool._trying.locked, 30, "somebody tries")
        seconds, error = failed(pool.connect)
        assert trying.is_alive() and pool._trying.locked(), "the one that tries still does"
        trying.join()

    assert 1.5 < first < LONGEST, "the time that the URL gives"
    assert seconds < 1
    assert "timeout" in str(error) or "does not answer" in str(error)


def test_connections_that_the_server_has_ended_are_thrown_away(opened: Store, url: str) -> None:
    with page():
        assert read() == 0
    end_sessions(url)
    with page():
        assert read() == 0
    with opened.connection():
        assert read() == 0


def test_a_read_of_a_page_is_tried_again_on_another_connection(opened: Store, url: str) -> None:
    with page():
        assert read() == 0
        end_sessions(url)
        assert read() == 0


def test_neither_a_write_nor_a_transaction_is_tried_again(opened: Store, url: str) -> None:
    def write() -> None:
        read()
        end_sessions(url)
        Organization.create(name="Acme", subscription="standard", created_at=NOON)

    def read_in_a_transaction() -> None:
        with db.write():
            Organization.create(name="Acme", subscription="standard", created_at=NOON)
            end_sessions(url)
            read()

    for act in (write, read_in_a_transaction):
        failed(on_a_page(act))
    with page():
        assert read() == 0


def test_a_job_tries_nothing_again_since_it_may_hold_a_lock(opened: Store, url: str) -> None:
    with opened.database.connection_context():
        read()
        end_sessions(url)
        failed(read)


def limits(store: Store) -> tuple[str, ...]:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    return tuple(store.database.execute_sql(f"SHOW {name}").fetchone()[0] for name in names)


def test_the_server_ends_what_takes_long_sooner_for_a_page_than_for_a_job(opened: Store) -> None:
    for _ in range(2):  # the second time on the connection that the other has left
        with page():
            assert limits(opened) == ("30s", "8s", "5min")
        with opened.connection():
            assert limits(opened) == ("15min", "1min", "5min")
    with endless(), opened.connection():
        assert limits(opened) == ("0", "0", "5min")


def test_what_the_url_says_goes_before_what_the_program_would_say(url: str) -> None:
    pool = open_pool(f"{url}?keepalives_idle=7&application_name=mine", 2, 1)
    pool.connect()
    try:
        assert pool.execute_sql("SHOW application_name").fetchone() == ("mine",)
        assert pool.connection().info.get_parameters()["keepalives_idle"] == "7"
        assert pool.connection().info.get_parameters()["tcp_user_timeout"] == "20000"
    finally:
        pool.close_all()


def test_where_all_connections_are_in_use_it_is_said_so(url: str) -> None:
    pool = open_pool(url, 1, 0.2)
    pool.connect()
    try:
        told: list[str] = []
        other = threading.Thread(target=lambda: told.append(str(failed(pool.connect)[1])))
        other.start()
        other.join()
        assert told == ["all 1 connections of this program are in use"]
    finally:
        pool.close_all()


def test_a_url_without_a_database_is_refused() -> None:
    with pytest.raises(ValueError, match="names no database"):
        open_pool("postgresql://nobody@127.0.0.1", 1, 1)
