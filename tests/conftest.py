"""What tests share: the stores, a clock that is held, and the cast.

Acme has the advanced subscription, Basic the standard one, and nobody knows the Stranger's activation code. Addresses
are from the documentation ranges (RFC 5737, RFC 3849).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

from reputation import faults
from reputation.customers import organizations, password_hash
from reputation.customers.activation_codes import Code
from reputation.customers.organizations import Customer
from reputation.store.db import SQLITE_NAME, Store, open_store
from tests import neighbour
from tests.noon import NOON
from tests.postgresql import drop_database, new_database, postgresql_url

__all__ = ["NOON", "postgresql_url"]

RUNS = ("GATEPOST_INTERPRETED", "GATEPOST_COMPILED")  # which of the two the tests run

# What the person who runs the tests has set for a Gatepost of their own is not what the tests are about.
for _name in [name for name in os.environ if name.startswith("GATEPOST_") and name not in RUNS]:
    del os.environ[_name]

ROOT = Path(__file__).parent.parent
MIGRATIONS = ROOT / "migrations"


# How every test by Hypothesis searches: a slow machine is no fault, each run looks at other examples, and what fails
# prints a line with which it fails again anywhere. All is written out, because Hypothesis has other defaults in CI.
settings.register_profile(
    "gatepost", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=False, print_blob=True
)
settings.load_profile("gatepost")


@pytest.fixture(autouse=True)
def no_fault_stands() -> Iterator[None]:
    """No fault of another test stands, and none is left."""
    faults.forget_all()
    yield
    faults.forget_all()


class Cast(NamedTuple):
    acme: Customer
    acme_code: Code
    basic: Customer
    basic_code: Code
    stranger_label: str


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two migrated SQLite files: one in which the neighbour lives (`lived_in`), and an empty one.

    Tests begin with a copy: the migrations would be most of their time.
    """
    folder = tmp_path_factory.mktemp("migrated")
    for name in ("lived_in", "empty"):
        (folder / name).mkdir()
        _make("", folder / name, name == "lived_in")
    return folder


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The names of the same two databases on the tests' server."""
    folder = tmp_path_factory.mktemp("postgresql")
    made = {name: new_database(postgresql_url) for name in ("lived_in", "empty")}
    for name, url in made.items():
        _make(url, folder, name == "lived_in")
    return {name: url.rpartition("/")[2] for name, url in made.items()}


def _make(url: str, folder: Path, lived_in: bool) -> None:
    opened = open_store(url, folder, MIGRATIONS)
    with opened.database.connection_context():
        if lived_in:
            neighbour.move_in()
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A migrated database in which only the neighbour lives; each test that asks for it runs on both kinds."""
    url = ""
    if request.param == "postgresql":
        like = request.getfixturevalue("migrated_postgresql")[start_of(request)]
        url = new_database(request.getfixturevalue("postgresql_url"), like)
    else:
        shutil.copy(request.getfixturevalue("migrated") / start_of(request) / SQLITE_NAME, tmp_path)
    opened = open_store(url, tmp_path, MIGRATIONS)
    with opened.database.connection_context():
        yield opened
        leave_the_neighbour_alone(opened, request)
    opened.close()
    if url:
        drop_database(url)


@contextmanager
def undone(store: Store) -> Iterator[None]:
    """What is written inside is taken back at the end, so that the next example begins as this one did."""
    with store.database.atomic() as whole:
        yield
        whole.rollback()


def start_of(request: pytest.FixtureRequest) -> str:
    """With which database the test begins."""
    return "empty" if request.node.get_closest_marker("alone") else "lived_in"


def leave_the_neighbour_alone(store: Store, request: pytest.FixtureRequest) -> None:
    """Fail where the test has changed a row of the neighbour, and did not say that it would."""
    if start_of(request) == "empty":
        return
    store.database.connect(reuse_if_open=True)
    changed = neighbour.changes(store.database)
    for marker in request.node.iter_markers("touches"):
        for name in marker.args:
            assert changed.pop(name, None), f"{name} of the neighbour is as it was: the mark `touches` is too much"
    assert not changed, "the neighbour is no longer as it was: " + "; ".join(changed.values())


def make_passwords_cheap(patch: pytest.MonkeyPatch) -> None:
    """argon2 at the least cost: of hundreds of log-ins hardly one is about how slow that is."""
    patch.setattr(password_hash, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def cast(store: Store) -> Cast:
    """The organizations that most tests are about, on the store of the test."""
    return make_cast()


def make_cast(now: int = NOON) -> Cast:
    """Acme and Basic with a code each; the Stranger's label belongs to nobody."""
    acme, acme_code = organizations.add("Acme", "advanced", now)
    basic, basic_code = organizations.add("Basic", "standard", now)
    return Cast(acme, acme_code, basic, basic_code, "z" * 31)
