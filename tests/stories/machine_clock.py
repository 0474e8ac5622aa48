"""A program whose clock the test sets while it runs, by libfaketime; what passes, passes as everywhere.

libfaketime reads the offset from a file at every look at the clock, so that a test writes it anew. The monotonic clocks
and the times of files stay as they are.
"""

from __future__ import annotations

from pathlib import Path

from tests.debian import need

LIBRARY = "usr/lib/*/faketime/libfaketimeMT.so.1"


class MachineClock:
    """The clock of one program: `variables` are what it is started with."""

    def __init__(self, folder: Path) -> None:
        [library] = need("libfaketime").glob(LIBRARY)
        self._file = folder / "clock"
        self.variables = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
            "NO_FAKE_STAT": "1",
        }
        self.ahead = 0
        self.set(0)

    def set(self, seconds: int) -> None:
        """Set it so far ahead of the right time; a negative number is behind."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._file)  # never read half written
        self.ahead = seconds
