"""Each story is told by the source and by the executable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debian import do_without
from tests.stories.program import EXECUTABLE, SOURCE, Program


@pytest.fixture(params=["source", "executable"])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Program]:
    """An installation that is not started yet; it is stopped at the end, whatever became of it."""
    if request.param == "executable" and not Path(EXECUTABLE[0]).exists():
        do_without("dist/gatepost is not built: `make build` makes it")
    made = Program(SOURCE if request.param == "source" else EXECUTABLE, tmp_path / "data")
    yield made
    made.stop()


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Program]:
    """An installation of the source alone, for what cannot differ in the executable."""
    made = Program(SOURCE, tmp_path / "data")
    yield made
    made.stop()
