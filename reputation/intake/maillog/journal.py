"""Follows the journal of systemd: `journalctl --follow` runs beside us, and its lines are read as they come.

The place in a journal is the time of the last entry, in microseconds: a restart goes on behind it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence

from reputation.intake.maillog.log_files import AT_ONCE, Chunk, LogPosition

COMMAND = ("journalctl", "--output=json", "--no-pager", "--quiet", "--all")
PATIENCE = 60  # seconds for entries that are read at once
WARM_UP = 600  # seconds before the place that are read again after a start


class Journal:
    """The journal of this machine, or the one of a folder such as /var/log/journal/remote."""

    def __init__(self, matches: Sequence[str], folder: str = "") -> None:
        """`matches` are those of journalctl, such as SYSLOG_FACILITY=2."""
        self._command = [*COMMAND, *([f"--directory={folder}"] if folder else []), *matches]
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self._skips = False  # until the first entry behind the place

    def is_unchanged(self) -> bool:
        """Tell nothing: only reading says whether there is something new."""
        return False

    def before(self, place: LogPosition | None) -> list[str]:
        """Return the entries of the minutes before a place; before now where it is None."""
        if place is None:
            return self._once(f"--since=-{WARM_UP}s")
        seconds = place.offset // 1_000_000
        return self._once(f"--since=@{seconds - WARM_UP}", f"--until=@{seconds}")

    def whole(self) -> list[str]:
        """Return the entries of the last day."""
        return self._once("--since=-24h")

    def new(self, place: LogPosition | None) -> Chunk:
        """Return the entries since a place, as far as journalctl has told them; none where it is None.

        Raise OSError where it cannot run.
        """
        if place is None:
            return Chunk([], LogPosition(0, int(time.time() * 1_000_000)))
        if self._process is None:
            self._start(place)
        assert self._process is not None and self._process.stdout is not None
        content = self._process.stdout.read(AT_ONCE) or b""
        if not content and self._process.poll() is not None:
            reason = self._complaint()
            self.close()
            raise OSError(0, reason)
        lines, _, self._rest = (self._rest + content).rpartition(b"\n")
        found = lines.decode(errors="replace").split("\n") if lines else []
        if self._skips:
            found = [line for line in found if _time(line) > place.offset]
            self._skips = not found
        last = _time(found[-1]) if found else 0
        return Chunk(found, LogPosition(0, last) if last else place, AT_ONCE if len(content) == AT_ONCE else 0)

    def forget(self) -> None:
        """Begin again at the last place: what was read could not be kept."""
        self.close()

    def close(self) -> None:
        """End journalctl."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in filter(None, (self._process.stdout, self._process.stderr)):
                pipe.close()
        self._process, self._rest = None, b""

    def _start(self, place: LogPosition) -> None:
        since = (f"--since=@{place.offset // 1_000_000}", "--lines=all")
        self._process = subprocess.Popen(
            [*self._command, "--follow", *since], stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        assert self._process.stdout is not None
        os.set_blocking(self._process.stdout.fileno(), False)
        self._rest, self._skips = b"", True

    def _complaint(self) -> str:
        """What journalctl said when it ended."""
        assert self._process is not None and self._process.stderr is not None
        return _reason(self._process.stderr.read())

    def _once(self, *words: str) -> list[str]:
        try:
            done = subprocess.run([*self._command, *words], capture_output=True, timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            raise OSError(0, f"journalctl did not end within {PATIENCE} seconds") from None
        if done.returncode and not done.stdout:
            raise OSError(0, _reason(done.stderr))
        return done.stdout.decode(errors="replace").split("\n")[:-1]


def _reason(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    return f"journalctl ended: {lines[0]}" if lines else "journalctl ended"


def _time(line: str) -> int:
    """The time of an entry in microseconds; 0 where it has none."""
    try:
        return int(json.loads(line)["__REALTIME_TIMESTAMP"])
    except (ValueError, KeyError, TypeError):
        return 0
