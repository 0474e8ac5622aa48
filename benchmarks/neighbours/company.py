"""The start of a neighbour for the time of a measurement, and its end by its process id.

A neighbour runs on the server's core and in our session: in another one the kernel would not weigh it by its niceness.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import machine

ROOT = Path(__file__).parents[2]
LONGEST = 600  # seconds after which a neighbour ends whatever became of us
WARM_UP = 1.0


class Silent(Exception):
    """A neighbour did not do its work; the text is what it said."""


class Neighbour:
    """A running neighbour; `done` is how much it did, once it has ended."""

    def __init__(self, name: str, process: subprocess.Popen[str]) -> None:
        self.name, self.process = name, process
        self.done = 0

    def end(self) -> None:
        """End it and read what it did: a number, on its last line."""
        self.process.terminate()
        out, err = self.process.communicate(timeout=20)
        if not out.strip():
            raise Silent(f"{self.name} beside it ended early: {err.strip().rpartition(chr(10))[2]}")
        self.done = int(out.split()[-1])


@contextmanager
def beside(core: int, name: str, *words: str) -> Iterator[Neighbour]:
    """Run the neighbour benchmarks/neighbours/NAME.py with these words on this core."""
    command = [sys.executable, "-m", f"benchmarks.neighbours.{name}", str(LONGEST), *words]
    with machine.on(core):
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
        )
    neighbour = Neighbour(name, process)
    try:
        time.sleep(WARM_UP)
        yield neighbour
    finally:
        neighbour.end()
