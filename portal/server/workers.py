"""The threads on which the application answers: always the same number of them, and the first to come is the first."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable

log = logging.getLogger("gatepost.portal")


class Workers:
    """So many threads. They end with the program, however long a request takes."""

    def __init__(self, many: int, begin_thread: Callable[[], None]) -> None:
        """`begin_thread` is called on each thread first."""
        self._begin_thread = begin_thread
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run, name=f"portal-{number}", daemon=True) for number in range(many)
        ]

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def do(self, work: Callable[[], None]) -> None:
        """Have this called by the next thread that is free."""
        self._work.put(work)

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

    def _run(self) -> None:
        self._begin_thread()
        while (work := self._work.get()) is not None:
            try:
                work()
            except Exception:  # a fault of ours with one request must not end the thread
                log.exception("A request ended in an error, please report this")
