"""The end of the program: within five seconds, whatever hangs.

The parts end in phases, all parts of one phase at once. Each phase has its share of the time, and what the phases
before it have left of theirs. What does not end in time is named in the log and left behind: its thread ends with the
process, and a transaction that it was in is as if it had never begun. Counts come first, and DNS answers to the last.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum

log = logging.getLogger("gatepost")


class Phase(Enum):
    """A phase of the end, with its share in seconds."""

    COUNTS = ("counts", 0.8)
    DOORS = ("doors", 1.1)  # of people and programs, and the jobs: nothing new comes in
    REPORTS = ("reports", 0.4)  # what the doors have taken is written
    KEEP = ("keep", 0.6)  # for the next start
    DNS = ("dns", 0.4)
    LAST = ("last", 0.6)  # what DNS has counted meanwhile
    PLACE = ("place", 0.2)

    @property
    def seconds(self) -> float:
        """Return the share of this phase."""
        return self.value[1]


BEHIND_DNS = (Phase.COUNTS, Phase.DOORS, Phase.REPORTS, Phase.KEEP)
AFTER_DNS = (Phase.LAST, Phase.PLACE)
WITH_DNS = (Phase.DNS, *AFTER_DNS)
SPARE_SECONDS = 2.5  # where a successor answers already: on a busy machine DNS still answers all that it has received
HURRIED_SECONDS = 0.2  # for a phase, once the program was told to end a second time
LOOK_SECONDS = 0.02
WHOLE_SECONDS = 4.5  # after these the kernel ends the process, even where no Python runs any more


class Stopped(Exception):
    """The program ends: nothing more is built."""


class Step:
    """The end of one part: what it is called in the log, and the function that ends it."""

    def __init__(self, name: str | Callable[[], str], end: Callable[[], object]) -> None:
        self._name, self._end = name, end
        self.thread = threading.Thread(target=self._run, name="end", daemon=True)

    @property
    def name(self) -> str:
        """Return what hangs where this step does."""
        return self._name if isinstance(self._name, str) else self._name()

    def start(self) -> None:
        """Begin with it, in a thread, unless the system gives none."""
        try:
            self.thread.start()
        except RuntimeError:
            self._run()

    def _run(self) -> None:
        try:
            self._end()
        except Exception as error:  # the others end all the same
            log.error("%s did not end as it should: %s", self.name, error)


class Ending:
    """The steps of the end. Any thread may add some until the end has begun; the main thread runs them."""

    def __init__(self, is_hurried: Callable[[], bool] = lambda: False) -> None:
        self.left: list[str] = []  # what was left behind
        self._is_hurried = is_hurried
        self._steps: dict[Phase, list[Step]] = {phase: [] for phase in Phase}
        self._done: set[Phase] = set()
        self._until = 0.0
        self._lock = threading.Lock()

    def add(self, phase: Phase, name: str | Callable[[], str], end: Callable[[], object]) -> None:
        """Add the end of a part that runs. Where the phase is over already, end it at once, and raise Stopped."""
        with self._lock:
            is_late = phase in self._done
            if not is_late:
                self._steps[phase].append(Step(name, end))
        if is_late:
            with suppress(Exception):
                end()
            raise Stopped

    def run(self, phases: Iterable[Phase], spare: float = 0.0) -> None:
        """Run the steps of these phases, and leave behind what does not end in time and so many seconds more."""
        self._until = max(self._until, time.monotonic()) + spare
        for phase in phases:
            self._until += phase.seconds
            with self._lock:
                self._done.add(phase)
                steps = self._steps[phase]
            self._run(steps)

    def leave(self, code: int) -> None:
        """End the process with this code where something was left behind; else return, and bound what is still to come.

        At its own end the interpreter waits for the threads of each pool.
        """
        if self.left:
            log.warning("Ended without waiting any longer for: %s.", ", ".join(self.left))
            _exit(code)
        self.bound_exit(code)

    def bound_exit(self, code: int) -> None:
        """End the process with this code when the time of all phases is over, whatever is still under way then."""
        bound = threading.Timer(max(0.2, self._until - time.monotonic()), _exit, (code,))
        bound.daemon = True
        bound.start()

    def _run(self, steps: list[Step]) -> None:
        for step in steps:
            step.start()
        hurried_until = float("inf")
        while running := [step for step in steps if step.thread.is_alive()]:
            now = time.monotonic()
            if self._is_hurried():
                hurried_until = min(hurried_until, now + HURRIED_SECONDS)
            if now >= min(self._until, hurried_until):
                break
            running[0].thread.join(LOOK_SECONDS)
        self.left += [step.name for step in running]


def bound_by_the_kernel() -> None:
    """Let the kernel end the process in five seconds, where the interpreter is held and nothing here runs.

    Only the main thread may call it.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, WHOLE_SECONDS)


def _exit(code: int) -> None:
    logging.shutdown()
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(code)
