"""The room of faults: what is not well, since when, and what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from reputation import faults
from reputation.faults import Fault


@pytest.fixture(autouse=True)
def none_standing() -> Iterator[None]:
    """No fault of another test stands before, and none is left."""
    _clear()
    yield
    _clear()


def _clear() -> None:
    for fault in faults.standing():
        faults.gone(fault.name, fault.last_seen)


def test_a_fault_keeps_its_beginning_and_has_the_last_sentence() -> None:
    faults.raised("database", "Gone.", 100)
    faults.raised("database", "Locked.", 160)

    assert faults.standing() == [Fault("database", 100, "Locked.", 160)]


def test_what_has_stood_longest_comes_first_and_what_is_gone_is_not_there() -> None:
    faults.raised("clock", "Ahead.", 200)
    faults.raised("database", "Gone.", 100)
    faults.raised("feed:one", "Not found.", 50)
    faults.gone("feed:one", 300)

    assert [fault.name for fault in faults.standing()] == ["database", "clock"]


def test_a_fault_that_comes_back_has_a_new_beginning() -> None:
    faults.raised("clock", "Ahead.", 100)
    faults.gone("clock", 200)
    faults.raised("clock", "Ahead.", 300)

    assert faults.standing() == [Fault("clock", 300, "Ahead.", 300)]


def test_the_log_has_a_line_for_what_is_new_and_for_the_end_alone(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "gatepost.faults"):
        for now in range(100, 200):
            faults.raised("database", "Gone.", now)
        faults.raised("database", "Locked.", 200)
        faults.gone("database", 230)
        faults.gone("database", 240)

    assert caplog.messages == ["database: Gone.", "database: Locked.", "database: well again after 130 seconds."]


def test_there_are_never_more_than_the_bound(caplog: pytest.LogCaptureFixture) -> None:
    for number in range(faults.MOST + 5):
        faults.raised(f"feed:{number}", "Not found.", number)

    assert len(faults.standing()) == faults.MOST
    assert f"feed:{faults.MOST + 4}: Not found." in caplog.messages
