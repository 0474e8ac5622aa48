"""The end runs its phases in their order and its parts at once, and leaves behind what hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator

import pytest

from serving.ending import BEHIND_DNS, SPARE_SECONDS, WHOLE_SECONDS, WITH_DNS, Ending, Phase, Stopped


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What hangs until the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_all_phases_together_take_less_than_five_seconds() -> None:
    assert sum(phase.seconds for phase in Phase) < WHOLE_SECONDS < 5
    assert sum(phase.seconds for phase in WITH_DNS) + SPARE_SECONDS < WHOLE_SECONDS
    assert (*BEHIND_DNS, *WITH_DNS) == tuple(Phase), "each phase has its turn, DNS the last but what it has counted"


def test_the_phases_come_in_their_order_whatever_the_order_in_which_they_were_added() -> None:
    ending, done = Ending(), list[str]()
    for phase in reversed(Phase):
        ending.add(phase, phase.name, lambda name=phase.name: done.append(name))

    ending.run(BEHIND_DNS)
    ending.run(WITH_DNS)

    assert done == [phase.name for phase in Phase] and not ending.left


def test_what_hangs_is_left_behind_after_its_share_and_named(hanging: threading.Event) -> None:
    ending, done = Ending(), list[str]()
    ending.add(Phase.DOORS, lambda: "the job fetch", hanging.wait)
    ending.add(Phase.DOORS, "the portal", lambda: done.append("portal"))
    ending.add(Phase.KEEP, "the rest", lambda: done.append("kept"))
    began = time.monotonic()

    ending.run(BEHIND_DNS)

    assert done == ["portal", "kept"] and ending.left == ["the job fetch"]
    assert time.monotonic() - began >= Phase.COUNTS.seconds + Phase.DOORS.seconds, (
        "with what the phases before have left"
    )


def test_what_has_time_to_spare_is_waited_for() -> None:
    ending, done = Ending(), list[str]()
    ending.add(Phase.DNS, "DNS", lambda: (time.sleep(Phase.DNS.seconds + 0.3), done.append("answered")))

    ending.run(WITH_DNS, spare=5.0)

    assert done == ["answered"] and not ending.left


def test_who_is_told_a_second_time_waits_no_longer(hanging: threading.Event) -> None:
    ending = Ending(is_hurried=lambda: True)
    ending.add(Phase.DOORS, "a job", hanging.wait)
    began = time.monotonic()

    ending.run(BEHIND_DNS)

    assert ending.left == ["a job"]
    assert time.monotonic() - began < Phase.DOORS.seconds


def test_a_part_that_fails_holds_up_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ending, done = Ending(), list[str]()
    ending.add(Phase.COUNTS, "the counts", lambda: 1 // 0)
    ending.add(Phase.KEEP, "the rest", lambda: done.append("kept"))

    with caplog.at_level(logging.ERROR):
        ending.run(BEHIND_DNS)

    assert done == ["kept"] and not ending.left
    assert "the counts did not end as it should: " in caplog.text


def test_what_is_built_too_late_is_ended_at_once() -> None:
    ending, done = Ending(), list[str]()
    ending.run(BEHIND_DNS)

    with pytest.raises(Stopped):
        ending.add(Phase.DOORS, "the portal", lambda: done.append("portal"))
    ending.add(Phase.LAST, "the counts", lambda: done.append("counts"))

    assert done == ["portal"], "what has its turn later has it"
