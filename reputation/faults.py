"""What is not well at this moment, in memory: General, System, readiness, alerts and the log all read it here.

It needs no table, so that it can also tell that the database is away. After a start it is empty: whoever finds a fault
tells it again. A name is its kind, such as `database`, or a kind with a subject behind a colon, such as `feed:drop`.
Subjects and sentences may be text from people and from other machines: they are cut, and hold no line break. How many
faults stand, and how many lines the log has of one, is bounded.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

MOST = 200  # faults with a subject that stand at once; of those beyond only the number is kept, up to MOST_COUNTED
MOST_COUNTED = 10_000
LONGEST_NAME, LONGEST_SENTENCE = 220, 600
LINES, WINDOW = 6, 600  # lines of the log about one name within so many seconds
MORE = "more faults"

log = logging.getLogger("gatepost.faults")


class Fault(NamedTuple):
    """Something that is not well: its name, since when and when last seen (Unix seconds), and what to do about it."""

    name: str
    since: int
    sentence: str
    last_seen: int

    @property
    def kind(self) -> str:
        """Return the part of the name before the colon."""
        return self.name.partition(":")[0]

    @property
    def subject(self) -> str:
        """Return the part of the name behind the colon; "" where it has none."""
        return self.name.partition(":")[2]


_standing: dict[str, Fault] = {}
_found: set[str] = set()  # those that a look has found, and the next one may find to be over
_beyond: dict[str, int] = {}  # names for which there was no place, and when each was told first
_written: dict[str, list[int]] = {}  # when the log had lines, by the name
_lines: deque[tuple[int, str, str]] = deque()  # for the log
_lock = threading.RLock()


def raised(name: str, sentence: str, now: int) -> None:
    """Tell that a fault is there, or is there still; the log has a line where it is new or its sentence is."""
    with _lock:
        _raise(name, sentence, now)
    _say()


def _raise(name: str, sentence: str, now: int) -> None:
    name, sentence = _plain(name, LONGEST_NAME), _plain(sentence, LONGEST_SENTENCE)
    before = _standing.get(name)
    if before is None and ":" in name and sum(":" in one for one in _standing) >= MOST:
        _count(name, now)
        return
    _beyond.pop(name, None)
    _standing[name] = Fault(name, min(before.since, now) if before else now, sentence, now)
    if before is None or before.sentence != sentence:
        _write(logging.WARNING, name, sentence, now)


def gone(name: str, now: int) -> None:
    """Tell that a fault is over; where it stood, the log has a line."""
    with _lock:
        _end(name, now)
    _say()


def _end(name: str, now: int) -> None:
    name = _plain(name, LONGEST_NAME)
    _found.discard(name)
    _beyond.pop(name, None)
    before = _standing.pop(name, None)
    if before:
        _write(logging.INFO, name, f"well again after {max(0, now - before.since)} seconds.", now)


def found(kind: str, sentences: Mapping[str, str], now: int) -> None:
    """Tell all that a look has found of one kind, as sentences by subject ("" for the kind alone).

    What an earlier look has found of that kind, and this one has not, is over. What others have told stays.
    """
    names = {
        _plain(f"{kind}:{subject}" if subject else kind, LONGEST_NAME): text for subject, text in sentences.items()
    }
    with _lock:
        for name in [one for one in _found if _kind(one) == kind and one not in names]:
            _end(name, now)
        for name in [one for one in _beyond if _kind(one) == kind and one not in names]:
            _beyond.pop(name)
        for name, sentence in names.items():
            _raise(name, sentence, now)
        _found.update(name for name in names if name in _standing)
    _say()


def standing() -> list[Fault]:
    """Return the faults that stand, those that have stood longest first; a last one tells how many more there are."""
    with _lock:
        faults = sorted(_standing.values(), key=lambda fault: (fault.since, fault.name))
        if _beyond:
            first, last = min(_beyond.values()), max((fault.last_seen for fault in faults), default=0)
            many = f"{'at least ' if len(_beyond) == MOST_COUNTED else ''}{len(_beyond):,}"
            last = max(first, last)
            faults.append(Fault(MORE, first, f"There are more faults than are shown here: {many} beyond these.", last))
        return faults


def names(kind: str) -> set[str]:
    """Return the names of all faults of one kind, also of those for which there was no place."""
    with _lock:
        return {name for name in (*_standing, *_beyond) if _kind(name) == kind}


def forget_all() -> None:
    """Forget everything, as a start does."""
    with _lock:
        for kept in (_standing, _found, _beyond, _written):
            kept.clear()


def of_kind(kind: str) -> list[Fault]:
    """Return the faults of one kind that stand."""
    return [fault for fault in standing() if fault.kind == kind]


def _say() -> None:
    """Write what there is to say into the log, with no lock held: whoever reads it may have stopped to read."""
    while _lines:
        with contextlib.suppress(IndexError):  # another thread was faster
            level, name, sentence = _lines.popleft()
            log.log(level, "%s: %s", name, sentence)


def _count(name: str, now: int) -> None:
    if not _beyond:
        _write(logging.WARNING, MORE, f"More than {MOST} faults stand: those beyond are counted, and not named.", now)
    if len(_beyond) < MOST_COUNTED:
        _beyond.setdefault(name, now)


def _write(level: int, name: str, sentence: str, now: int) -> None:
    """Write a line, unless what comes and goes has had enough of them; the last one of a window says so."""
    if name not in _written and len(_written) >= 2 * MOST:
        for old in [one for one, times in _written.items() if abs(now - times[-1]) >= WINDOW] or [next(iter(_written))]:
            del _written[old]
    times = [at for at in _written.get(name, ()) if abs(now - at) < WINDOW]
    if len(times) < LINES:
        rest = f" (It changes often: no more of it here for {WINDOW // 60} minutes.)" if len(times) == LINES - 1 else ""
        _lines.append((level, name, f"{sentence}{rest}"))
        times.append(now)
    _written[name] = times


def _kind(name: str) -> str:
    return name.partition(":")[0]


def _plain(text: str, longest: int) -> str:
    """The text on one line, without control characters, and cut."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * longest]).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
