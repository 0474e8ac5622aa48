"""The folder into which the executable has unpacked itself: kept whole while the program serves.

Files below /tmp are removed when they are old, and whoever needs room empties a cache. systemd-tmpfiles leaves alone
what is locked, as this folder is by the launcher; others do not ask. What they have removed is there again within a
second, from the file that was started: the program reads pages, time zones and parts of itself when they are first
needed, and not before.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import stat
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path

from reputation import faults
from reputation.thread_priority import lower_priority

VARIABLE = "GATEPOST_UNPACKED"  # from the launcher: descriptor of the locked folder, of the one file, and its base
CACHE, UNPACK_ONLY = "GATEPOST_CACHE", "GATEPOST_UNPACK_ONLY"  # to the launcher: where to unpack, and to do no more
LOOK_SECONDS = 0.5  # between two looks: some hundred folders, and no file
AGAIN_SECONDS = 10.0  # after an attempt that did not succeed
PATIENCE = 300.0
STOP_SECONDS = 1.0  # then it is left to end with the process
FAULT = "unpacked program"

log = logging.getLogger("gatepost.unpacked")


class Unpacked:
    """The folder of the running program, its lock, and the file that it came from, as an open descriptor each."""

    def __init__(self, folder: Path, lock: int, file: int) -> None:
        self._folder, self._lock, self._file = folder, lock, file
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="unpacked", daemon=True)

    def start(self) -> None:
        """Begin to look after the folder, in a thread."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread, which may just be waiting for the launcher. The lock stays until the process ends."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)

    def _keep(self) -> None:
        lower_priority()
        folders = [self._folder, *sorted(_folders(self._folder))]
        seen, pause = _state(folders), LOOK_SECONDS
        while not self._ended.wait(pause):
            found = _state(folders)
            if found == seen:
                continue
            is_whole = self._make_whole(int(time.time()))
            if is_whole and _state(folders) != found:
                log.warning("Files had been removed from the unpacked program, and are there again: %s", self._folder)
            # As it was before: what was removed while others came back makes a difference to it, and so does what came
            # back. The next look then finds all as it should be, or not.
            seen, pause = (found, LOOK_SECONDS) if is_whole else ({}, AGAIN_SECONDS)

    def _make_whole(self, now: int) -> bool:
        """Let the launcher write what is missing; tell whether it could. Its path is in /proc, whatever was removed."""
        where = {CACHE: str(self._folder.parent), UNPACK_ONLY: "1"}
        try:
            done = subprocess.run(
                [f"/proc/self/fd/{self._file}"], pass_fds=[self._file], env={**os.environ, **where},
                stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
            )  # fmt: skip
            told = (done.stderr or done.stdout).decode(errors="replace").strip()
            is_whole = done.returncode == 0 and told == str(self._folder) and self._hold()
        except (OSError, subprocess.SubprocessError) as error:
            told, is_whole = str(error), False
        if is_whole:
            faults.gone(FAULT, now)
        else:
            sentence = f"Files were removed from {self._folder} and cannot be written again; restart Gatepost: {told}"
            faults.raised(FAULT, sentence, now)
        return is_whole

    def _hold(self) -> bool:
        """Lock the folder that has this name now: the one that was locked may be gone."""
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(self._folder), os.fstat(self._lock)):
                return True
            lock = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(lock, fcntl.LOCK_SH)
            os.close(self._lock)
            self._lock = lock
            return True
        return False


def inherited(environment: MutableMapping[str, str], program: Path) -> Unpacked | None:
    """Take what the launcher has left to this program, and its variable out of the environment.

    None for a program that was not started by one: from its source, or by another program of the same folder.
    """
    descriptors = _left(environment.pop(VARIABLE, ""), program)
    if descriptors is None:
        return None
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    return Unpacked(program.parent, *descriptors)


def started(environment: Mapping[str, str], program: Path) -> Path:
    """Return the file by which a person would start this program: the one file, or `program` where there is none."""
    descriptors = _left(environment.get(VARIABLE, ""), program)
    file = Path(os.readlink(f"/proc/self/fd/{descriptors[1]}")) if descriptors else program
    return file if file.exists() else program  # it may have been replaced


def _left(value: str, program: Path) -> tuple[int, int] | None:
    """The descriptors that a launcher has left, of the folder and of the one file; None where they are not these."""
    lock, file, *_ = [*value.split(" "), ""]
    if not (lock.isdecimal() and file.isdecimal()):
        return None
    with contextlib.suppress(OSError):
        is_ours = os.path.samestat(os.stat(program.parent), os.fstat(int(lock)))
        if is_ours and stat.S_ISREG(os.fstat(int(file)).st_mode):
            return int(lock), int(file)
    return None


def _folders(top: Path) -> Iterator[Path]:
    for place, below, _ in os.walk(top):
        yield from (Path(place, name) for name in below)


def _state(folders: list[Path]) -> dict[Path, tuple[int, int]]:
    """What changes of a folder when anything is removed from it. One that is gone is never as it was before."""
    found = {}
    for folder in folders:
        try:
            status = folder.stat()
            found[folder] = status.st_ino, status.st_mtime_ns
        except OSError:
            found[folder] = 0, time.monotonic_ns()
    return found
