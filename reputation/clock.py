"""The clock of this machine beside the time that passes: that it was set is noticed within seconds, and said.

People, listings and counts go by the clock. What happens again and again goes by the time that passes, which nobody can
set. A time that is stored is of the clock, and may be of one that was ahead: `has_come` and `was_within` are the rule
for whoever asks when something is next done.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from reputation import faults
from reputation.thread_priority import lower_priority

JUMP = 30.0  # seconds beyond which the clock was set, and did not only run a little fast or slow
SLEW = 0.001  # of the time that passes; twice as fast as a time service turns a clock without setting it
SLACK = 60  # seconds by which the clocks of two nodes may differ
HOUR, DAY = 3600, 86400
SAID_FOR = HOUR  # seconds; so long a clock has to stand before it is believed where it went back
EARLIEST = 1_767_225_600  # 1 January 2026: this program is younger, so no right clock is before
FAULT = "clock"

log = logging.getLogger("gatepost.clock")


class Jump(NamedTuple):
    """That the clock was set: when by the time that passes, to what (Unix seconds), and by how many seconds.

    `seconds` is negative where the clock was set back.
    """

    passed: float
    at: int
    seconds: float

    @property
    def way(self) -> str:
        """Return which way it was set, in words."""
        return "set forward" if self.seconds > 0 else "set back"

    @property
    def sentence(self) -> str:
        """Return what people should know of it."""
        at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(self.at))
        return (
            f"The clock of this machine was {self.way} by {abs(self.seconds):,.0f} seconds, to {at} UTC. Listings end "
            "by it: check its time service."
        )


def passed() -> float:
    """Return seconds that pass steadily whatever the clock says, those of a suspended machine too."""
    return time.clock_gettime(_PASSED)


_PASSED: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def has_come(at: Any, now: int, longest: int) -> Any:
    """Tell whether a stored time has come. `longest`: so many seconds ahead it was at most when it was written.

    Where it is further ahead, it is of a clock that was ahead, and has come. It may be a number or a column.
    """
    return (at <= now) | (at > now + longest + SLACK)


def was_within(at: Any, now: int, seconds: int) -> Any:
    """Tell whether something was done within the last seconds. What is of a time to come, was not: it is done again.

    It may be a number or a column.
    """
    return (at > now - seconds) & (at <= now + SLACK)


class Clock:
    """Compares the clock with the time that passes. One thread calls `look`; others may ask for the rest."""

    def __init__(self, wall: Callable[[], float] = time.time, passes: Callable[[], float] = passed) -> None:
        self._wall, self._passes = wall, passes
        self._jumps: tuple[Jump, ...] = ()  # of the last day, the newest last
        self._looked, self._offset = self._read()
        self._before = self._offset
        self._began, self._away = self._looked, 0.0  # when this program did, and how long none had run before
        self.is_resumed = False

    def look(self) -> float:
        """Look whether the clock was set since the last look; return by how many seconds it moved, back is negative.

        Small differences count as moved, too, but only what is beyond JUMP is told.
        """
        looked, offset = self._read()
        moved, self._before = offset - self._before, offset
        jumped, may = offset - self._offset, SLEW * max(0.0, looked - self._looked)
        kept = tuple(jump for jump in self._jumps if looked - jump.passed < DAY)
        if abs(jumped) > JUMP:
            kept, self._offset = (*kept, Jump(looked, int(looked + offset), jumped)), offset
        else:  # it follows slowly, so that many small steps are a jump, too
            self._offset += max(-may, min(may, jumped))
        self._jumps, self._looked = kept, looked
        return moved

    def resume(self, last: int, now: int) -> None:
        """Take up the clock where the program before left it, at `last` (Unix seconds; 0 for none).

        Where it is behind that, it was set back meanwhile. Where it is ahead, that may be the time that has passed.
        """
        self.is_resumed = True
        seconds = float(now - last) if last else 0.0
        if seconds < -JUMP:
            self._jumps = (*self._jumps, Jump(self._passes(), now, seconds))
        else:
            self._away = max(0.0, seconds)

    @property
    def last_jump(self) -> Jump | None:
        """Return the last jump of the last hour, or None."""
        jumps = self._within(SAID_FOR)
        return jumps[-1] if jumps else None

    def trouble(self, now: int) -> str:
        """Return what is wrong with the clock; "" where nothing is."""
        if now < EARLIEST:
            at = time.strftime("%Y-%m-%d", time.gmtime(now))
            return f"The clock of this machine says {at}, when this program did not exist: check its time service."
        jump = self.last_jump
        return jump.sentence if jump else ""

    def tell(self, now: int) -> None:
        """Tell the room of faults what is wrong with the clock, or that nothing is."""
        said = self.trouble(now)
        if said:
            faults.raised(FAULT, said, now)
        else:
            faults.gone(FAULT, now)

    def certain(self, now: int) -> int:
        """Return the time that has certainly come: by how much the clock was set forward within a day is left out.

        Of the first day of a program the time before it is left out, too: it may have begun with a clock that is ahead.
        What removes things for their age goes by it. Where the clock was wrong and is set back, nothing is gone.
        """
        away = self._away if self._passes() - self._began < DAY else 0.0
        ahead = away + sum(jump.seconds for jump in self._within(DAY)) + self._unseen()
        return now - int(max(0.0, ahead))

    def is_believed(self, now: int) -> bool:
        """Tell whether what is of a later time may be taken for wrong: the clock was not set back for an hour."""
        went_back = self._unseen() < 0 or any(jump.seconds < 0 for jump in self._within(SAID_FOR))
        return now >= EARLIEST and not went_back

    def _unseen(self) -> float:
        """By how much the clock was set since the last look."""
        jumped = self._read()[1] - self._offset
        return jumped if abs(jumped) > JUMP else 0.0

    def _within(self, seconds: int) -> list[Jump]:
        """The jumps of the last seconds."""
        passes = self._passes()
        return [jump for jump in self._jumps if passes - jump.passed < seconds]

    def _read(self) -> tuple[float, float]:
        """The time that has passed, and how far the clock is ahead of it, both of one moment."""
        while True:
            before, wall, after = self._passes(), self._wall(), self._passes()
            if after - before < 1:  # between them nothing held this thread up
                return after, wall - after


class ClockWatch:
    """The thread that looks at the clock every second, tells of a jump, and calls whoever has to follow it."""

    EVERY = 1.0  # seconds

    def __init__(self, clock: Clock, follow: Callable[[float], None], wall: Callable[[], float] = time.time) -> None:
        """`follow` is called with the seconds by which the clock has moved, at every look."""
        self._clock, self._follow, self._wall = clock, follow, wall
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Look once."""
        moved = self._clock.look()
        self._clock.tell(int(self._wall()))
        self._follow(moved)

    def _run(self) -> None:
        lower_priority()
        while not self._ending.wait(self.EVERY):
            try:
                self.look()
            except Exception:  # the next look comes all the same
                log.exception("The clock was not looked at")
