"""The small one file that the tests of the launcher share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.onefile import packed


@pytest.fixture(scope="session")
def launcher() -> bytes:
    return packed.launcher()


@pytest.fixture(scope="session")
def small(launcher: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A one file with a handful of files in it."""
    folder = tmp_path_factory.mktemp("small")
    return packed.one_file(launcher, packed.frozen(folder / "frozen"), folder / "gatepost")


@pytest.fixture(scope="session")
def larger(launcher: bytes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A one file of 16 MB, which takes a moment to unpack."""
    folder = tmp_path_factory.mktemp("larger")
    return packed.one_file(launcher, packed.frozen(folder / "frozen", parts=400), folder / "gatepost")


@pytest.fixture
def for_all() -> Iterator[Path]:
    """A folder that every user can reach; pytest's own are this user's alone."""
    with tempfile.TemporaryDirectory(prefix="gatepost-test-", dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
