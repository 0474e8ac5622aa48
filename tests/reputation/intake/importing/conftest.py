"""The limits of the process that reads lists are the program's: each test leaves the usual ones."""

from collections.abc import Iterator

import pytest

from reputation.intake.importing import limits


@pytest.fixture(autouse=True)
def usual_limits() -> Iterator[None]:
    limits.use(limits.Limits())
    yield
    limits.use(limits.Limits())
