"""Whether a client keeps the least rate, looked at window by window: what it did before gives it no credit.

Else a burst of a megabyte would buy ten minutes of an octet a second.
"""

from __future__ import annotations


class Pace:
    """The pace of one body, or of one answer. Times are of one clock, in seconds."""

    def __init__(self, now: float, done: int = 0) -> None:
        """`done` is how many octets there were before."""
        self._since, self._done = now, done

    def is_too_slow(self, now: float, done: int, window: float, least_rate: float, slack: int = 0) -> bool:
        """Tell whether a whole window has passed with less than the least rate, in octets a second.

        `slack` is by how many octets `done` may be behind the truth.
        """
        if now - self._since < window:
            return False
        moved = done - self._done
        self._since, self._done = now, done
        return moved < max(1, window * least_rate - slack)
