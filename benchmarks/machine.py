"""The machine: its cores, which of them the server and the load get, and its description without its name.

It owns where processes run, and knows none of them.
"""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


class Unfit(Exception):
    """This machine cannot measure; the text says what it lacks."""


@dataclass(frozen=True)
class Machine:
    """The cores of each side.

    Server and load never share a core: a server that waits for its asker's turn measures the scheduler.
    """

    server_cores: tuple[int, ...]  # the first for one loop, two where the machine has them to spare
    load_cores: tuple[int, ...]  # the first; two where two loops are to be filled
    own_core: int  # of this process, which sleeps while anything is measured
    text: str


def look() -> Machine:
    """Return this machine; raise Unfit where it has one core."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise Unfit("Two cores are needed, one for the server and one for the load; this process may use one.")
    each = 2 if len(cores) >= 4 else 1
    return Machine(tuple(cores[:each]), tuple(cores[each : 2 * each]), cores[-1], describe(len(cores)))


def describe(cores: int) -> str:
    """Describe cores, processor, kernel and Python in one line."""
    kernel = ".".join(platform.release().split(".")[:2])
    python = f"Python {platform.python_version()}"
    return f"{cores} cores ({processor()}), {platform.system()} {kernel}, {python}, {compiler()}, loopback"


def processor() -> str:
    """Return the processor's name as it calls itself."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def compiler() -> str:
    """Return the C compiler and its version."""
    try:
        told = subprocess.run(["cc", "-dumpfullversion"], capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return "no C compiler"
    return f"cc {told.stdout.strip()}"


@contextmanager
def on(*cores: int) -> Iterator[None]:
    """Run the block on these cores: processes started in it are there before they have a thread that could be
    elsewhere."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
