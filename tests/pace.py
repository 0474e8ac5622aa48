"""How fast this machine runs Python just now: bounds in seconds hold for a machine of a known pace.

Virtual machines of the same kind differ threefold from one day to the next. A bound is never below what it says: a slow
machine gets more time in proportion, and a fast one no less.
"""

from __future__ import annotations

import statistics
import time

STEPS = 1_000_000
USUAL = 0.06  # seconds of processor time for so many steps of a loop, on a server's core of 3 GHz
TRIES = 3


def slowness() -> float:
    """How many times longer this machine takes than the usual one, at least 1."""
    return max(1.0, statistics.median(_seconds() for _ in range(TRIES)) / USUAL)


def _seconds() -> float:
    began, total = time.process_time(), 0
    for number in range(STEPS):
        total += number
    assert total == STEPS * (STEPS - 1) // 2
    return time.process_time() - began
