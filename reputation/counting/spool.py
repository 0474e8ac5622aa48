"""Batches of counts that wait on disk, because the database is away: a file each, the oldest first.

The folder is bounded. At first what is remembered of single connections is left out, and counted as such; of what is
beyond a second bound only how many questions it were. A file that cannot be read is set aside under another name, for a
person, and the others go on; one that another version wrote, or that is of another database, is left where it is.

A batch may be in the database already although that was not told: so a file is never changed once it was tried.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import secrets
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from reputation.counting import batch_file
from reputation.counting.batch_file import NamedBatch, OfAnotherVersion, Unreadable
from reputation.verdict import column_file
from reputation.verdict.counters import HOUR, Batch

log = logging.getLogger("gatepost.counts")

FOLDER = "counts"  # in the data folder
ENDING, SET_ASIDE = ".counts", ".damaged"
LOCK, DATABASE = "lock", "database"
MOST = 64 << 20  # octets of all files; beyond it single connections are left out
MOST_SUMS = 96 << 20  # beyond it so are the sums
A_FILE = 1 << 20  # octets that grow together: of one hour, as long as it was not tried
CONNECTIONS_A_FILE = 4_000  # as many as one batch writes into the query log
LOST = "counts lost"  # the kind of other packets of what found no room


class Waiting(NamedTuple):
    """What is not in the database yet, as figures: how many batches, questions in them, and when the oldest ended.

    `late` questions were delivered from files, and `lost` found no room, since the start. The names of files that
    cannot be read are `set_aside`; of those that are left for another version or database, `foreign`.
    """

    batches: int = 0
    questions: int = 0
    oldest_at: int | None = None
    late: int = 0
    lost: int = 0
    set_aside: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


class _File(NamedTuple):
    """A file that waits. `foreign` says why it is not for us; "" for one that is."""

    name: str
    database: str
    at: int
    questions: int
    octets: int
    foreign: str = ""


class Spool:
    """The files of one data folder. Whoever calls holds a lock: threads and programs may share the folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / FOLDER
        self._writer = secrets.token_hex(4)
        self._number = 0
        self._files: dict[Path, _File] = {}  # by path, the oldest first
        self._growing: tuple[Path, NamedBatch] | None = None  # the last file, as long as it may grow
        self._turn: int | None = None  # the descriptor that holds the lock
        self.lost = 0

    @property
    def database(self) -> str:
        """Return for which database was counted here last; "" where nobody has said so."""
        try:
            return (self.folder / DATABASE).read_text()[:64].strip()
        except (OSError, ValueError):
            return ""

    def is_for(self, database: str) -> None:
        """Note for which database is counted from now on. Raise OSError."""
        if self.database != database:
            self._make_folder()
            column_file.replace(self.folder / DATABASE, lambda file: file.write(database.encode()))

    def take_turn(self) -> bool:
        """Take the turn to deliver the files, or say that another program has it. Raise OSError."""
        if self._turn is None and self.folder.exists():
            descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                return False
            self._turn = descriptor
            for unfinished in self.folder.glob(f"*{ENDING}.new"):  # of a program that was killed while it wrote
                with contextlib.suppress(OSError):
                    unfinished.unlink()
        return self._turn is not None

    def close(self) -> None:
        """Give up the turn."""
        if self._turn is not None:
            os.close(self._turn)
            self._turn = None
        self._growing = None

    def look(self) -> None:
        """Look which files are there. Raise OSError where the folder cannot be read."""
        found = sorted(self.folder.glob(f"*{ENDING}")) if self.folder.exists() else []
        self._files = {path: one for path in found if (one := self._files.get(path) or self._described(path))}
        if self._growing and self._growing[0] not in self._files:
            self._growing = None

    def add(self, named: NamedBatch, was_tried: bool) -> None:
        """Keep a batch, in a file of its own or with the one before. Raise OSError: then it is not kept."""
        self._make_folder()
        asked, named = batch_file.questions(named.batch), self._within_bounds(named)
        asked -= batch_file.questions(named.batch)
        if not was_tried and self._may_grow(named):
            path, before = self._growing or (Path(), named)
            both = Batch()
            both.add(before.batch)
            both.add(named.batch)
            named = before._replace(at=named.at, batch=both)
        else:
            self._number += 1
            path = self.folder / f"{named.at:011}-{self._number:06}-{self._writer}{ENDING}"
        octets = batch_file.write(path, named)
        self.lost += asked
        self._files[path] = _File(named.name, named.database, named.at, batch_file.questions(named.batch), octets)
        self._growing = None if was_tried else (path, named)

    def first(self, database: str) -> NamedBatch | None:
        """Read the oldest file for a database; None where no file waits for it. From now on it does not grow."""
        for path, one in list(self._files.items()):
            if _why_not(one, database):
                continue
            if self._growing and self._growing[0] == path:
                self._growing = None
            try:
                return batch_file.read(path)
            except FileNotFoundError:  # another program has delivered it
                self._files.pop(path, None)
            except Unreadable as error:
                self._set_aside(path, error)
        return None

    def holds(self, name: str) -> bool:
        """Tell whether the batch of this name waits in a file."""
        return bool(self._named(name))

    def remove(self, name: str) -> None:
        """Remove the file of a batch that was delivered; one that cannot be removed is left alone."""
        for path, one in self._named(name):
            try:
                path.unlink(missing_ok=True)
                del self._files[path]
            except OSError as error:
                log.error("%s was delivered, and cannot be removed: %s", path, error.strerror)
                self._files[path] = one._replace(foreign="it was delivered")

    def give_up(self, name: str, why: Exception) -> None:
        """Set the file of a batch aside, because the database cannot hold what it says."""
        for path, _ in self._named(name):
            self._set_aside(path, why)

    def figures(self, database: str) -> Waiting:
        """Return what waits, for this database and for others."""
        ours = [one for one in self._files.values() if not _why_not(one, database)]
        foreign = [path.name for path, one in self._files.items() if _why_not(one, database)]
        aside = sorted(path.name for path in self.folder.glob(f"*{SET_ASIDE}")) if self.folder.exists() else []
        oldest = min((one.at for one in ours), default=None)
        asked = sum(one.questions for one in ours)
        return Waiting(len(ours), asked, oldest, lost=self.lost, set_aside=tuple(aside), foreign=tuple(foreign))

    def _named(self, name: str) -> list[tuple[Path, _File]]:
        return [(path, one) for path, one in self._files.items() if one.name == name]

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def _described(self, path: Path) -> _File | None:
        try:
            named = batch_file.read(path)
            asked = batch_file.questions(named.batch)
            return _File(named.name, named.database, named.at, asked, path.stat().st_size)
        except FileNotFoundError:
            return None
        except OfAnotherVersion as error:
            log.warning("%s", error)
            return _File("", "", 0, 0, path.stat().st_size, str(error))
        except Unreadable as error:
            self._set_aside(path, error)
            return self._files.get(path)

    def _set_aside(self, path: Path, why: Exception) -> None:
        log.error("Counts are set aside, and are in no figure: %s", why)
        self._files.pop(path, None)
        try:
            path.replace(path.with_suffix(SET_ASIDE))
        except OSError as error:
            self._files[path] = _File("", "", 0, 0, 0, f"{why}; {error.strerror}")

    def _may_grow(self, named: NamedBatch) -> bool:
        if self._growing is None or self._turn is None:  # without the turn another program may just try it
            return False
        path, before = self._growing
        is_same = before.at // HOUR == named.at // HOUR and before.database == named.database
        connections = len(before.batch.matches) + len(named.batch.matches)
        return is_same and connections <= CONNECTIONS_A_FILE and self._files[path].octets <= A_FILE

    def _within_bounds(self, named: NamedBatch) -> NamedBatch:
        octets, batch = sum(one.octets for one in self._files.values()), named.batch
        if octets > MOST_SUMS:
            asked, hour = batch_file.questions(batch), named.at - named.at % HOUR
            return named._replace(batch=Batch(others=Counter({(hour, LOST): asked} if asked else {})))
        if octets > MOST and len(batch.matches):
            lost, less = len(batch.matches) + batch.matches_lost, Batch()
            less.add(batch)
            less.matches, less.matches_lost = type(batch.matches)(), lost
            return named._replace(batch=less)
        return named


def _why_not(one: _File, database: str) -> str:
    """Why a file is not for us; "" where it is."""
    return one.foreign or ("it is of another database" if database and one.database not in ("", database) else "")
