"""Follows logs: reads the new whole lines since the last look, through rotation, truncation and restarts.

The place in a log is written in the same transaction as what its lines said, so that a line counts once, whenever the
program ends. A log that is named for the first time is read from its present end.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from reputation.intake import spam_reports
from reputation.intake.maillog.lines import (
    CLEAN,
    READERS,
    SPAM,
    UNKNOWN_RECIPIENT,
    LogEvent,
    Reader,
)
from reputation.intake.spam_reports import Incoming
from reputation.store import db
from reputation.store.models import LogPlace
from reputation.verdict.origins import EMPTY, Origins

AT_ONCE = 256 << 10  # octets of one look, each second; the rest is for the next
LONGEST_LINE = 2048
GUESSES = 3  # unknown recipients of one client in an hour that are mistakes and no guesses
HOUR = 3600
MOST_GUESSERS = 50_000
UNKNOWN_WEIGHT = 0.5  # of one guess beside that of a message that was spam


class LogSource(NamedTuple):
    """A log and the program that writes it: postfix, exim or rspamd."""

    program: str
    path: Path


class LogPosition(NamedTuple):
    """How far a log was read: the file by its inode, and octets from its beginning."""

    inode: int
    offset: int


NOWHERE = LogPosition(0, 0)


class Follower:
    """Follows one log.

    It remembers in memory only the messages that are under way; a restart loses no more than that.
    """

    def __init__(self, source: LogSource) -> None:
        self.source = source
        self._reader: Reader = READERS[source.program]()
        self._guesses: Counter[str] = Counter()
        self._hour = 0
        self._read_up_to = NOWHERE

    def read_new(self, now: int, origins: Origins = EMPTY) -> str:
        """Read what is new in the log and count it; return a sentence, or "" where nothing was new."""
        try:
            found = self.source.path.stat()
            # Asked each second: a log that nobody has written to costs no transaction.
            if (found.st_ino, found.st_size) == self._read_up_to:
                return ""
            return self._take_in(now, origins)
        except OSError as error:
            return f"{self.source.path} cannot be read: {error.strerror}. Let this user read it, or name another log."

    def _take_in(self, now: int, origins: Origins) -> str:
        lines, place, read_up_to = self._new_lines()
        reports: list[Incoming] = []
        clean: Counter[str] = Counter()
        for line in lines:
            event = self._reader.read(line)
            if event is not None and event.kind == CLEAN:
                clean[event.address] += 1
            elif event is not None and (report := self._report(event, now)):
                reports.append(report)
        with db.write():
            batch = spam_reports.accept_many(reports, now, origins) if reports else None
            if clean:
                spam_reports.clean_many(clean, now)
            values = {"path": str(self.source.path), "inode": place.inode, "offset": place.offset, "at": now}
            LogPlace.insert(values).on_conflict(conflict_target=[LogPlace.path], update=values).execute()
        self._read_up_to = read_up_to  # only now: what could not be written is read again
        if not reports and not clean:
            return ""
        accepted = batch.accepted if batch else 0
        return f"{self.source.path.name}: {accepted} reports, {sum(clean.values())} clean deliveries."

    def _report(self, event: LogEvent, now: int) -> Incoming | None:
        if event.kind == SPAM:
            dedupe_key = f"{self.source.program} {event.dedupe_key}" if event.dedupe_key else ""
            return Incoming(
                event.address, "filter", evidence=f"{self.source.program}: refused as spam", dedupe_key=dedupe_key
            )
        assert event.kind == UNKNOWN_RECIPIENT
        if now // HOUR != self._hour or len(self._guesses) > MOST_GUESSERS:
            self._hour, self._guesses = now // HOUR, Counter()
        self._guesses[event.address] += 1
        if self._guesses[event.address] <= GUESSES:
            return None
        evidence = f"{self.source.program}: asks for recipients that there are not"
        return Incoming(event.address, "filter", UNKNOWN_WEIGHT, evidence=evidence)

    def _new_lines(self) -> tuple[list[str], LogPosition, LogPosition]:
        """The lines since the last look, where they end, and what was the whole of it (NOWHERE: there is more)."""
        before = LogPlace.get_or_none(LogPlace.path == str(self.source.path))
        with self.source.path.open("rb") as file:
            status = os.fstat(file.fileno())
            whole = LogPosition(status.st_ino, status.st_size)
            if before is None:
                return [], LogPosition(status.st_ino, _whole_end(file.fileno())), whole
            rotated = self._rotated(before) if status.st_ino != before.inode else None
            if rotated is not None:
                return rotated
            # A new file, or one that was truncated in place (logrotate's copytruncate), is read from its beginning.
            is_same = status.st_ino == before.inode and status.st_size >= before.offset
            offset = before.offset if is_same else 0
            content = os.pread(file.fileno(), AT_ONCE, offset)
        lines, read = _whole_lines(content)
        return lines, LogPosition(status.st_ino, offset + read), whole if len(content) < AT_ONCE else NOWHERE

    def _rotated(self, before: LogPlace) -> tuple[list[str], LogPosition, LogPosition] | None:
        """Look by look what the old file still had, if it lies beside, not compressed; None once there is nothing."""
        for old in sorted(self.source.path.parent.glob(f"{self.source.path.name}*")):
            try:
                with old.open("rb") as file:
                    if os.fstat(file.fileno()).st_ino != before.inode:
                        continue
                    content = os.pread(file.fileno(), AT_ONCE, before.offset)
            except OSError:
                continue
            # Nobody ends the last line of a file that is no longer written to.
            lines, read = _whole_lines(content if len(content) == AT_ONCE else content + b"\n")
            return (
                (lines, LogPosition(before.inode, before.offset + min(read, len(content))), NOWHERE)
                if content
                else None
            )
        return None


def follow(followers: list[Follower], now: int, origins: Origins = EMPTY) -> str:
    """Look into each log once; return the sentences about them as one text."""
    return " ".join(filter(None, (follower.read_new(now, origins) for follower in followers)))


def _whole_lines(content: bytes) -> tuple[list[str], int]:
    """The lines that have ended, and how many octets they are. One that is too long to be one is passed over."""
    end = content.rfind(b"\n") + 1
    if not end and len(content) >= AT_ONCE:
        return [], len(content)
    lines = content[:end].decode(errors="replace").splitlines()
    return [line[:LONGEST_LINE] for line in lines], end


def _whole_end(descriptor: int) -> int:
    """The end of the last whole line."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, LONGEST_LINE, max(size - LONGEST_LINE, 0))
    return size - len(tail) + tail.rfind(b"\n") + 1 if b"\n" in tail else 0 if size <= LONGEST_LINE else size
