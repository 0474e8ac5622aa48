"""Knot DNS: every entry is a name in a zone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks import peers
from benchmarks.servers.base import Server

CONFIGURATION = """
server:
    rundir: "{folder}"
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: "{folder}"
log:
  - target: stderr
    any: warning
template:
  - id: default
    storage: "{folder}"
    semantic-checks: off
    zonefile-sync: -1
    journal-content: none
zone:
  - domain: {zone}
    file: "{file}"
"""


class Knot(Server):
    """Knot DNS as a process."""

    name = "Knot DNS"

    def __init__(self, folder: Path, zone: str, file: Path) -> None:
        super().__init__(folder)
        self._program, self._variables = peers.program("knot")
        self._zone, self._file = zone, file

    def command(self) -> list[str]:
        """Write the configuration, and return the command line."""
        configuration = self.folder / "knot.conf"
        configuration.write_text(
            CONFIGURATION.format(port=self.port, folder=self.folder, zone=self._zone, file=self._file)
        )
        return [str(self._program), "-c", str(configuration)]

    def variables(self) -> Mapping[str, str]:
        """Return the variables with which it finds its libraries."""
        return self._variables
