"""What a process that reads a list may use, and where lists are put aside: set once when the program starts."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Limits(NamedTuple):
    """What a process that reads a list may use: memory in octets, and seconds."""

    memory: int = 512 << 20
    seconds: int = 300


class Chosen:
    """The limits in force, the folder in which lists are put aside, and whether no list is to be read any more."""

    limits = Limits()
    folder: Path | None = None
    is_stopped = False


chosen = Chosen()


def use(limits: Limits, folder: Path | None = None) -> None:
    """Set the limits, and the folder, on a disk with room for the lists; None is that of temporary files."""
    chosen.limits, chosen.folder, chosen.is_stopped = limits, folder, False
