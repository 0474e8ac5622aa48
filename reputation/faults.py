"""What is not well at this moment, in memory: General, readiness, metrics, alerts and the log all read it here.

It needs no table, so that it can also tell that the database is away. After a start it is empty: whoever finds a fault
tells it again.
"""

from __future__ import annotations

import logging
import threading
from typing import NamedTuple

MOST = 200  # faults that stand at once; what is beyond is in the log alone

log = logging.getLogger("gatepost.faults")


class Fault(NamedTuple):
    """Something that is not well: its name, since when and when last seen (Unix seconds), and what to do about it."""

    name: str
    since: int
    sentence: str
    last_seen: int


_standing: dict[str, Fault] = {}
_lock = threading.Lock()


def raised(name: str, sentence: str, now: int) -> None:
    """Tell that a fault is there, or is there still; the log has a line where it is new or its sentence is."""
    with _lock:
        before = _standing.get(name)
        if before or len(_standing) < MOST:
            _standing[name] = Fault(name, before.since if before else now, sentence, now)
    if before is None or before.sentence != sentence:
        log.warning("%s: %s", name, sentence)


def gone(name: str, now: int) -> None:
    """Tell that a fault is over; where it stood, the log has a line."""
    with _lock:
        before = _standing.pop(name, None)
    if before:
        log.info("%s: well again after %d seconds.", name, max(0, now - before.since))


def standing() -> list[Fault]:
    """Return the faults that stand, those that have stood longest first."""
    with _lock:
        return sorted(_standing.values(), key=lambda fault: (fault.since, fault.name))
