"""How fast it is: scoring alone, and the whole way of a flood of reports and of publishing what they list."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.machine import describe
from reputation.intake import estimate
from reputation.intake.estimate import Path as Way
from reputation.intake.report_queue import ReportQueue
from reputation.intake.spam_reports import Incoming
from reputation.publisher import own_listings
from reputation.refusal import Refused
from reputation.store.db import open_store
from reputation.store.models import Listing

ROOT = Path(__file__).parents[2]
SENDERS = 1_000_000
FLOOD = 100_000  # reports, each second one malformed
NOW = 1_800_000_000


class Speed(NamedTuple):
    """The times: seconds of the processor, and for the flood, whose queue waits between its batches, of the clock, too.

    `one_report` is in microseconds, `counted` in reports, `memory` in bytes more than before. `machine` says where it
    was measured, and how busy that was.
    """

    machine: str
    million: float
    one_report: float
    flood: float
    flood_work: float
    counted: int
    refused: int
    memory: int
    publish: float
    listings: int


def measured() -> Speed:
    """Measure each once; the flood on SQLite in a folder of its own."""
    machine = f"{describe(os.cpu_count() or 1)}. Load when it began: {os.getloadavg()[0]:.1f}."
    million = _million()
    return Speed(machine, million, _one_report(), *_flood())


def _million() -> float:
    """A million senders, each with one report: what it changes, and at which levels its sender is listed."""
    unseen = Way("192.0.2.1")
    began = time.process_time()
    for _ in range(SENDERS):
        estimate.verdict(estimate.after_report(unseen, NOW, estimate.TRAP))
    return time.process_time() - began


def _one_report() -> float:
    """One more report of a sender that is known."""
    way, rounds = Way("192.0.2.1"), 100_000
    began = time.process_time()
    for number in range(rounds):
        way = estimate.after_report(way, NOW + number, estimate.TRAP)
    return (time.process_time() - began) / rounds * 1e6


def _flood() -> tuple[float, float, int, int, int, float, int]:
    """Through the queue, as listeners would: what it refuses for want of room is offered again."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store("", Path(folder), ROOT / "migrations")
        queue, refused = ReportQueue(clock=lambda: float(NOW)), 0
        before, began, worked = _resident(), time.perf_counter(), time.process_time()
        queue.start()
        for number in range(FLOOD):
            address = f"{11 + number % 80}.{number >> 16}.{number >> 8 & 255}.{number & 255}"
            refused += not _offered(queue, Incoming(address if number % 2 else f"no address {number}", "trap"))
        queue.stop()
        seconds, work, memory = time.perf_counter() - began, time.process_time() - worked, _resident() - before
        with store.connection():
            began = time.process_time()
            own_listings.build(NOW)
            publish, listings = time.process_time() - began, Listing.select().count()
        store.close()
        return seconds, work, queue.figures().accepted, refused, memory, publish, listings


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
