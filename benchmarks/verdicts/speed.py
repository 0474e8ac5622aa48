"""How fast it is: scoring alone, and the whole way of a flood of reports and of publishing what they list."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.verdicts import points as scoring
from benchmarks.verdicts.points import Clean, History, ScoredReport
from benchmarks.verdicts.stream import ROOT
from reputation.intake.report_queue import ReportQueue
from reputation.intake.spam_reports import Incoming
from reputation.publisher import own_listings
from reputation.refusal import Refused
from reputation.store.db import open_store

SENDERS = 1_000_000
FLOOD = 100_000  # reports, each second one malformed
NOW = 1_800_000_000


class Speed(NamedTuple):
    """The times: seconds of the processor, except for the flood, whose queue waits between its batches: seconds of the
    clock.

    `one_report` is in microseconds, `counted` in reports, `memory` in bytes more than before.
    """

    million: float
    one_report: float
    flood: float
    counted: int
    refused: int
    memory: int
    publish: float
    listings: int


def measured() -> Speed:
    """Measure each once; the flood on SQLite in a folder of its own."""
    million = _million()
    flood, counted, refused, memory, publish, listings = _flood()
    return Speed(million, _one_report(), flood, counted, refused, memory, publish, listings)


def _million() -> float:
    """A million senders, each with a report and a rating, from their histories to their scores."""
    history = History((ScoredReport(NOW - 60, "trap"),), (Clean(NOW - 3600, 3),))
    began = time.process_time()
    for _ in range(SENDERS):
        scoring.score(history, NOW)
    return time.process_time() - began


def _one_report() -> float:
    """One more report of a sender that is known."""
    state, rounds = scoring.NEW, 100_000
    began = time.process_time()
    for number in range(rounds):
        state = scoring.after_report(state, NOW + number, "trap")
    return (time.process_time() - began) / rounds * 1e6


def _flood() -> tuple[float, int, int, int, float, int]:
    """Through the queue, as listeners would: what it refuses for want of room is offered again."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("", Path(folder), ROOT / "migrations")
        queue, refused = ReportQueue(clock=lambda: float(NOW)), 0
        before, began = _resident(), time.perf_counter()
        queue.start()
        for number in range(FLOOD):
            address = f"{11 + number % 80}.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            refused += not _offered(queue, Incoming(address if number % 2 else f"no address {number}", "trap"))
        queue.stop()
        seconds, memory = time.perf_counter() - began, _resident() - before
        with store.connection():
            began = time.process_time()
            layer = own_listings.build(NOW)["dynamic"].layer
            publish = time.process_time() - began
        store.close()
        return seconds, queue.figures().accepted, refused, memory, publish, len(layer.listed_values(NOW)) - 1


def _offered(queue: ReportQueue, incoming: Incoming) -> bool:
    """Whether the queue took it, at the first try or at a later one."""
    while True:
        try:
            queue.offer(incoming)
        except Refused as refusal:
            if "wait to be written" not in str(refusal):
                return False
            time.sleep(0.05)
        else:
            return True


def _resident() -> int:
    """Bytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096
