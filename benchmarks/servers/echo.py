"""A bare echo in C: the limit of one loop over a UDP socket on this machine, and the proof that the load is none."""

from __future__ import annotations

from pathlib import Path

from benchmarks.servers.base import Server


class Echo(Server):
    """The echo as a process."""

    name = "limit: C echo"
    knows_entries = False

    def __init__(self, folder: Path, program: Path) -> None:
        super().__init__(folder)
        self._program = program

    def command(self) -> list[str]:
        """Return the command line of the compiled program."""
        return [str(self._program), f"port={self.port}"]
