"""How long a thread waits for the database: a page has somebody in front of it, a job has not.

It is kept for each thread. It knows no database.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

PAGE_SECONDS = 8.0  # that all waits of a page together may take
LEAST = 0.5  # seconds of one wait, however long others have taken before


class Patience(NamedTuple):
    """How long statements and waits of one kind of work may take.

    `statement` and `lock` are what a server is told, in seconds, 0 without an end; `ends_at` is when waits in this
    process end, by the monotonic clock, None where each may take the usual time.
    """

    is_page: bool
    statement: float
    lock: float
    ends_at: float | None = None

    @property
    def on_server(self) -> tuple[int, int]:
        """Return what a server is told: milliseconds for a statement, and for a lock."""
        return round(self.statement * 1000), round(self.lock * 1000)

    @property
    def left(self) -> float:
        """Return how many seconds are left; infinitely many where each wait may take the usual time."""
        return math.inf if self.ends_at is None else self.ends_at - time.monotonic()

    def at_most(self, usual: float) -> float:
        """Return for how many seconds the next wait may last, where it usually may last `usual`."""
        return min(usual, max(LEAST, self.left))


JOB = Patience(is_page=False, statement=900.0, lock=60.0)  # also of a command; a list of ten million entries is one row
ENDLESS = Patience(is_page=False, statement=0.0, lock=0.0)  # of a migration, and of who waits for another one's

_thread = threading.local()


def patience() -> Patience:
    """Return that of this thread."""
    found: Patience = getattr(_thread, "patience", JOB)
    return found


def begin_page() -> None:
    """Begin a page on this thread: from now on its waits end together."""
    _thread.patience = Patience(True, 30.0, PAGE_SECONDS, time.monotonic() + PAGE_SECONDS)


def spend() -> None:
    """Wait no more on this page: what it has waited for does not come. A job and a command go on as ever."""
    if patience().is_page:
        _thread.patience = patience()._replace(ends_at=time.monotonic())


def end_page() -> None:
    """End the page: the thread waits as jobs do again."""
    _thread.patience = JOB


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Wait no longer than this inside, for what can be done without."""
    before = patience()
    ends_at = time.monotonic() + seconds
    _thread.patience = before._replace(ends_at=ends_at if before.ends_at is None else min(before.ends_at, ends_at))
    try:
        yield
    finally:
        _thread.patience = before


@contextmanager
def endless() -> Iterator[None]:
    """Wait without an end inside."""
    before = patience()
    _thread.patience = ENDLESS
    try:
        yield
    finally:
        _thread.patience = before
