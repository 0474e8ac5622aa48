"""A program whose clock the test sets while it runs; what passes, passes as everywhere.

A small library is compiled and preloaded, and reads from a file how far the clock is ahead (machine_clock.c). Debian's
libfaketime is not of use here: where it leaves the monotonic clock alone, every time.sleep of Python 3.11 fails in it.
"""

from __future__ import annotations

import mmap
import shutil
import struct
import subprocess
from pathlib import Path

from tests.debian import do_without

SOURCE = Path(__file__).with_suffix(".c")


class MachineClock:
    """The clock of one program: `variables` are what it is started with."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc") or do_without("there is no C compiler (cc): install gcc")
        library, file = folder / "machine_clock.so", folder / "clock"
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
        file.write_bytes(bytes(8))
        with file.open("r+b") as opened:
            self._place = mmap.mmap(opened.fileno(), 8)
        self.variables = {"LD_PRELOAD": str(library), "MACHINE_CLOCK": str(file)}

    def set(self, seconds: int) -> None:
        """Set it so far ahead of the right time; a negative number is behind."""
        self._place[:] = struct.pack("=q", seconds)  # one write of eight octets, never read half written
