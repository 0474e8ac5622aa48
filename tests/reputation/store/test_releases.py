"""The database of each release opens with the present program, and holds afterwards what it held before.

The files are dumps as text (tests/data/databases), made by make.py beside them when a version was published.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reputation.addresses.address import parse_address
from reputation.customers import users
from reputation.insight import releases
from reputation.intake.origins import seed, unpack
from reputation.publisher import Publisher
from reputation.store import db
from reputation.store.db import Store, open_store
from reputation.store.models import MODELS
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.zones import STANDARD
from tests.conftest import MIGRATIONS, NOON, ROOT
from tests.postgresql import drop_database, new_database

DATABASES = ROOT / "tests" / "data" / "databases"
RELEASES = sorted(file.name.removesuffix(".sqlite.sql") for file in DATABASES.glob("*.sqlite.sql"))
Rows = dict[str, tuple[list[str], list[str]]]  # table -> its columns, and its rows as text


@pytest.fixture(params=[(release, kind) for release in RELEASES for kind in ("sqlite", "postgresql")], ids="-".join)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a release's database lies; empty for the SQLite file of the data folder."""
    release, kind = request.param
    dump = (DATABASES / f"{release}.{kind}.sql").read_text()
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / db.SQLITE_NAME) as connection:
            connection.executescript(dump)
        connection.close()
        yield ""
        return
    made = new_database(request.getfixturevalue("postgresql_url"))
    with psycopg.connect(made, autocommit=True) as connection:
        connection.execute(dump.encode())
    yield made
    drop_database(made)


@pytest.fixture
def before(url: str, tmp_path: Path) -> Rows:
    """What the database held before the present program opened it."""
    if url:
        with psycopg.connect(url) as server:
            return rows(lambda sql: server.execute(sql), "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    with sqlite3.connect(tmp_path / db.SQLITE_NAME) as file:
        found = rows(lambda sql: file.execute(sql), "SELECT name FROM sqlite_master WHERE type = 'table'")
    file.close()
    return found


@pytest.fixture
def opened(before: Rows, url: str, tmp_path: Path) -> Iterator[Store]:
    """The database, opened by the present program: every migration that was added since has run."""
    store = open_store(url, tmp_path, MIGRATIONS)
    with store.database.connection_context():
        yield store
    store.close()


def rows(run: Any, tables: str) -> Rows:
    return {table: content(run, table, "*") for (table,) in run(tables).fetchall() if table != "schema_migration"}


def content(run: Any, table: str, columns: str) -> tuple[list[str], list[str]]:
    """Columns, and the rows as text in an order that does not depend on the database."""
    cursor = run(f'SELECT {columns} FROM "{table}"')
    names = [column[0] for column in cursor.description]
    return names, sorted(
        repr([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row]) for row in cursor
    )


def test_a_release_has_a_row_in_every_table(before: Rows) -> None:
    assert [table for table, (_, found) in before.items() if not found] == []


def test_every_row_of_a_release_is_found_as_it_was(before: Rows, opened: Store) -> None:
    for table, (columns, found) in before.items():
        quoted = ", ".join(f'"{column}"' for column in columns)
        assert content(opened.database.execute_sql, table, quoted) == (columns, found), table


def test_every_table_of_a_release_is_read_through_its_model(before: Rows, opened: Store) -> None:
    kept = {model._meta.table_name: len(list(model.select())) for model in MODELS}

    assert {table: kept[table] for table in before} == {table: len(found) for table, (_, found) in before.items()}


def test_a_release_lists_whom_it_listed_and_lets_in_whom_it_knew(opened: Store) -> None:
    live = Live()
    Publisher(live, seed, unpack, "http://127.0.0.1/lookup?address=").catch_up(NOON)
    assert live.current is not None
    acme = users.authenticate("quagga@acme.example", "another quiet sentence", NOON)

    assert acme is not None
    for address, code in (("198.51.100.60", 2), ("198.51.100.99", 4), ("203.0.113.202", 10), ("198.51.100.61", 0)):
        decision = decide(live.current, STANDARD, acme.organization.id, *parse_address(address), NOON)
        assert decision.code == code, address


def test_every_version_that_came_out_has_its_database_among_them() -> None:
    came_out = {release.version for release in releases.parse((ROOT / "CHANGELOG.md").read_text()) if release.day}

    assert RELEASES
    assert came_out <= set(RELEASES), "make it before the release: python -m tests.data.databases.make"
