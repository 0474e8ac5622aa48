"""Whether the database can be read and written stands in the room of faults, and no longer than it is so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from reputation import faults
from reputation.store import db, health, trouble
from reputation.store.db import SQLITE_NAME, Store, open_store
from tests.conftest import MIGRATIONS, NOON


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.1)
    made = open_store("", tmp_path, MIGRATIONS)
    yield made
    made.close()


def names() -> list[str]:
    return [fault.name for fault in faults.standing()]


def look(now: int) -> None:
    with db.connected():
        health.look(now)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    with closing(sqlite3.connect(folder / SQLITE_NAME, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        yield


def test_what_cannot_be_written_stands_until_it_can(opened: Store, tmp_path: Path) -> None:
    with held(tmp_path):
        with pytest.raises(trouble.ERRORS):
            look(NOON)
        with pytest.raises(trouble.ERRORS):
            look(NOON + 5)
        [fault] = faults.standing()
        assert (fault.name, fault.since, fault.last_seen) == (trouble.WRITES, NOON, NOON + 5)
        assert "locked by another program" in fault.sentence

    look(NOON + 10)
    assert names() == []


def test_a_write_is_tried_once_a_minute_and_each_time_while_it_fails(opened: Store, tmp_path: Path) -> None:
    look(NOON)
    with held(tmp_path):
        look(NOON + 59)
        assert names() == []
        with pytest.raises(trouble.ERRORS):
            look(NOON + 60)
        assert names() == [trouble.WRITES]
    look(NOON + 61)
    assert names() == []


def test_a_clock_that_was_set_back_puts_no_write_off(opened: Store, tmp_path: Path) -> None:
    look(NOON)
    with held(tmp_path), pytest.raises(trouble.ERRORS):
        look(NOON - 3600)


def test_what_cannot_be_read_stands_until_it_can(opened: Store, tmp_path: Path) -> None:
    (tmp_path / SQLITE_NAME).rename(tmp_path / "away")
    with pytest.raises(trouble.ERRORS):
        health.look(NOON)
    assert names() == [trouble.DATABASE]

    (tmp_path / "away").rename(tmp_path / SQLITE_NAME)
    look(NOON + 5)
    assert names() == []


def test_what_is_damaged_stands_though_other_parts_can_be_read(opened: Store) -> None:
    health.tell(sqlite3.DatabaseError("database disk image is malformed"), NOON)
    look(NOON + 5)

    assert names() == [trouble.DAMAGE]


def test_what_is_no_fault_of_the_database_is_not_told(opened: Store) -> None:
    assert health.tell(ValueError("no number"), NOON) is None
    assert names() == []


def test_what_nobody_misses_is_left_out_soon_and_the_rest_goes_on(opened: Store, tmp_path: Path) -> None:
    assert db.try_to_write(lambda: health.note_write(NOON))
    with held(tmp_path):
        assert not db.try_to_write(lambda: health.note_write(NOON + 1))
    assert db.try_to_write(lambda: health.note_write(NOON + 2))
    with pytest.raises(ZeroDivisionError):
        db.try_to_write(lambda: 1 // 0)
    assert not opened.database.in_transaction()
