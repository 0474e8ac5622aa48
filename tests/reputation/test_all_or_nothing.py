"""A use case that fails anywhere has changed nothing: neither the tables, nor what has changed, nor the audit log.

The fault is put where the program meets the database: its n-th statement fails, for n = 1, 2, 3 and so on until the
use case succeeds. SQLite alone is asked; the transactions are the same in PostgreSQL.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from peewee import DoesNotExist, OperationalError

from reputation.intake import feeds
from reputation.intake.feeds import attempts
from reputation.store.db import SQLITE_NAME, Store, open_store
from reputation.store.models import MODELS, AuditEntry, Feed
from tests.conftest import MIGRATIONS, NOON, make_passwords_cheap
from tests.neighbour import others
from tests.reputation.use_cases import IN_STEPS, JOBS, OTHERS, PARTS, USE_CASES, House, furnish
from tests.reputation.writers import writers

Dump = dict[str, list[tuple[Any, ...]]]


class Fault(OperationalError):
    """What the database says at the statement that is to fail."""


class Failing:
    """Counts the statements of a database, and lets the one with the number `at` fail. Giving up never fails."""

    def __init__(self, database: Any) -> None:
        self._database, self._cursor = database, database.cursor
        self.at = self.count = 0

    def cursor(self) -> Any:
        return _Cursor(self, self._cursor())

    def reach(self, sql: str) -> None:
        if not sql.startswith("ROLLBACK"):
            self.count += 1
            if self.count == self.at:
                raise Fault(f"the disk is full at statement {self.at}: {sql[:200]}")


class _Cursor:
    def __init__(self, failing: Failing, cursor: Any) -> None:
        self._failing, self._real = failing, cursor

    def execute(self, sql: str, *more: Any) -> Any:
        self._failing.reach(sql)
        return self._real.execute(sql, *more)

    def executemany(self, sql: str, *more: Any) -> Any:
        self._failing.reach(sql)
        return self._real.executemany(sql, *more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._real)


@pytest.fixture(scope="module", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """argon2 at the least cost: a use case is called once for each of its statements."""
    with pytest.MonkeyPatch.context() as patch:
        make_passwords_cheap(patch)
        yield


@pytest.fixture(scope="module")
def furnished(cheap_passwords: None, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[House, Path]:
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(migrated / "lived_in" / SQLITE_NAME, folder)
    opened = open_store("", folder, MIGRATIONS)
    with opened.database.connection_context():
        house = furnish(folder)
    opened.close()
    return house, folder / SQLITE_NAME


@pytest.fixture
def house(furnished: tuple[House, Path], tmp_path: Path) -> Iterator[tuple[House, Store]]:
    made, file = furnished
    shutil.copy(file, tmp_path)
    opened = open_store("", tmp_path, MIGRATIONS)
    with opened.database.connection_context():
        yield made, opened
    opened.close()


def dump(store: Store) -> Dump:
    """Every row of every table."""
    tables = [model._meta.table_name for model in MODELS]
    return {table: store.database.connection().execute(f'SELECT * FROM "{table}"').fetchall() for table in tables}


def differing(before: Dump, after: Dump) -> list[str]:
    """The tables that are no longer the same."""
    return [table for table, rows in before.items() if rows != after[table]]


def faults(store: Store, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Any]) -> Iterator[str]:
    """Let the first statement fail, then the second, until `act` succeeds; tell each fault, once it has passed."""
    failing = Failing(store.database)
    with monkeypatch.context() as patch:
        patch.setattr(store.database, "cursor", failing.cursor)
        while True:
            failing.at, failing.count = failing.at + 1, 0
            try:
                act()
            except OperationalError as fault:
                assert "the disk is full" in str(fault)
                yield str(fault)
            else:
                break
    assert failing.count < failing.at, "a fault was swallowed, and what it spoiled was told as done"


@pytest.mark.parametrize("name", USE_CASES)
def test_a_use_case_that_fails_has_changed_nothing(
    house: tuple[House, Store], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, store = house
    before = dump(store)

    for fault in faults(store, monkeypatch, lambda: USE_CASES[name](made)):
        assert differing(before, dump(store)) == [], f"{name} failed and left something behind: {fault}"

    assert differing(before, dump(store)), f"{name} succeeded and changed nothing, so this call of it shows nothing"


@pytest.mark.parametrize("name", IN_STEPS)
def test_what_is_done_in_steps_is_finished_by_doing_it_again(
    house: tuple[House, Store], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, store = house
    before = dump(store)
    audited = others(AuditEntry).count()

    for fault in faults(store, monkeypatch, lambda: IN_STEPS[name](made)):
        gone = differing(before, dump(store))
        assert not gone or name.startswith("counting") or others(AuditEntry).count() > audited, f"{fault}: {gone}"

    left = dump(store)
    with contextlib.suppress(DoesNotExist):  # the organization is gone
        IN_STEPS[name](made)
    assert set(differing(left, dump(store))) <= {"audit_entry"}, "once more finds nothing left to do"


def test_of_a_refresh_that_fails_nothing_is_left_but_that_it_has_begun(
    house: tuple[House, Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, store = house
    before = dump(store)
    columns = [field.column_name for field in Feed._meta.sorted_fields]
    begun = {columns.index(name) for name in attempts.FORGOTTEN}

    def without_attempts(found: Dump) -> list[tuple[Any, ...]]:
        rows = found[Feed._meta.table_name]
        return [tuple(value for place, value in enumerate(row) if place not in begun) for row in rows]

    for fault in faults(store, monkeypatch, lambda: feeds.refresh("a-list", NOON + 3600)):
        after = dump(store)
        assert set(differing(before, after)) <= {Feed._meta.table_name}, fault
        assert without_attempts(after) == without_attempts(before), fault


def test_every_function_that_writes_is_called_here_or_is_a_part_of_one_that_is() -> None:
    told = {*USE_CASES, *IN_STEPS, *PARTS, *OTHERS}
    found = {name for name in writers() if not name.startswith(JOBS)}

    assert found - told == set(), "call it in USE_CASES of tests/reputation/use_cases.py"
    assert told - found == set(), "these write no more"
