"""How many file descriptors this program may have, and how the doors over TCP share them.

Every connection is a descriptor, and so is every file, pipe and connection to the database. Where they run out, nothing
can be opened any more, not even the database: so each door has a bound of its own, and the rest is kept for all else.
"""

from __future__ import annotations

import errno
import os
import resource
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from reputation import faults

MOST = 65_536  # to which the limit is raised, where the system lets us
# For all but connections: the sockets of DNS, the database, lists that are fetched, logs that are followed, files.
KEPT = 160
USUAL_DNS, USUAL_PORTAL, USUAL_TRAP = 500, 2000, 200  # connections at once, where there are descriptors enough
LEAST = 8  # connections of a door, however low the limit is
# What accept says of one connection that is gone again (accept(2)); all else it says is of the door.
OF_ONE = (errno.ECONNABORTED, errno.EPROTO, errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH)
OVER_AFTER = 60.0  # seconds without trouble


class Shares(NamedTuple):
    """How many connections each door may have at once."""

    dns: int
    portal: int
    trap: int


class Use(NamedTuple):
    """How many descriptors are `used`, and how many there may be; `used` is -1 where the system does not say."""

    used: int
    limit: int


def raise_limit(most: int = MOST) -> int:
    """Raise this process's soft limit of descriptors as far as the hard one, and `most`, allow; return the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return limit()


def limit() -> int:
    """Return how many descriptors this process may have open at once."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft


def shares(descriptors: int) -> Shares:
    """Return the doors' bounds under this limit: the usual ones, or parts of what there is."""
    left = descriptors - KEPT
    dns, portal, trap = left * 4 // 10, left * 45 // 100, left * 15 // 100
    return Shares(_at_least(dns, USUAL_DNS), _at_least(portal, USUAL_PORTAL), _at_least(trap, USUAL_TRAP))


def described(descriptors: int) -> str:
    """Return a sentence for the log: the limit, the doors' bounds, and what to do where they are small."""
    found = shares(descriptors)
    said = (
        f"At most {descriptors:,} descriptors, so {found.portal:,} connections of the portal, {found.dns:,} of DNS "
        f"over TCP and {found.trap:,} of the trap"
    )
    is_small = found != Shares(USUAL_DNS, USUAL_PORTAL, USUAL_TRAP)
    return f"{said}: raise it with LimitNOFILE= in the service's unit, or ulimit -n" if is_small else said


def use() -> Use:
    """Return how many descriptors are used now, and the limit."""
    try:
        used = len(os.listdir("/proc/self/fd")) - 1  # the one that has read the folder is closed again
    except OSError:  # no /proc, or no descriptor left to read it
        used = -1
    return Use(used, limit())


def _at_least(part: int, usual: int) -> int:
    return max(LEAST, min(part, usual))


class Trouble:
    """The trouble of one door with accepting: a fault from the first time on until a minute has passed without it.

    Threads may share it.
    """

    def __init__(
        self,
        door: str,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`door` is a word for people, such as `portal`; `clock` is in Unix seconds."""
        self._door, self._clock, self._monotonic = door, clock, monotonic
        self._last: float | None = None
        self._lock = threading.Lock()

    def met(self, error: OSError) -> None:
        """Tell that a connection could not be accepted."""
        with self._lock:
            self._last = self._monotonic()
        faults.raised(f"connections: {self._door}", _what_to_do(self._door, error), int(self._clock()))

    def look(self) -> None:
        """Tell that the fault is over, where it is; the door calls this now and then."""
        with self._lock:
            is_over = self._last is not None and self._monotonic() - self._last >= OVER_AFTER
            if is_over:
                self._last = None
        if is_over:
            faults.gone(f"connections: {self._door}", int(self._clock()))


def _what_to_do(door: str, error: OSError) -> str:
    """The sentence: without a number that changes, so that the log has it once."""
    if error.errno == errno.EMFILE:
        return (
            f"No descriptor is left for a new connection ({door}); the limit is {limit():,}. Raise it: "
            "LimitNOFILE= in the service's unit, or `ulimit -n` before the start."
        )
    if error.errno == errno.ENFILE:
        return f"The machine has no descriptor left for a new connection ({door}): raise fs.file-max by sysctl."
    reason = error.strerror or str(error)
    return f"No new connection could be accepted ({door}): {reason}. Look at this machine's free memory (`free -m`)."
