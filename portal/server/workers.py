"""The threads on which the application answers: always the same number of them, and the first to come is the first."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

from portal.server.outgoing import Outgoing

log = logging.getLogger("gatepost.portal")


class Workers:
    """So many threads. They end with the program, however long a request takes. Any thread may call it.

    A thread that waits for its client to read is given up where another request needs it, and too many wait so: then
    the slowest client goes.
    """

    def __init__(
        self, many: int, most_waiting: int, begin_thread: Callable[[], None], clock: Callable[[], float]
    ) -> None:
        """`begin_thread` is called on each thread first; `clock` is that of the loop."""
        self._most_waiting, self._begin_thread, self._clock = most_waiting, begin_thread, clock
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._busy = 0
        self._waiting: set[Outgoing] = set()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._run, name=f"portal-{number}", daemon=True) for number in range(many)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def do(self, work: Callable[[], None]) -> None:
        """Call this on the next thread that is free."""
        self._work.put(work)
        self._free_one()

    def begin(self, outgoing: Outgoing) -> None:
        """Tell that a thread waits for its client from now on."""
        with self._lock:
            self._waiting.add(outgoing)
        self._free_one()

    def end(self, outgoing: Outgoing) -> None:
        """Tell that it does not wait any more."""
        with self._lock:
            self._waiting.discard(outgoing)

    def stop(self, seconds: float) -> None:
        """End the threads when what they do is done; return then, or after so many seconds."""
        for _ in self._threads:
            self._work.put(None)
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        left = sum(thread.is_alive() for thread in self._threads)
        if left:
            log.warning("%d requests were still in work at the end, and were given up", left)

    def _free_one(self) -> None:
        with self._lock:
            is_needed = self._work.qsize() > len(self._threads) - self._busy
            if not is_needed or len(self._waiting) <= self._most_waiting:
                return
            now = self._clock()
            slowest = min(self._waiting, key=lambda each: each.rate(now))
            self._waiting.remove(slowest)
        slowest.hang_up()

    def _run(self) -> None:
        self._begin_thread()
        while (work := self._work.get()) is not None:
            self._count(1)
            try:
                work()
            except Exception:  # a fault of ours with one request must not end the thread
                log.exception("A request ended in an error, please report this")
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._lock:
            self._busy += change
