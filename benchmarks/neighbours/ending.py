"""How a neighbour knows that it has to end: its time is up, or SIGTERM came."""

from __future__ import annotations

import signal
import threading
import time


class Ending:
    """The end of a neighbour; `over()` is called between two pieces of work."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._told = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: self._told.set())

    def over(self) -> bool:
        """Tell whether the time is up or SIGTERM came."""
        return self._told.is_set() or time.monotonic() > self._end

    def wait(self, seconds: float) -> None:
        """Sleep, but not beyond the end."""
        self._told.wait(max(0.0, min(seconds, self._end - time.monotonic())))
