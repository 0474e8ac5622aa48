"""The clock beside the time that passes: that it was set is noticed, said for an hour, and costs nothing meanwhile."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from reputation import faults
from reputation.clock import DAY, EARLIEST, HOUR, JUMP, SLACK, Clock, ClockWatch, has_come, passed, was_within
from tests.conftest import NOON
from tests.stories.program import wait_until


@dataclass
class Machine:
    """A machine whose clock the test sets."""

    wall: float = float(NOON)
    passes: float = 1000.0

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.passes)

    def after(self, seconds: float, set_by: float = 0.0) -> None:
        self.passes += seconds
        self.wall += seconds + set_by

    @property
    def now(self) -> int:
        return int(self.wall)


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture(autouse=True)
def no_fault() -> Iterator[None]:
    yield
    faults.gone("clock", NOON)


def standing() -> list[str]:
    return [one.sentence for one in faults.standing() if one.name == "clock"]


@pytest.mark.parametrize(("seconds", "way"), [(-3600.0, "set back by 3,600"), (86400.0, "set forward by 86,400")])
def test_that_the_clock_was_set_is_said_for_an_hour(machine: Machine, seconds: float, way: str) -> None:
    clock = machine.clock()
    machine.after(1, set_by=seconds)

    assert clock.look() == pytest.approx(seconds)
    assert way in clock.trouble(machine.now) and "check its time service" in clock.trouble(machine.now)

    machine.after(HOUR - 1)
    assert clock.look() == pytest.approx(0) and clock.trouble(machine.now)
    machine.after(2)
    assert clock.trouble(machine.now) == ""


def test_a_clock_that_runs_a_little_fast_or_is_turned_slowly_was_not_set(machine: Machine) -> None:
    clock = machine.clock()
    for _ in range(5000):
        machine.after(1, set_by=0.0005)
        clock.look()
    machine.after(DAY, set_by=JUMP - 1)
    clock.look()

    assert clock.trouble(machine.now) == "" and clock.last_jump is None


def test_many_small_steps_are_a_jump_too(machine: Machine) -> None:
    clock = machine.clock()
    for _ in range(3):
        machine.after(1, set_by=-(JUMP - 1))
        clock.look()

    assert "set back" in clock.trouble(machine.now)


def test_a_clock_of_before_the_program_is_told_whatever_it_does(machine: Machine) -> None:
    machine.wall = 300.0

    clock = machine.clock()

    assert clock.trouble(machine.now).startswith("The clock of this machine says 1970-01-01, when this program did not")
    assert not clock.is_believed(machine.now) and not clock.is_believed(EARLIEST - 1) and clock.is_believed(EARLIEST)


def test_for_a_day_after_it_was_set_forward_the_time_that_has_certainly_come_is_that_of_before(
    machine: Machine,
) -> None:
    clock = machine.clock()
    machine.after(1, set_by=365.0 * DAY)
    assert clock.certain(machine.now) == NOON + 1, "also before anybody has looked"
    clock.look()
    machine.after(HOUR)

    assert clock.certain(machine.now) == NOON + 1 + HOUR
    machine.after(DAY)
    assert clock.certain(machine.now) == machine.now, "it has stood for a day"


def test_a_clock_that_was_set_forward_and_back_is_where_it_was(machine: Machine) -> None:
    clock = machine.clock()
    for seconds in (365.0 * DAY, -365.0 * DAY):
        machine.after(60, set_by=seconds)
        clock.look()

    assert clock.certain(machine.now) == machine.now == NOON + 120


def test_after_it_was_set_back_an_hour_passes_before_what_is_later_is_taken_for_wrong(machine: Machine) -> None:
    clock = machine.clock()
    assert clock.is_believed(machine.now)
    machine.after(1, set_by=-2.0 * HOUR)
    assert not clock.is_believed(machine.now), "also before anybody has looked"
    clock.look()
    machine.after(HOUR - 1)
    assert not clock.is_believed(machine.now)
    machine.after(2)
    assert clock.is_believed(machine.now)


def test_of_the_first_day_of_a_program_the_time_before_it_is_not_certain(machine: Machine) -> None:
    clock = machine.clock()
    clock.resume(NOON - 365 * DAY, NOON)

    assert clock.certain(NOON) == NOON - 365 * DAY and clock.trouble(NOON) == "" and clock.is_believed(NOON)
    machine.after(60, set_by=-365.0 * DAY)
    clock.look()
    assert clock.certain(machine.now) == machine.now, "it began with a clock that was ahead"
    machine.after(DAY)
    assert clock.certain(machine.now) == machine.now


def test_a_program_that_begins_behind_the_one_before_says_so_and_takes_nothing_for_wrong(machine: Machine) -> None:
    clock = machine.clock()
    clock.resume(NOON + 5 * HOUR, NOON)

    assert "set back by 18,000 seconds" in clock.trouble(NOON) and not clock.is_believed(NOON)
    assert clock.certain(NOON) == NOON
    new, near = machine.clock(), machine.clock()
    new.resume(0, NOON)
    near.resume(NOON + 5, NOON)
    assert new.trouble(NOON) == near.trouble(NOON) == "" and new.certain(NOON) == near.certain(NOON) == NOON


def test_the_last_second_of_a_wait_counts_and_what_is_further_than_the_wait_has_come() -> None:
    assert has_come(NOON, NOON, 300) and not has_come(NOON + 1, NOON, 300)
    assert not has_come(NOON + 300 + SLACK, NOON, 300)
    assert has_come(NOON + 300 + SLACK + 1, NOON, 300)


def test_what_is_of_a_time_to_come_was_not_done_lately() -> None:
    assert was_within(NOON - 59, NOON, 60) and not was_within(NOON - 60, NOON, 60)
    assert was_within(NOON + SLACK, NOON, 60), "another node's clock may be a little ahead"
    assert not was_within(NOON + SLACK + 1, NOON, 60)


def test_the_watch_tells_the_room_of_faults_and_whoever_follows(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    followed: list[float] = []
    watch = ClockWatch(machine.clock(), followed.append, lambda: machine.wall)
    with caplog.at_level(logging.INFO):
        watch.look()
        assert standing() == []
        machine.after(1, set_by=-3600)
        watch.look()
        watch.look()
        assert len(standing()) == 1 and "set back" in standing()[0]
        machine.after(HOUR + 1)
        watch.look()

    assert standing() == [] and followed == pytest.approx([0, -3600, 0, 0])
    assert len([line for line in caplog.messages if "set back" in line]) == 1
    assert caplog.messages[-1].startswith("clock: well again after")


def test_the_thread_looks_every_second_and_goes_on_after_a_fault(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[float] = []

    def follow(moved: float) -> None:
        looks.append(moved)
        if len(looks) == 1:
            raise ValueError("a fault")

    watch = ClockWatch(machine.clock(), follow, lambda: machine.wall)
    watch.start()
    try:
        wait_until(lambda: len(looks) > 1, 30, "two looks")
    finally:
        watch.stop()

    assert "The clock was not looked at" in caplog.messages


def test_the_time_that_passes_is_that_of_this_machine() -> None:
    before = passed()
    time.sleep(0.01)

    assert 0.01 <= passed() - before < 60
