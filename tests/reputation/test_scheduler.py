"""How the jobs stand, as the System screen shows it; and the settings beside them, without their secrets."""

from __future__ import annotations

import os
import threading

from apscheduler.triggers.interval import IntervalTrigger

from reputation import settings
from reputation.addresses.address import parse_address
from reputation.insight import lookup
from reputation.intake import spam_reports
from reputation.intake.report_queue import GATHER
from reputation.jobs import (
    JOBS,
    Job,
    JobContext,
    Scheduler,
)
from reputation.publisher import Publisher
from reputation.store.db import Store
from reputation.store.models import Proposal, RemovalRequest
from reputation.thread_priority import lowered
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON
from tests.neighbour import others
from tests.stories.program import wait_until


def make_scheduler(store: Store, *jobs: Job) -> Scheduler:
    live = Live()
    context = JobContext(store, Publisher(live, lambda: EMPTY, lambda _: EMPTY, ""), live, Counters())
    return Scheduler(context, jobs, clock=lambda: float(NOON))


def run(jobs: Scheduler, job: Job) -> None:
    """One turn, on a thread of its own: it gives way to DNS from then on, and this one must not."""
    turn = threading.Thread(target=jobs.run, args=(job,))
    turn.start()
    turn.join()


def broken(context: JobContext, now: int) -> str:
    raise OSError("no room on the disk")


def test_a_job_tells_when_it_runs_next_and_what_it_said_last(store: Store) -> None:
    last_result = Job("speak", IntervalTrigger(hours=1), lambda context, now: "Swept 3 listings.")
    quiet = Job("keep still", IntervalTrigger(hours=2), lambda context, now: "")
    failed = Job("break", IntervalTrigger(hours=3), broken)
    jobs = make_scheduler(store, last_result, quiet, failed)
    assert [(one.name, one.next_at) for one in jobs.states()] == [
        ("speak", None),
        ("keep still", None),
        ("break", None),
    ]

    for job in (last_result, quiet, failed):
        run(jobs, job)
    jobs.start()
    states = {one.name: one for one in jobs.states()}
    jobs.stop()

    assert (states["speak"].last_result, states["speak"].last_result_at) == ("Swept 3 listings.", NOON)
    assert (states["keep still"].last_result, states["keep still"].last_result_at) == ("", None)
    assert states["break"].last_result == "Failed: no room on the disk"
    first, second = states["speak"].next_at, states["keep still"].next_at
    assert first and second and 3590 <= second - first <= 3610


def test_the_scheduler_gives_way_to_dns_as_its_jobs_do(store: Store) -> None:
    niceness: list[int] = []

    def look(context: JobContext, now: int) -> str:
        niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return ""

    jobs = make_scheduler(store, Job("look", IntervalTrigger(seconds=0.1), look))
    before = set(threading.enumerate())
    jobs.start()
    [scheduler] = [one for one in set(threading.enumerate()) - before if one.name == "APScheduler"]
    assert scheduler.native_id
    try:
        wait_until(lambda: len(niceness) > 1, 30, "two turns of the job")
        niceness.append(os.getpriority(os.PRIO_PROCESS, scheduler.native_id))
    finally:
        jobs.stop()

    assert set(niceness) == {lowered()}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < lowered()


def test_a_report_is_in_dns_with_the_next_turn_and_so_within_a_second(store: Store) -> None:
    [publish] = [job for job in JOBS if job.name == "publish"]
    jobs = make_scheduler(store, publish)
    live, sender = jobs.context.live, parse_address("203.0.113.9")
    run(jobs, publish)
    spam_reports.accept(str(sender), "trap", NOON)
    assert live.current and not lookup.is_listed(live.current, sender, NOON)

    run(jobs, publish)

    assert lookup.is_listed(live.current, sender, NOON)
    assert publish.on_every_node, "each node answers from its own snapshot"
    assert isinstance(publish.trigger, IntervalTrigger)
    turns_apart = publish.trigger.interval.total_seconds()
    # What a listener took waits for others first. The rest of the second is for the work itself.
    assert GATHER + turns_apart <= 0.6


def test_old_decisions_are_pruned_with_all_that_nobody_looks_at(store: Store) -> None:
    [prune] = [job for job in JOBS if job.name == "prune"]
    jobs = make_scheduler(store, prune)
    old = NOON - 366 * 86400
    Proposal.create(network="203.0.113.9", times_listed=5, proposed_at=old, decided_at=old, decision="declined")
    RemovalRequest.create(address="203.0.113.9", status="declined", created_at=old, answered_at=old)

    run(jobs, prune)

    assert "1 requests for removal and 1 repeat offenders" in jobs.context.last_result["prune"]
    assert not others(Proposal).exists() and not others(RemovalRequest).exists()


def test_every_setting_in_force_is_told_and_no_password() -> None:
    chosen = settings.read(
        {
            "data": "/srv/gatepost",
            "database": "postgresql://gate:s3cr@t@db/gate",
            "mail_server": "smtp://me:s3cret@mail.example:587",
            "dns": ("[::1]:53", "127.0.0.1:53"),
            "mail_log": ("postfix:/var/log/mail.log",),
            "nameserver": ("ns.rep.example=192.0.2.53",),
        },
        {},
    )

    found = {one.name: one.value for one in settings.in_force(chosen)}

    assert set(found) == set(settings.BY_NAME)
    assert found["database"] == "postgresql://gate:•••@db/gate"
    assert found["mail_server"] == "smtp://me:•••@mail.example:587"
    assert found["dns"] == "[::1]:53 127.0.0.1:53"
    assert found["mail_log"] == "postfix:/var/log/mail.log"
    assert found["nameserver"] == "ns.rep.example=192.0.2.53"
    assert "s3cr" not in repr(found)
