"""What is wrong with the database is told in one sentence: each error is a real one, of SQLite or of PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from peewee import OperationalError, SqliteDatabase

from reputation.refusal import StoreError
from reputation.store import db, trouble
from reputation.store.db import SQLITE_NAME, Store, open_store
from reputation.store.models import Organization, Secret
from reputation.store.models import database as proxy
from reputation.store.patience import waiting_at_most
from reputation.store.trouble import DAMAGE, DATABASE, WRITES, Trouble
from tests.conftest import MIGRATIONS, NOON
from tests.postgresql import drop_database, new_database
from tests.stories.program import wait_until


@pytest.fixture
def sqlite(tmp_path: Path) -> Any:
    opened = open_store("", tmp_path, MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def postgresql(postgresql_url: str, migrated_postgresql: dict[str, str], tmp_path: Path) -> Any:
    url = new_database(postgresql_url, migrated_postgresql["empty"])
    opened = open_store(url, tmp_path, MIGRATIONS)
    yield opened
    opened.close()
    drop_database(url)


def add() -> None:
    Organization.create(name="Acme", subscription="standard", created_at=NOON)


def write(size: int = 100) -> None:
    with db.write():
        Secret.create(name="a secret", content=bytes(size))


def told(act: Callable[[], object], name: str, *words: str) -> Trouble:
    """What the error that `act` ends with says; its remedy holds these words."""
    with pytest.raises(trouble.ERRORS) as caught:
        act()
    found = db.trouble_of(caught.value)
    assert found, caught.value
    assert found.name == name, found
    assert [each for each in words if each not in found.remedy] == [], found.remedy
    assert found.sentence.endswith(".") and found.again > 0
    return found


def test_a_file_that_another_program_holds(sqlite: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(tmp_path / SQLITE_NAME, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        found = told(write, WRITES, SQLITE_NAME, "locked by another program", "fuser")
        assert Organization.select().count() == 0, "it can be read all the same"
    assert "can still be read" in found.sentence and str(tmp_path) not in found.sentence
    write()


def test_a_disk_without_room(sqlite: Store) -> None:
    pages = sqlite.database.execute_sql("PRAGMA page_count").fetchone()[0]
    sqlite.database.execute_sql(f"PRAGMA max_page_count = {pages}")

    told(lambda: write(1 << 20), WRITES, SQLITE_NAME, "no room left", "full")
    assert Secret.select().where(Secret.name == "a secret").count() == 0


def test_a_file_that_may_not_be_written(sqlite: Store) -> None:
    sqlite.database.execute_sql("PRAGMA query_only = 1")

    told(write, WRITES, "cannot be written", "right to write", "read-only")


def test_a_file_that_is_gone_is_not_made_anew(sqlite: Store, tmp_path: Path) -> None:
    (tmp_path / SQLITE_NAME).rename(tmp_path / "away")

    told(lambda: Organization.select().count(), DATABASE, "cannot be opened", "see whether it is there")
    assert not (tmp_path / SQLITE_NAME).exists()
    (tmp_path / "away").rename(tmp_path / SQLITE_NAME)
    assert Organization.select().count() == 0


def test_a_page_that_is_damaged(sqlite: Store, tmp_path: Path) -> None:
    with sqlite.connection():
        with db.write():
            for number in range(2000):
                Organization.create(name=f"{number:0200}", subscription="standard", created_at=NOON)
    sqlite.close()
    content = bytearray((tmp_path / SQLITE_NAME).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40 * 4096] = b"\x5a" * 40 * 4096
    (tmp_path / SQLITE_NAME).write_bytes(content)

    told(lambda: [row.name for row in Organization.select()], DAMAGE, "is damaged", "put back a backup")


def test_a_file_that_was_replaced_by_another_one(sqlite: Store, tmp_path: Path) -> None:
    for file in tmp_path.glob(f"{SQLITE_NAME}*"):
        file.unlink()
    with closing(sqlite3.connect(tmp_path / SQLITE_NAME)) as other:
        other.execute("CREATE TABLE something_else (id INTEGER)")

    told(lambda: Organization.select().count(), DATABASE, "lacks a table", "was replaced")


def test_a_thread_that_waited_for_others_of_this_program_is_no_fault(sqlite: Store) -> None:
    with db._WRITING, waiting_at_most(0.1):
        found = told(write, "", "this program itself")
    assert "Something large is being saved" in found.sentence


def test_a_thread_that_waited_for_one_that_waits_for_another_program_is_told_of_that(
    sqlite: Store, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / SQLITE_NAME, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        first = threading.Thread(target=write)
        first.start()
        wait_until(lambda: bool(sqlite.database.is_beginning), 30, "it waits for the other program")
        with waiting_at_most(0.1):
            told(write, WRITES, "locked by another program")
    first.join()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_says_nothing_of_the_database_is_no_trouble(kind: str, request: pytest.FixtureRequest) -> None:
    store: Store = request.getfixturevalue(kind)

    def wrong_statement() -> None:
        store.database.execute_sql("SELEC 1")

    def twice() -> None:
        add()
        add()

    with store.connection():
        for act in (wrong_statement, twice):
            with pytest.raises(trouble.ERRORS) as caught:
                act()
            assert db.trouble_of(caught.value) is None
    assert db.trouble_of(ValueError("malformed, locked and full")) is None


def test_a_server_that_refuses_the_connection(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"PostgreSQL database cannot be used: .*refused.*Check --database"):
        open_store("postgresql://nobody@127.0.0.1:1/none", tmp_path, MIGRATIONS)


def test_a_database_that_the_server_does_not_have(postgresql_url: str, tmp_path: Path) -> None:
    url = f"{postgresql_url.rpartition('/')[0]}/nowhere"
    with pytest.raises(StoreError, match=r"cannot be used: .*\"nowhere\" does not exist"):
        open_store(url, tmp_path, MIGRATIONS)


def test_a_session_that_the_server_has_ended(postgresql: Store) -> None:
    [backend] = postgresql.database.execute_sql("SELECT pg_backend_pid()").fetchone()
    with psycopg.connect(postgresql._url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (backend,))

    told(write, DATABASE, "PostgreSQL database")
    postgresql.close()
    write()


def test_a_lock_that_another_session_holds(postgresql: Store) -> None:
    postgresql.database.execute_sql("SET lock_timeout = '100ms'")
    with psycopg.connect(postgresql._url) as other:
        other.execute("LOCK TABLE secret")
        told(write, WRITES, "holds a lock", "pg_stat_activity")


def test_a_statement_that_takes_too_long_is_no_fault(postgresql: Store) -> None:
    postgresql.database.execute_sql("SET statement_timeout = '100ms'")

    found = told(lambda: postgresql.database.execute_sql("SELECT pg_sleep(5)"), "", "took too long")
    assert "Ask for less" in found.sentence


def test_a_server_that_may_only_be_read(postgresql: Store) -> None:
    postgresql.database.execute_sql("SET default_transaction_read_only = on")

    told(write, WRITES, "takes no changes", "standby")
    assert Organization.select().count() == 0


def test_a_table_that_is_not_there(postgresql: Store) -> None:
    postgresql.database.execute_sql('ALTER TABLE "secret" RENAME TO "lost"')

    told(write, DATABASE, "lacks a table", "secret")


# What PostgreSQL says by its codes, raised by itself; the last ones say nothing of the database.
CODES = {
    "53100": WRITES, "53200": DATABASE, "53300": DATABASE, "57P01": DATABASE, "57P03": DATABASE, "08006": DATABASE,
    "28P01": DATABASE, "3D000": DATABASE, "25P03": DATABASE, "42501": DATABASE, "42703": DATABASE, "58030": DATABASE,
    "XX001": DAMAGE, "XX002": DAMAGE, "40001": "", "40P01": "", "22003": None, "23505": None, "42601": None,
    "P0001": None,
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_each_code_of_the_server_has_its_name(postgresql: Store, code: str) -> None:
    raised = f"DO $$ BEGIN RAISE EXCEPTION 'so it is' USING ERRCODE = '{code}'; END $$"
    with pytest.raises(trouble.ERRORS) as caught:
        postgresql.database.execute_sql(raised)

    found = db.trouble_of(caught.value)

    assert (found.name if found else None) == CODES[code]
    assert found is None or "so it is" in found.remedy


def test_what_stands_in_place_of_a_database_says_why_there_is_none(sqlite: Store) -> None:
    class Closed(SqliteDatabase):  # type: ignore[misc]
        sentence = "/data is of a newer version: start that one."

        def _connect(self) -> None:
            raise OperationalError(self.sentence)

    before = proxy.obj
    proxy.initialize(Closed(":memory:"))
    try:
        told(lambda: Organization.select().count(), DATABASE, Closed.sentence)
        assert db.trouble_of(ValueError("of something else")) is None
    finally:
        proxy.initialize(before)


def test_what_failed_first_is_told_and_not_the_giving_up(postgresql: Store) -> None:
    """The server ends the session inside the transaction: to take it back fails, too, with less to say."""
    with pytest.raises(trouble.ERRORS) as caught, db.write():
        [backend] = postgresql.database.execute_sql("SELECT pg_backend_pid()").fetchone()
        with psycopg.connect(postgresql._url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (backend,))
        add()
    found = db.trouble_of(caught.value)
    assert found and "terminating connection" in found.remedy
    postgresql.close()
