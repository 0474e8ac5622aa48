"""NSD: every entry is a name in a zone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks import peers
from benchmarks.servers.base import Server

CONFIGURATION = """
server:
    server-count: 1
    ip-address: 127.0.0.1@{port}
    username: ""
    chroot: ""
    zonesdir: "{folder}"
    database: ""
    pidfile: "{folder}/nsd.pid"
    xfrdfile: "{folder}/xfrd.state"
    zonelistfile: "{folder}/zone.list"
    xfrdir: "{folder}"
    verbosity: 0
    rrl-ratelimit: 0
    rrl-whitelist-ratelimit: 0
remote-control:
    control-enable: no
zone:
    name: {zone}
    zonefile: "{file}"
"""


class Nsd(Server):
    """NSD as a process."""

    name = "NSD"

    def __init__(self, folder: Path, zone: str, file: Path) -> None:
        super().__init__(folder)
        self._program, self._variables = peers.program("nsd")
        self._zone, self._file = zone, file

    def command(self) -> list[str]:
        """Write the configuration, and return the command line."""
        configuration = self.folder / "nsd.conf"
        configuration.write_text(
            CONFIGURATION.format(port=self.port, folder=self.folder, zone=self._zone, file=self._file)
        )
        return [str(self._program), "-d", "-c", str(configuration)]

    def variables(self) -> Mapping[str, str]:
        """Return the variables with which it finds its libraries."""
        return self._variables
