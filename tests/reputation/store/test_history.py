"""A database is refused that a newer program has changed, or that was emptied after something was served of it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from reputation.publisher import Publisher
from reputation.publisher.prepared_files import PreparedFiles
from reputation.refusal import StoreError
from reputation.store.db import SQLITE_NAME, open_store
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import MIGRATIONS, NOON


def serve_once(data: Path) -> None:
    """As a program does: the tables are read, and what is served is kept for the next start."""
    store = open_store("", data, MIGRATIONS)
    with store.database.connection_context():
        publisher = Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, "", PreparedFiles(data, ""))
        publisher.catch_up(NOON)
        publisher.keep(NOON)
    store.close()


def test_a_database_that_has_gone_is_not_made_anew(tmp_path: Path) -> None:
    serve_once(tmp_path)
    (tmp_path / SQLITE_NAME).unlink()

    with pytest.raises(StoreError, match=r"is gone, and what was served of it lies in .*prepared: put back"):
        open_store("", tmp_path, MIGRATIONS)

    assert not (tmp_path / SQLITE_NAME).exists()


def test_a_database_that_was_emptied_is_not_filled(tmp_path: Path) -> None:
    serve_once(tmp_path)
    (tmp_path / SQLITE_NAME).write_bytes(b"")

    with pytest.raises(StoreError, match="is empty, and what was served of it lies in"):
        open_store("", tmp_path, MIGRATIONS)

    with contextlib.closing(sqlite3.connect(tmp_path / SQLITE_NAME)) as file:
        assert file.execute("select count(*) from sqlite_master").fetchone() == (0,)


def test_without_the_prepared_snapshot_one_begins_anew(tmp_path: Path) -> None:
    serve_once(tmp_path)
    (tmp_path / SQLITE_NAME).unlink()
    for file in (tmp_path / "prepared").iterdir():
        file.unlink()

    open_store("", tmp_path, MIGRATIONS).close()


def test_a_prepared_snapshot_of_another_database_keeps_nobody_from_beginning(store: object, tmp_path: Path) -> None:
    """A folder may have served PostgreSQL before."""
    other = tmp_path / "other"
    other.mkdir()
    publisher = Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, "", PreparedFiles(other, "postgresql://a/b"))
    publisher.catch_up(NOON)
    publisher.keep(NOON)

    open_store("", other, MIGRATIONS).close()


def test_a_newer_database_is_refused_with_what_to_do(tmp_path: Path) -> None:
    store = open_store("", tmp_path, MIGRATIONS)
    with store.database.connection_context():
        store.database.execute_sql("insert into schema_migration (name, applied) values ('0999_later', '2030-01-01')")
    store.close()

    with pytest.raises(
        StoreError, match=r"was changed by a newer version of Gatepost \(0999_later\): start that version"
    ):
        open_store("", tmp_path, MIGRATIONS)
