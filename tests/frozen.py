"""A server of PostgreSQL that stands still: all its processes are stopped, and its sockets are as they were."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def processes(url: str) -> list[int]:
    """The first process of the server, and those that it has begun."""
    with psycopg.connect(url, autocommit=True) as connection:
        status = Path(f"/proc/{connection.info.backend_pid}/status").read_text()
    [first] = [int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:")]
    return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]


@contextmanager
def frozen(url: str) -> Iterator[None]:
    """The server does nothing inside; afterwards it goes on."""
    stopped = []
    try:
        for process in processes(url):
            try:
                os.kill(process, signal.SIGSTOP)
            except ProcessLookupError:  # it has ended meanwhile
                continue
            stopped.append(process)
        yield
    finally:
        for process in reversed(stopped):
            os.kill(process, signal.SIGCONT)
