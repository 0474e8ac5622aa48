"""The queue before the tables loses nothing that it has taken, and says what it does not take."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from peewee import OperationalError

from reputation.intake import spam_reports
from reputation.intake.report_queue import NotWritten, QueueCounts, ReportQueue
from reputation.intake.spam_reports import Incoming, ReportBatch
from reputation.refusal import Refused
from reputation.store.db import Store, connected, open_store
from reputation.store.models import Organization, SpamReport
from reputation.thread_priority import lowered
from tests.conftest import MIGRATIONS, NOON
from tests.neighbour import others
from tests.stories.program import wait_until

SENDER = "203.0.113.9"


def clock() -> float:
    return float(NOON)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Store]:
    """A store that no thread has a connection to."""
    store = open_store("", tmp_path, MIGRATIONS)
    yield store
    store.close()


def counted(queue: ReportQueue, number: int) -> Callable[[], bool]:
    return lambda: queue.figures().accepted >= number


def test_what_is_offered_is_written(store: Store) -> None:
    queue = ReportQueue(clock=clock)
    queue.start()
    for number in range(1200):
        queue.offer(Incoming(f"198.51.{number // 250}.{number % 250 + 1}", "trap"))
    wait_until(counted(queue, 1200), 60, "1,200 reports in the table")
    queue.stop()

    assert others(SpamReport).count() == 1200
    assert queue.figures() == QueueCounts(1200, 0, 0, 0, 0)


def test_who_writes_gives_way_to_dns(place: Store) -> None:
    niceness: list[int] = []

    def accept(reports: list[Incoming], _now: int) -> ReportBatch:
        niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        return ReportBatch(len(reports), 0, [])

    queue = ReportQueue(accept, clock=clock)
    queue.start()
    queue.offer(Incoming(SENDER, "trap"))
    queue.stop()

    assert niceness == [lowered()]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) < lowered()


def test_what_waits_at_the_end_is_written(place: Store) -> None:
    queue = ReportQueue(clock=clock)
    queue.start()
    queue.offer(Incoming(SENDER, "trap"))
    queue.stop()

    with connected():
        assert others(SpamReport).count() == 1


def test_nonsense_is_refused_at_once_and_takes_no_place() -> None:
    queue = ReportQueue(most=1)
    for incoming in (Incoming("nonsense", "trap"), Incoming(SENDER, "rumour"), Incoming(SENDER, "trap", weight=0)):
        with pytest.raises(Refused):
            queue.offer(incoming)

    queue.offer(Incoming(SENDER, "trap"))
    assert queue.figures().waiting == 1


def test_a_full_queue_refuses_with_a_reason_and_takes_more_when_it_has_room() -> None:
    written = threading.Event()

    def accept(batch: list[Incoming], now: int) -> ReportBatch:
        written.wait(30)
        return ReportBatch(len(batch), 0, [])

    queue = ReportQueue(accept, most=3)
    for _ in range(3):
        queue.offer(Incoming(SENDER, "trap"))
    with pytest.raises(Refused, match="3 spam reports wait to be written: send this one again"):
        queue.offer(Incoming(SENDER, "trap"))
    assert queue.figures().full == 1

    written.set()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("reputation.intake.report_queue.connected", threading.Lock)
        queue.start()
        wait_until(counted(queue, 3), 30, "the three are written")
        queue.offer(Incoming(SENDER, "trap"))
        queue.stop()
    assert queue.figures().accepted == 4


def test_a_database_that_is_away_for_a_while_costs_no_report(place: Store) -> None:
    tries: list[int] = []

    def accept(batch: list[Incoming], now: int) -> ReportBatch:
        tries.append(len(batch))
        if len(tries) == 1:
            raise OperationalError("database is locked")
        return spam_reports.accept_many(batch, now)

    queue = ReportQueue(accept, clock=clock)
    queue.offer(Incoming(SENDER, "trap"))
    queue.start()
    wait_until(counted(queue, 1), 30, "the report is written at the second try")
    queue.stop()

    with connected():
        assert others(SpamReport).count() == 1


def test_one_report_that_the_tables_cannot_hold_does_not_hold_up_the_others(place: Store) -> None:
    with connected():
        assert not others(Organization).where(Organization.id == 99).exists()
    queue = ReportQueue(clock=clock)
    for number in range(1, 9):
        queue.offer(Incoming(f"203.0.113.{number}", "trap", organization_id=99 if number == 5 else None))
    queue.start()
    wait_until(counted(queue, 7), 30, "seven of the eight are written")
    queue.stop()

    assert queue.figures() == QueueCounts(7, 0, 1, 0, 0)


def test_who_offers_is_told_when_it_is_written_and_when_it_is_not(place: Store) -> None:
    def accept(batch: list[Incoming], now: int) -> ReportBatch:
        if is_away.is_set():
            raise OperationalError("the database system is shutting down")
        return spam_reports.accept_many(batch, now)

    is_away = threading.Event()
    is_away.set()
    queue = ReportQueue(accept, clock=clock)
    queue.start()
    first = queue.offer(Incoming(SENDER, "trap", dedupe_key="1"))
    with pytest.raises(NotWritten, match="shutting down"):
        first.result(30)
    assert queue.figures().waiting == 1, "it waits on"
    is_away.clear()
    again = queue.offer(Incoming(SENDER, "trap", dedupe_key="1"))
    again.result(30)
    queue.stop()

    assert queue.figures() == QueueCounts(1, 1, 0, 0, 0)
    with connected():
        assert others(SpamReport).count() == 1
