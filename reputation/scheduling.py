"""When jobs have their turns: at intervals of the time that passes, or at times of the clock, each of those once.

APScheduler plans both by the clock. This module keeps its plan right where the clock is set: no turn is further away
than its interval, and a time of day that has had its turn has no second one. It does not know what a job does.
"""

from __future__ import annotations

import logging
import random
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_SUBMITTED
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.cron import CronTrigger

from reputation.thread_priority import lower_priority

REMEMBERED = 64  # turns of a time of day that are not had again: of an hourly job those of more than two days
SET = 0.5  # seconds by which a clock moves that was set
APART = "apart"  # the threads of what must not wait for the rest
MOMENT = timedelta(microseconds=1)


class Every(BaseTrigger):  # type: ignore[misc]
    """A trigger: at intervals. Turns that were missed are not made up for."""

    def __init__(self, seconds: float = 0, minutes: float = 0) -> None:
        self.interval = timedelta(seconds=seconds, minutes=minutes)

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the next turn, which is always to come."""
        planned = (previous or now) + self.interval
        return planned if planned > now else now + self.interval


class At(BaseTrigger):  # type: ignore[misc]
    """A trigger: at times of the clock, in UTC. Of several that were missed, one is made up for.

    The times are given as cron has them. `spread`: all are later by some seconds, up to so many, that are chosen once.
    """

    def __init__(self, spread: int = 0, **fields: Any) -> None:
        self._cron = CronTrigger(timezone=UTC, **fields)
        self._later = timedelta(seconds=random.randint(0, spread))

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
        """Return the next turn, which is always to come."""
        after = max(now, previous + MOMENT) if previous else now
        found: datetime = self._cron.get_next_fire_time(None, after - self._later)
        return found + self._later


Trigger = Every | At


class Plan:
    """The scheduler thread with its pool. Each function runs by its trigger, and never twice at once."""

    def __init__(self) -> None:
        # The scheduler's own lines ("tentatively", "max instances reached") say nothing to an operator.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        pools = {"default": ThreadPoolExecutor(10), APART: ThreadPoolExecutor(2)}
        self._scheduler = BackgroundScheduler(timezone=UTC, daemon=True, executors=pools)
        self._had: dict[str, deque[datetime]] = {}  # the last turns of each job that has times of the clock
        self._scheduler.add_listener(self._submitted, EVENT_JOB_SUBMITTED)

    def add(
        self, name: str, trigger: Trigger, function: Callable[..., Any], *arguments: Any, is_apart: bool = False
    ) -> None:
        """Run a function by its trigger; names are told in the order in which they were added.

        One that `is_apart` has threads that the others cannot use up.
        """
        self._scheduler.add_job(
            function, trigger, arguments, id=name, name=name, coalesce=True, max_instances=1, misfire_grace_time=None,
            executor=APART if is_apart else "default",
        )  # fmt: skip

    def start(self) -> None:
        """Start the thread; all turns are planned when this returns."""
        self._scheduler.start()

    def stop(self) -> None:
        """Stop the thread, and wait until the last running function has ended."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)

    def next_turns(self) -> dict[str, int | None]:
        """Return when each function runs next, in Unix seconds; None while no thread runs."""
        return {job.id: int(at.timestamp()) if (at := _next(job)) else None for job in self._scheduler.get_jobs()}

    def follow(self, moved: float, now: datetime) -> None:
        """Plan anew what the clock has put off. It was set by `moved` seconds, back is negative, and it is `now`."""
        if not self._scheduler.running:
            return
        for job in self._scheduler.get_jobs():
            planned = _next(job)
            wanted = self._wanted(job, planned, moved < -SET, now) if planned else planned
            if wanted != planned:
                job.modify(next_run_time=wanted)
        if abs(moved) > SET:  # it may sleep for longer or shorter than it should
            self._scheduler.wakeup()

    def _wanted(self, job: Any, planned: datetime, went_back: bool, now: datetime) -> datetime:
        """When a job should run next, where it is planned for a time."""
        if isinstance(job.trigger, Every):
            return min(planned, now + job.trigger.interval)
        return min(planned, self._first(job, now)) if went_back else planned

    def _first(self, job: Any, now: datetime) -> datetime:
        """The first time to come at which a job has not had its turn."""
        had, found = self._had.get(job.id, ()), job.trigger.get_next_fire_time(None, now)
        while found in had:
            found = job.trigger.get_next_fire_time(found, now)
        return found  # type: ignore[no-any-return]

    def _submitted(self, event: Any) -> None:
        # The scheduler's own thread, which tells of each turn, wakes every half second and would take an answer's turn.
        lower_priority()
        job = self._scheduler.get_job(event.job_id)
        if job and isinstance(job.trigger, At):
            self._had.setdefault(job.id, deque(maxlen=REMEMBERED)).extend(event.scheduled_run_times)


def _next(job: Any) -> datetime | None:
    """When the scheduler will run one of its jobs; a scheduler that has not started knows no time yet."""
    return getattr(job, "next_run_time", None)
