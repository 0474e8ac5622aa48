"""Reads the new whole lines of a log file since a place in it, through rotation and truncation.

It owns no place: it is given one, and says where the lines ended. Lines end at a line feed and nowhere else.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

AT_ONCE = 1 << 20  # octets of one read
WARM_UP = 4 << 20  # octets before the place that are read again after a start, for the messages that are under way
LONGEST_LINE = 8192  # what is longer was not written by a mail server
TOO_LONG = "(a line of more than 8,192 characters)"


class LogPosition(NamedTuple):
    """How far a log was read: the file by its inode, and octets from its beginning (of a journal: 0, microseconds)."""

    inode: int
    offset: int


class Chunk(NamedTuple):
    """Some new lines, and where they end. `left` are the octets that are still to be read, as far as one can tell."""

    lines: list[str]
    place: LogPosition
    left: int = 0


class LogFile:
    """A log file by its path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read_up_to: LogPosition | None = None

    def is_unchanged(self) -> bool:
        """Tell whether nobody has written to the file since it was read to its end; asked each second."""
        found = self.path.stat()
        return self._read_up_to == (found.st_ino, found.st_size)

    def before(self, place: LogPosition | None) -> list[str]:
        """Return the last lines before a place; before the present end where it is None."""
        with self.path.open("rb") as file:
            status = os.fstat(file.fileno())
            end = status.st_size if place is None or place.inode != status.st_ino else min(place.offset, status.st_size)
            begin = max(end - WARM_UP, 0)
            content = os.pread(file.fileno(), end - begin, begin)
        lines = _split(content)
        return lines if begin == 0 else lines[1:]

    def new(self, place: LogPosition | None) -> Chunk:
        """Return the lines since a place; none where it is None: a log is followed from its present end."""
        self._read_up_to = None
        with self.path.open("rb") as file:
            status = os.fstat(file.fileno())
            if place is None:
                self._read_up_to = LogPosition(status.st_ino, status.st_size)
                return Chunk([], LogPosition(status.st_ino, _whole_end(file.fileno())))
            rotated = self._rotated(place, status.st_size) if status.st_ino != place.inode else None
            if rotated is not None:
                return rotated
            # A new file, or one that was truncated in place (logrotate's copytruncate), is read from its beginning.
            is_same = status.st_ino == place.inode and status.st_size >= place.offset
            offset = place.offset if is_same else 0
            content = os.pread(file.fileno(), AT_ONCE, offset)
        lines, read = _whole_lines(content)
        left = max(status.st_size - offset - len(content), 0)
        if not left:
            self._read_up_to = LogPosition(status.st_ino, status.st_size)
        return Chunk(lines, LogPosition(status.st_ino, offset + read), left)

    def forget(self) -> None:
        """Forget that the file was read to its end: what was read could not be kept, and is read again."""
        self._read_up_to = None

    def close(self) -> None:
        """Do nothing: the file is opened for each read."""

    def _rotated(self, place: LogPosition, size_now: int) -> Chunk | None:
        """Read what the old file still had, if it lies beside, not compressed; None once there is nothing."""
        for old in sorted(self.path.parent.glob(f"{self.path.name}*")):
            try:
                with old.open("rb") as file:
                    status = os.fstat(file.fileno())
                    if status.st_ino != place.inode:
                        continue
                    content = os.pread(file.fileno(), AT_ONCE, place.offset)
            except OSError:
                continue
            # Nobody ends the last line of a file that is no longer written to.
            lines, read = _whole_lines(content if len(content) == AT_ONCE else content + b"\n")
            left = max(status.st_size - place.offset - len(content), 0) + max(size_now, 1)
            ended = LogPosition(place.inode, place.offset + min(read, len(content)))
            return Chunk(lines, ended, left) if content else None
        return None


def lines_of(path: Path, many: int) -> Iterator[list[str]]:
    """Yield the lines of a whole file, so many at once."""
    with path.open("rb") as file:
        while some := list(islice(file, many)):
            yield [_split(line.removesuffix(b"\n"))[0] for line in some]


def _whole_lines(content: bytes) -> tuple[list[str], int]:
    """The lines that have ended, and how many octets they are. One that is too long to be one is passed over."""
    end = content.rfind(b"\n") + 1
    if not end and len(content) >= AT_ONCE:
        return [], len(content)
    return _split(content[: max(end - 1, 0)]) if end else [], end


def _split(content: bytes) -> list[str]:
    """The lines of some octets. What is longer than any server writes becomes a line without a known form.

    A part of it would be dangerous: text of a client might stand at its end, where a server's word is looked for.
    """
    lines = content.decode(errors="replace").split("\n")
    return [line if len(line) <= LONGEST_LINE else TOO_LONG for line in lines]


def _whole_end(descriptor: int) -> int:
    """The end of the last whole line."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, LONGEST_LINE, max(size - LONGEST_LINE, 0))
    return size - len(tail) + tail.rfind(b"\n") + 1 if b"\n" in tail else 0 if size <= LONGEST_LINE else size
