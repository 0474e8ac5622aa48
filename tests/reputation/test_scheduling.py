"""When jobs have their turns, and that setting the clock puts none off and gives none twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from reputation.scheduling import REMEMBERED, At, Every, Plan
from tests.stories.program import wait_until

NIGHT = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)  # a Sunday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG = Every(minutes=10 * 24 * 60)


def at(hour: int, minute: int, days: int = 0) -> datetime:
    return NIGHT.replace(hour=hour, minute=minute) + days * DAY


def test_an_interval_begins_now_and_goes_on_from_its_last_turn() -> None:
    every = Every(seconds=5)

    assert every.get_next_fire_time(None, NIGHT) == NIGHT + timedelta(seconds=5)
    late = NIGHT + timedelta(seconds=7)
    assert every.get_next_fire_time(NIGHT + timedelta(seconds=5), late) == NIGHT + timedelta(seconds=10)


def test_turns_that_were_missed_are_not_made_up_for_however_many_they_are() -> None:
    assert Every(seconds=0.5).get_next_fire_time(NIGHT, NIGHT + 56 * 365 * DAY) == NIGHT + 56 * 365 * DAY + timedelta(
        seconds=0.5
    )
    assert At(minute=1).get_next_fire_time(NIGHT - 56 * 365 * DAY, NIGHT) == at(3, 1)


def test_a_time_of_day_is_by_the_clock_of_utc() -> None:
    prune, weekly = At(hour=3, minute=41), At(day_of_week="sun", hour=4, minute=17)

    assert prune.get_next_fire_time(None, NIGHT) == at(3, 41)
    assert prune.get_next_fire_time(at(3, 41), at(3, 41)) == at(3, 41, days=1)
    assert prune.get_next_fire_time(None, at(3, 41)) == at(3, 41), "the second itself has come"
    assert weekly.get_next_fire_time(None, NIGHT) == at(4, 17)
    assert weekly.get_next_fire_time(at(4, 17), at(4, 18)) == at(4, 17, days=7)


def test_a_spread_is_chosen_once_and_within_its_bound() -> None:
    chosen = set()
    for _ in range(20):
        weekly = At(day_of_week="sun", hour=4, minute=17, spread=7200)
        first = weekly.get_next_fire_time(None, NIGHT)
        assert at(4, 17) <= first <= at(6, 17)
        assert weekly.get_next_fire_time(first, first) == first + 7 * DAY
        chosen.add(first)
    assert len(chosen) > 1


class Planned:
    """A plan whose thread runs, of jobs that are far away; `turns` has the names of those that had a turn."""

    def __init__(self) -> None:
        self.plan = Plan()
        self.turns: list[str] = []

    def add(self, name: str, trigger: Any) -> None:
        self.plan.add(name, trigger, self.turns.append, name)

    def next(self, name: str) -> datetime:
        found = self.plan.next_turns()[name]
        assert found is not None
        return datetime.fromtimestamp(found, UTC)

    def had(self, name: str, *turns: datetime) -> None:
        """As the scheduler tells it when it hands a turn over."""
        self.plan._submitted(SimpleNamespace(job_id=name, scheduled_run_times=list(turns)))

    def put(self, name: str, turn: datetime) -> None:
        self.plan._scheduler.modify_job(name, next_run_time=turn)


@pytest.fixture
def planned() -> Iterator[Planned]:
    made = Planned()
    yield made
    made.plan.stop()


def soon() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def test_no_interval_waits_for_the_hour_by_which_the_clock_was_set_back(planned: Planned) -> None:
    planned.add("flush", Every(minutes=2))
    planned.plan.start()
    now = soon()
    planned.put("flush", now + HOUR)

    planned.plan.follow(-3600, now)

    assert planned.next("flush") == now + timedelta(minutes=2)


def test_an_interval_that_is_right_stays_where_it_is(planned: Planned) -> None:
    planned.add("flush", Every(minutes=2))
    planned.plan.start()
    now = soon()
    planned.put("flush", now + timedelta(seconds=90))

    for moved in (0.0, 0.2, -3600.0, 3600.0):
        planned.plan.follow(moved, now)

    assert planned.next("flush") == now + timedelta(seconds=90)


def test_a_time_of_day_that_had_its_turn_has_no_second_one_when_the_clock_goes_back(planned: Planned) -> None:
    planned.add("prune", At(hour=3, minute=41))
    planned.plan.start()
    today = soon().replace(hour=3, minute=41, second=0) + 2 * DAY
    planned.had("prune", today)
    planned.put("prune", today + DAY)

    planned.plan.follow(-3600, today - HOUR / 2)

    assert planned.next("prune") == today + DAY


def test_a_time_of_day_is_not_put_off_for_the_year_by_which_a_clock_was_ahead(planned: Planned) -> None:
    planned.add("prune", At(hour=3, minute=41))
    planned.plan.start()
    today = soon().replace(hour=3, minute=41, second=0) + 2 * DAY
    planned.had("prune", today + 365 * DAY)
    planned.put("prune", today + 366 * DAY)

    planned.plan.follow(-365 * 86400.0, today - HOUR)

    assert planned.next("prune") == today


def test_of_an_hourly_job_that_goes_back_a_day_the_turns_that_it_had_are_left_out(planned: Planned) -> None:
    planned.add("rank", At(minute=1))
    planned.plan.start()
    first = soon().replace(minute=1, second=0) + 2 * DAY
    had = [first + number * HOUR for number in range(5)]
    planned.had("rank", *had)
    planned.put("rank", had[-1] + HOUR)

    planned.plan.follow(-5 * 3600.0, first - HOUR / 2)

    assert planned.next("rank") == had[-1] + HOUR
    assert REMEMBERED >= 48


def test_a_time_of_day_that_was_jumped_over_has_one_turn_at_once(planned: Planned) -> None:
    planned.add("prune", At(hour=3, minute=41))
    planned.add("rank", At(minute=1))
    planned.plan.start()
    for name in ("prune", "rank"):
        planned.put(name, soon() - DAY)

    planned.plan.follow(86400.0, soon())
    wait_until(lambda: len(planned.turns) == 2, 30, "both turns")

    assert sorted(planned.turns) == ["prune", "rank"]
    assert all(planned.next(name) > datetime.now(UTC) for name in ("prune", "rank"))


def test_turns_are_told_as_of_a_plan_that_runs(planned: Planned) -> None:
    planned.add("later", LONG)
    assert planned.plan.next_turns() == {"later": None}
    planned.plan.follow(-3600, soon())

    planned.plan.start()

    assert soon() + 9 * DAY < planned.next("later") <= soon() + 10 * DAY + timedelta(seconds=5)
