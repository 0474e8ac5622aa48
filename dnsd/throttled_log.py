"""A log line at most every few seconds, with the number of those held back. It knows nothing of what it logs.

Whoever sends packets can cause as many errors as packets; the log must tell the first and not fill the disk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable


class ThrottledLog:
    """Warnings of one kind. Threads may share one; a line too many does no harm, so there is no lock."""

    def __init__(self, log: logging.Logger, every: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        """`every` in seconds, by `clock`."""
        self._log, self._every, self._clock = log, every, clock
        self._next = float("-inf")
        self._held_back = 0

    def warn(self, sentence: str, *values: object, trace: bool = False) -> None:
        """Log the sentence with its values, and with the current exception's trace where asked."""
        now = self._clock()
        if now < self._next:
            self._held_back += 1
            return
        held_back, self._held_back, self._next = self._held_back, 0, now + self._every
        more = f" ({held_back} more like it since the last one)" if held_back else ""
        self._log.warning(sentence + more, *values, exc_info=trace)
