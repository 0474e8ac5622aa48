"""The database opens, migrates once, and says what is wrong where it cannot."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playhouse.schema_diff import diff_models

from reputation.refusal import StoreError
from reputation.store import changes, db, secrets
from reputation.store.db import Store, open_store
from reputation.store.models import MODELS, Organization, OriginRevision
from tests.conftest import MIGRATIONS, NOON, ROOT
from tests.neighbour import others

OPEN = """
import sys
from pathlib import Path
from reputation.store.db import open_store
open_store("", Path(sys.argv[1]), Path("migrations")).close()
"""


@pytest.mark.alone("it is about the tables and not about rows")
def test_the_migrations_make_every_table_of_the_models(store: Store) -> None:
    for model in MODELS:
        assert model.select().count() == 0


def test_the_migrations_and_the_models_agree(store: Store) -> None:
    difference = diff_models(store.database, list(MODELS))

    assert not difference, str(difference)


def test_a_second_start_migrates_nothing(store: Store) -> None:
    assert store.migrate(MIGRATIONS) == []


def test_two_first_starts_at_once_both_succeed(tmp_path: Path) -> None:
    starts = [subprocess.Popen([sys.executable, "-c", OPEN, str(tmp_path)], cwd=ROOT) for _ in range(3)]

    assert [start.wait(60) for start in starts] == [0, 0, 0]


def test_sqlite_writes_ahead_so_that_a_reader_never_waits_for_a_writer(tmp_path: Path) -> None:
    store = open_store("", tmp_path, MIGRATIONS)
    with store.database.connection_context():
        mode = store.database.execute_sql("pragma journal_mode").fetchone()[0]
    store.close()

    assert mode == "wal"


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError), db.write():
        Organization.create(name="Half", subscription="standard", created_at=NOON)
        raise RuntimeError

    assert others(Organization).count() == 0


def test_a_marked_part_rises_by_one_and_the_others_stay(store: Store) -> None:
    before = changes.generations()
    with db.write():
        changes.record_change(changes.POLICIES, NOON)
        changes.record_change(changes.POLICIES, NOON)

    after = changes.generations()

    assert after[changes.POLICIES] == before[changes.POLICIES] + 2
    assert {name for name in changes.PARTS if after[name] != before[name]} == {changes.POLICIES}


def test_a_part_that_does_not_exist_cannot_be_marked(store: Store) -> None:
    with pytest.raises(ValueError, match="no part of a snapshot"):
        changes.record_change("lists", NOON)


def test_a_secret_is_made_once(store: Store) -> None:
    made = secrets.get_or_create("key")

    assert len(made) == 32
    assert secrets.get_or_create("key") == made
    assert secrets.get_or_create("other") != made


def test_a_long_value_is_read_from_its_row(store: Store) -> None:
    with db.write():
        rows = [
            OriginRevision.create(loaded_at=NOON, dated="2026-09-01", source="a file", rows=0, content=content)
            for content in (b"", bytes(range(256)) * 5000)
        ]

    for row in rows:
        assert db.read_blob(OriginRevision.content, row.id) == row.content
    assert db.read_blob(OriginRevision.content, rows[-1].id + 1) is None, "nor is it an error: it may just have gone"


def test_only_one_node_of_several_runs_a_job(store: Store) -> None:
    with store.only_one("job") as first:
        assert first


def test_a_job_that_runs_on_another_node_is_left_to_it(postgresql_url: str, tmp_path: Path) -> None:
    one = open_store(postgresql_url, tmp_path, MIGRATIONS)
    with one.database.connection_context(), one.only_one("job") as first:
        other = open_store(postgresql_url, tmp_path, MIGRATIONS)
        with other.database.connection_context(), other.only_one("job") as second:
            assert (first, second) == (True, False)
        other.close()
    one.close()


def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "gatepost.sqlite3").write_bytes(b"this is no database at all" * 100)

    with pytest.raises(StoreError, match=r"gatepost\.sqlite3 is damaged.*put back a backup"):
        open_store("", tmp_path, MIGRATIONS)


def test_a_database_that_stays_locked_is_named_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store("", tmp_path, MIGRATIONS).close()
    holder = sqlite3.connect(tmp_path / "gatepost.sqlite3")
    holder.execute("pragma journal_mode=delete")
    holder.execute("begin exclusive")
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.2)

    with pytest.raises(StoreError, match="is locked by another program"):
        open_store("", tmp_path, MIGRATIONS)
    holder.close()


def test_a_server_that_is_not_there_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"PostgreSQL database cannot be used.*Check --database"):
        open_store("postgresql://nobody@127.0.0.1:1/none", tmp_path, MIGRATIONS)


def test_another_kind_of_database_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="leave it empty for SQLite"):
        open_store("mysql://localhost/x", tmp_path, MIGRATIONS)


def test_threads_that_write_wait_for_one_another_and_not_for_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite has no queue: here it refuses at once whoever finds it locked, and nobody is refused."""
    monkeypatch.setattr(db, "BUSY_SECONDS", 0)
    store = open_store("", tmp_path, MIGRATIONS)

    def write(number: int) -> None:
        with store.connection():
            for turn in range(5):
                with db.write():
                    Organization.create(name=f"{number}.{turn}", subscription="standard", created_at=NOON)
                    time.sleep(0.002)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))

    with store.connection():
        assert Organization.select().count() == 40
    store.close()


def test_a_writer_that_is_nested_does_not_wait_for_itself(store: Store) -> None:
    with db.write(), db.write():
        Organization.create(name="Acme", subscription="standard", created_at=NOON)

    assert others(Organization).count() == 1
