"""What reading a log has come to, for people: lines read, recognised and counted, the last ones, and samples."""

from __future__ import annotations

import copy
from collections import Counter, deque
from collections.abc import Mapping
from typing import NamedTuple

from reputation.intake.maillog.events import COUNTED, FOREIGN, IGNORED, KNOWN, TWICE, UNREAD, LogEvent
from reputation.intake.maillog.grammar import masked

SAMPLES = 10  # of each kind
LONGEST_SAMPLE = 300
BEHIND = 5  # seconds
NOTHING_SINCE = 1000  # lines without one that is recognised are worth a word


class LogFigures(NamedTuple):
    """The figures of one log since the program's start.

    `recognised` are lines of the program, whether they count or not; `foreign` are other programs'; `unread` have no
    known form. Of what was counted, `guarded` reports were about senders that none may list, `duplicates` known before.
    `silent` is how many lines have come since the last that was recognised; `left` the octets that are still to be
    read, and `behind_since` (Unix seconds) since when reading has not kept up; 0: it has.
    """

    program: str
    log: str
    lines: int
    recognised: int
    counted: Mapping[str, int]
    ignored: Mapping[str, int]
    foreign: int
    unread: int
    guarded: int
    duplicates: int
    last_line_at: int
    last_recognised_at: int
    silent: int
    left: int
    behind_since: int
    samples: Mapping[str, tuple[str, ...]]

    @property
    def is_silent(self) -> bool:
        """Tell whether so many lines gave nothing that the log is perhaps not this program's."""
        return self.silent >= NOTHING_SINCE

    def is_behind(self, now: int) -> bool:
        """Tell whether reading has not reached the end of the log for some seconds."""
        return bool(self.left and self.behind_since) and now - self.behind_since >= BEHIND


class Tally:
    """Counts the lines of one log."""

    def __init__(self) -> None:
        self.lines = self.recognised = self.foreign = self.unread = self.silent = self.guarded = self.duplicates = 0
        self.counted: Counter[str] = Counter(dict.fromkeys(COUNTED, 0))
        self.ignored: Counter[str] = Counter()
        self.last_line_at = self.last_recognised_at = self.left = self.behind_since = 0
        self._samples: dict[str, deque[str]] = {}

    def add(self, event: LogEvent, line: str, at: int) -> None:
        """Count one line of which something is to be kept."""
        if event.kind in COUNTED:
            self.counted[event.kind] += event.times
            self.sample(event.kind, line)
        elif event.kind == IGNORED:
            self.ignored[event.why] += 1
            self.sample(event.why, line)
        elif event.kind == UNREAD:
            self.unread += 1
            self.sample(UNREAD, line)
            self.silent += 1
            return
        self.recognised += 1
        self.silent, self.last_recognised_at = 0, at

    def add_many(self, kind: str, lines: int, at: int) -> None:
        """Count lines of which nothing is kept: those without a meaning for us, and other programs'."""
        if kind == KNOWN and lines:
            self.recognised += lines
            self.silent, self.last_recognised_at = 0, at
        elif kind == FOREIGN:
            self.foreign += lines
            self.silent += lines

    def add_twice(self, lines: int) -> None:
        """Count lines that said what was known: they were counted as evidence before it was seen."""
        if lines:
            self.ignored[TWICE] += lines

    def copy(self) -> Tally:
        """Return one that goes on by itself from the same counts."""
        made = copy.copy(self)
        made.counted, made.ignored = self.counted.copy(), self.ignored.copy()
        made._samples = {kind: lines.copy() for kind, lines in self._samples.items()}
        return made

    def sample(self, kind: str, line: str) -> None:
        """Keep a line as one of the newest samples of its kind, without the local parts of its mail addresses."""
        self._samples.setdefault(kind, deque(maxlen=SAMPLES)).append(line[: 2 * LONGEST_SAMPLE])

    def figures(self, program: str, log: str) -> LogFigures:
        """Return the figures of this moment."""
        samples = {kind: tuple(shown(line) for line in tuple(lines)) for kind, lines in tuple(self._samples.items())}
        return LogFigures(
            program, log, self.lines, self.recognised, dict(self.counted), dict(self.ignored), self.foreign,
            self.unread, self.guarded, self.duplicates, self.last_line_at, self.last_recognised_at, self.silent,
            self.left, self.behind_since, samples,
        )  # fmt: skip


def shown(line: str) -> str:
    """Return a line as people see it: in one piece, shortened, without the local parts of its mail addresses."""
    return masked(printable(line[: 2 * LONGEST_SAMPLE]))[:LONGEST_SAMPLE]


def printable(line: str) -> str:
    """Return a line with a mark for each character that cannot be seen, or turns what stands beside it."""
    return "".join(each if each.isprintable() else "?" for each in line)
