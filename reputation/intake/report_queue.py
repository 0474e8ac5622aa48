"""The queue in front of the tables: a listener hands over its reports and never waits for SQL.

It is bounded. A malformed report is refused before it takes a place, and one beyond the bound is refused with a reason,
so that its sender can try again. What was taken is written, even where the database is away for a while; but only who
is told that it is written need not keep it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import NamedTuple

from peewee import DataError, IntegrityError

from reputation.intake import spam_reports
from reputation.intake.estimate import COMPLAINT
from reputation.intake.spam_reports import Incoming, ReportBatch
from reputation.intake.uncounted import COMPLAINTS, TRAP, Uncounted, UncountedMessages
from reputation.refusal import Refused
from reputation.store import health
from reputation.store.db import connected
from reputation.thread_priority import lower_priority
from reputation.verdict.origins import Origins

log = logging.getLogger("gatepost.reports")

MOST_REPORTS = 20_000
BATCH = 500  # reports of one transaction: a page's write waits for no more than that
GATHER = 0.1  # seconds that a report waits for others; DNS says it within a second
TRY_AGAIN = 1.0  # seconds after a write that failed


class QueueFull(Refused):
    """The queue has no place at the moment: the same report can be sent again later."""


class NotWritten(Exception):
    """The database does not take the report at the moment: it waits in memory, and may be lost with the program."""


class _Waiting(NamedTuple):
    """A report, and what tells its sender that it is written, or is not yet."""

    incoming: Incoming
    written: Future[None]


class QueueCounts(NamedTuple):
    """Reports since the start: written, known before, refused by a guard or by a full queue; and those that wait."""

    accepted: int = 0
    duplicates: int = 0
    refused: int = 0
    full: int = 0
    waiting: int = 0


def accept_and_keep_refused(
    origins: Callable[[], Origins], kept: UncountedMessages
) -> Callable[[list[Incoming], int], ReportBatch]:
    """Make what a queue writes reports with: those that a guard refuses are kept for people to read."""

    def accept(batch: list[Incoming], now: int) -> ReportBatch:
        found = spam_reports.accept_many(batch, now, origins())
        keep_refused(found, kept, now)
        return found

    return accept


def keep_refused(found: ReportBatch, kept: UncountedMessages, now: int) -> None:
    """Keep the reports that a guard has refused for people to read. Call it when the others are written."""
    for incoming, why in found.refused:
        way = COMPLAINTS if incoming.source == COMPLAINT else TRAP
        kept.add(Uncounted(now, way, "guarded", address=incoming.address, evidence=why))


class ReportQueue:
    """A queue with one thread that writes. `offer` may be called by any thread, and holds a lock for a moment."""

    def __init__(
        self,
        accept: Callable[[list[Incoming], int], ReportBatch] = spam_reports.accept_many,
        most: int = MOST_REPORTS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accept, self._most, self._clock = accept, most, clock
        self._reports: deque[_Waiting] = deque()
        self._lock = threading.Lock()
        self._awake, self._ending = threading.Event(), threading.Event()
        self._accepted = self._duplicates = self._refused = self._full = 0
        self._thread = threading.Thread(target=self._run, name="spam reports", daemon=True)

    def start(self) -> None:
        """Start the thread that writes."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, and end the thread; what cannot be written now is lost, and the log says so.

        Nobody was told that it was written: a mail server sends it again.
        """
        self._ending.set()
        self._awake.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._reports:
            log.error("%d spam reports could not be written before the end", len(self._reports))

    def offer(self, incoming: Incoming) -> Future[None]:
        """Put a report into the queue; what is returned tells when it is written, or raises NotWritten.

        Raise Refused, which says what is wrong with it, or QueueFull where there is no place.
        """
        spam_reports.check(incoming)
        taken = _Waiting(spam_reports.trimmed(incoming), Future())
        taken.written.set_running_or_notify_cancel()  # nobody can call it off
        with self._lock:
            if len(self._reports) >= self._most:
                self._full += 1
                raise QueueFull(f"{self._most:,} spam reports wait to be written: send this one again in a minute.")
            self._reports.append(taken)
        self._awake.set()
        return taken.written

    def figures(self) -> QueueCounts:
        """Return the counts since the start and the number of reports that wait."""
        with self._lock:
            return QueueCounts(self._accepted, self._duplicates, self._refused, self._full, len(self._reports))

    def _run(self) -> None:
        lower_priority()
        while not self._ending.is_set():
            self._awake.wait()
            self._awake.clear()
            self._ending.wait(GATHER)
            if not self._write():
                self._ending.wait(TRY_AGAIN)
                self._awake.set()
        self._write()

    def _write(self) -> bool:
        """Write all that waits, batch by batch; False where the database did not take it, and all of it waits on."""
        try:
            with connected():
                while self._reports:
                    self._write_batch()
        except Exception as error:
            if health.tell(error, int(self._clock())) is None:
                log.error("Spam reports wait, the database does not take them: %s", error)
            self._say_not_written(str(error))
            return False
        return True

    def _write_batch(self) -> None:
        # They keep their places until they are written: only this thread takes any away.
        with self._lock:
            batch = [self._reports[place] for place in range(min(BATCH, len(self._reports)))]
        found = self._accepted_of([one.incoming for one in batch])
        with self._lock:
            for _ in batch:
                self._reports.popleft()
            self._accepted += found.accepted
            self._duplicates += found.duplicates
            self._refused += len(found.refused)
        for one in batch:
            if not one.written.done():
                one.written.set_result(None)

    def _say_not_written(self, why: str) -> None:
        with self._lock:
            waiting = [one.written for one in self._reports if not one.written.done()]
        for written in waiting:
            written.set_exception(NotWritten(why))

    def _accepted_of(self, batch: list[Incoming]) -> ReportBatch:
        """One that the tables cannot hold, such as of an organization that is gone, must not hold up the others."""
        try:
            return self._accept(batch, int(self._clock()))
        except (IntegrityError, DataError) as error:
            if len(batch) == 1:
                return ReportBatch(0, 0, [(batch[0], str(error))])
        half = len(batch) // 2
        first, second = self._accepted_of(batch[:half]), self._accepted_of(batch[half:])
        return ReportBatch(
            first.accepted + second.accepted, first.duplicates + second.duplicates, first.refused + second.refused
        )
