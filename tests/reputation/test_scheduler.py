"""How the jobs stand, as the System screen shows it; and the settings beside them, without their secrets."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from reputation import faults, settings
from reputation.addresses.address import parse_address
from reputation.clock import Clock
from reputation.counting.delivery import Delivery
from reputation.customers import policy
from reputation.insight import lookup
from reputation.intake import listings, spam_reports
from reputation.intake.report_queue import GATHER
from reputation.jobs import (
    JOBS,
    Job,
    JobContext,
    JobState,
    Scheduler,
)
from reputation.notices import alerts
from reputation.publisher import FailedPart, Publisher
from reputation.scheduling import Every
from reputation.store.db import Store, open_store
from reputation.store.models import (
    BotHour,
    Feed,
    FormerRule,
    Letter,
    Listing,
    Proposal,
    QueryLogEntry,
    RemovalRequest,
    SenderRule,
    SpamReport,
)
from reputation.thread_priority import lowered
from reputation.verdict.counters import Counters
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import STANDARD
from tests.conftest import MIGRATIONS, NOON, Cast
from tests.neighbour import others
from tests.stories.program import wait_until


def make_scheduler(store: Store, *jobs: Job) -> Scheduler:
    live = Live()
    context = JobContext(store, Publisher(live, lambda: EMPTY, lambda _: EMPTY, ""), live, Delivery(Counters()))
    return Scheduler(context, jobs, clock=lambda: float(NOON))


def run(jobs: Scheduler, job: Job) -> None:
    """One turn, on a thread of its own: it gives way to DNS from then on, and this one must not."""
    turn = threading.Thread(target=jobs.run, args=(job,))
    turn.start()
    turn.join()


def broken(context: JobContext, now: int) -> str:
    raise OSError("no room on the disk")


def test_a_job_tells_when_it_runs_next_and_what_it_said_last(store: Store) -> None:
    last_result = Job("speak", Every(minutes=1 * 60), lambda context, now: "Swept 3 listings.")
    quiet = Job("keep still", Every(minutes=2 * 60), lambda context, now: "")
    failed = Job("break", Every(minutes=3 * 60), broken)
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


def states_of(jobs: Scheduler) -> dict[str, JobState]:
    return {one.name: one for one in jobs.states()}


def test_the_state_of_a_job_is_its_last_result_also_where_that_has_nothing_to_say(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    results: list[str | Exception] = ["Swept 3.", OSError("no\nroom"), OSError("no\nroom"), "", "", "Swept 1."]

    def turn(context: JobContext, now: int) -> str:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    job = Job("sweep", Every(minutes=60), turn)
    jobs = make_scheduler(store, job)
    seen = []
    for _ in range(6):
        run(jobs, job)
        state = states_of(jobs)["sweep"]
        seen.append((state.last_result, state.failing_since, [fault.name for fault in faults.standing()]))

    assert seen == [
        ("Swept 3.", None, []),
        ("Failed: no\nroom", NOON, ["job:sweep"]),
        ("Failed: no\nroom", NOON, ["job:sweep"]),
        ("It works again.", None, []),
        ("It works again.", None, []),
        ("Swept 1.", None, []),
    ]
    assert caplog.text.count("Traceback") == 1, "the whole story once, and not with each turn"


def test_a_job_that_fails_by_the_database_tells_of_the_database(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    def turn(context: JobContext, now: int) -> str:
        store.database.execute_sql("SELECT * FROM lost")
        return ""

    job = Job("sweep", Every(minutes=60), turn)
    jobs = make_scheduler(store, job)
    for _ in range(3):
        run(jobs, job)

    assert [fault.name for fault in faults.standing()] == ["database"]
    assert "lacks a table" in states_of(jobs)["sweep"].last_result
    assert "Traceback" not in caplog.text and len(caplog.messages) == 1


def test_the_database_is_watched_on_every_node(store: Store) -> None:
    [watch] = [job for job in JOBS if job.name == "watch database"]
    jobs = make_scheduler(store, watch)
    faults.raised("database", "Gone.", NOON - 60)
    faults.raised("database writes", "Full.", NOON - 60)

    run(jobs, watch)

    assert faults.standing() == []
    assert watch.on_every_node and isinstance(watch.trigger, Every)
    assert watch.trigger.interval.total_seconds() <= 5


@pytest.mark.parametrize(("lasted", "told"), [(119, []), (600, ["database"])])
def test_a_database_that_was_away_for_long_is_told_once_it_is_back(store: Store, lasted: int, told: list[str]) -> None:
    [watch] = [job for job in JOBS if job.name == "watch database"]
    jobs = make_scheduler(store, watch)
    for _ in range(2):
        faults.raised("database", "It does not answer.", NOON - lasted)
        run(jobs, watch)

    assert [alert.subject for alert in alerts.recent(None)] == told, "once a day"
    if told:
        assert alerts.recent(None)[0].text == "The database was not well for 10 min, and is again. It does not answer."


def test_what_is_not_well_in_the_tables_is_told_to_the_room_on_every_node(store: Store) -> None:
    [look] = [job for job in JOBS if job.name == "look for faults"]
    jobs = make_scheduler(store, look)
    Feed.create(
        name="bad", source="x", format="plain", category="KSS", database="standard", every=3600, duration=0,
        status="failed", message="not found", created_at=NOON,
    )  # fmt: skip
    for number in range(3):
        Letter.create(
            to=f"{number}@acme.example", subject="x", text="x", created_at=NOON, next_try_at=NOON, tries=3,
            problem="it does not answer",
        )  # fmt: skip
    jobs.context.publisher.failed["listings"] = FailedPart("listings", 9, NOON, NOON, "ValueError: x", NOON)

    run(jobs, look)

    told = {fault.name: fault.sentence for fault in faults.standing()}
    assert told == {
        "published part:listings": (
            "Listings cannot be published: ValueError: x. What was published before is still served."
        ),
        "feed:bad": "Feed bad: not found",
        "letters": "3 letters wait, the mail server does not take them: it does not answer",
    }
    assert look.on_every_node


def test_the_scheduler_gives_way_to_dns_as_its_jobs_do(store: Store) -> None:
    niceness: list[int] = []

    def look(context: JobContext, now: int) -> str:
        niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return ""

    jobs = make_scheduler(store, Job("look", Every(seconds=0.1), look))
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
    assert isinstance(publish.trigger, Every)
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


class Machine:
    """A machine whose clock the test sets; `context` is of a program that runs on it."""

    def __init__(self, store: Store, wall: float = NOON) -> None:
        self.wall, self.passes = wall, 1000.0
        live = Live()
        self.context = JobContext(
            store, Publisher(live, lambda: EMPTY, lambda _: EMPTY, ""), live, Counters(),
            clock=Clock(lambda: self.wall, lambda: self.passes),
        )  # fmt: skip
        self.jobs = Scheduler(self.context, JOBS, clock=lambda: self.wall)

    def set_by(self, seconds: float) -> None:
        self.passes += 1
        self.wall += 1 + seconds

    def after(self, seconds: float) -> None:
        self.passes += seconds
        self.wall += seconds

    def run(self, name: str) -> str:
        [job] = [one for one in JOBS if one.name == name]
        self.context.last_result.pop(name, None)
        run(self.jobs, job)
        return self.context.last_result.get(name, "")


YEAR = 366 * 86400


@pytest.mark.parametrize("name", ["prune", "prune evidence", "prune bots", "prune query log", "sweep listings"])
def test_a_clock_that_was_set_forward_by_a_year_removes_nothing_for_its_age(
    store: Store, cast: Cast, name: str
) -> None:
    machine = Machine(store)
    listings.add("203.0.113.9", "standard", "KSS", 3600, "Spam run", NOON)
    spam_reports.accept("203.0.113.9", "trap", NOON)
    Proposal.create(network="203.0.113.9", times_listed=5, proposed_at=NOON, decided_at=NOON, decision="declined")
    Letter.create(to="ada@acme.example", subject="Hallo", text="Text", created_at=NOON)
    QueryLogEntry.create(
        organization=cast.acme.id, asked_at=NOON, address="203.0.113.9", address_key="0" * 32, asn=0, country="",
        database=0, code=2, decided_by="feed",
    )  # fmt: skip
    BotHour.create(organization=cast.acme.id, asn=64500, hour=NOON, bots=1)
    tables = (Listing, SpamReport, Proposal, Letter, QueryLogEntry, BotHour)
    before = [others(table).count() for table in tables]
    assert all(before)

    machine.set_by(YEAR)
    said = machine.run(name)

    assert "Failed" not in said and [others(table).count() for table in tables] == before


def test_a_rule_that_ends_by_a_clock_set_forward_is_not_served_and_comes_back_with_the_clock(
    store: Store, cast: Cast
) -> None:
    machine = Machine(store)
    sender, another = "203.0.113.9", "203.0.113.10"

    def block(address: str, seconds: int) -> None:
        now = int(machine.wall)
        policy.add_rule(cast.acme.id, "blocked", address, now, expires_at=now + seconds)

    def is_blocked(address: str = sender) -> bool:
        machine.context.clock.look()
        machine.run("publish")
        assert machine.context.live.current is not None
        found = decide(machine.context.live.current, STANDARD, cast.acme.id, *parse_address(address), int(machine.wall))
        return bool(found.code)

    block(sender, 3600)
    assert is_blocked()
    machine.set_by(86400)
    assert not is_blocked() and others(SenderRule).count() == 1
    block(another, 60)
    assert is_blocked(another)
    machine.after(60)
    assert not is_blocked(another), "it ends in its second all the same"
    machine.set_by(-86400)
    assert is_blocked() and others(FormerRule).count() == 0
    machine.after(7200)
    assert not is_blocked() and others(SenderRule).count() == 1, "the other one is of tomorrow"


def test_a_program_that_begins_with_a_clock_that_is_ahead_removes_nothing_for_its_age(store: Store) -> None:
    before = Machine(store)
    listings.add("203.0.113.9", "standard", "KSS", 3600, "Spam run", NOON)
    before.run("sweep listings")
    after = Machine(store, NOON + YEAR)

    assert "Swept" not in after.run("sweep listings") and others(Listing).count() == 1
    after.set_by(-YEAR)
    after.after(86_400)
    assert "Swept 1 listings" in after.run("sweep listings")


def test_what_a_job_said_is_never_of_a_time_to_come(store: Store) -> None:
    machine = Machine(store)
    machine.run("flush counters")
    assert machine.context.last_result_at == {"flush counters": NOON}

    machine.set_by(-3600)
    machine.jobs.follow_clock(-3600.0)

    assert machine.context.last_result_at == {"flush counters": int(machine.wall)}


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


def test_jobs_that_hang_at_the_database_keep_no_other_from_its_turn(store: Store) -> None:
    goes_on, had_its_turn = threading.Event(), threading.Event()

    def hang(context: JobContext, now: int) -> str:
        goes_on.wait(60)
        return ""

    def keep(context: JobContext, now: int) -> str:
        had_its_turn.set()
        return ""

    often = Every(seconds=1)
    hanging = [Job(f"hang {number}", often, hang, on_every_node=True) for number in range(12)]
    jobs = make_scheduler(store, *hanging, Job("keep", often, keep, on_every_node=True, needs_database=False))
    jobs.start()
    try:
        assert had_its_turn.wait(60)
    finally:
        goes_on.set()
        jobs.stop()


def test_what_needs_no_database_has_its_turn_while_that_is_away(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    store = open_store("", tmp_path / "data", MIGRATIONS)
    store.close()
    shutil.rmtree(tmp_path / "data")
    jobs = make_scheduler(store)

    for needs in (True, False):
        run(jobs, Job(f"{needs}", Every(minutes=60), lambda *_: "Kept.", True, needs_database=needs))

    told = jobs.context.last_result
    assert told["True"].startswith("Failed: ") and told["False"] == "Kept."
    assert [fault.name for fault in faults.standing()] == ["database"]
    assert [job.name for job in JOBS if not job.needs_database] == ["flush counters", "keep counts", "look for faults"]
