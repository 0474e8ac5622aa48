"""rbldnsd, the field's own server, with IPv4 entries in a trie or in a sorted set."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from pathlib import Path

from benchmarks import peers
from benchmarks.results import NEWER
from benchmarks.servers.base import Server

NOBODY = "65534:65534"


class Rbldnsd(Server):
    """rbldnsd as a process."""

    def __init__(
        self, folder: Path, zone: str, files: tuple[Path, Path], kind: str = "ip4trie", program: Path | None = None
    ) -> None:
        """`program`: another rbldnsd than Debian's."""
        super().__init__(folder)
        self.name = NEWER if program else f"rbldnsd, {kind}"
        self._program, self._variables = (program, {}) if program else peers.program("rbldnsd")
        self._sets = [f"{zone}:{kind}:{files[0]}", f"{zone}:ip6trie:{files[1]}"]

    def command(self) -> list[str]:
        """Return the command line, with the data sets."""
        # As root it wants another user; -n keeps it in the foreground, -c 0 leaves reloads to the signal.
        user = ["-u", NOBODY] if os.geteuid() == 0 else []
        return [str(self._program), "-n", *user, "-c", "0", "-b", f"127.0.0.1/{self.port}", *self._sets]

    def variables(self) -> Mapping[str, str]:
        """Return the variables with which it finds its libraries."""
        return self._variables

    def reload(self) -> None:
        """Make it read its files again, where they have changed."""
        os.kill(self.pid, signal.SIGHUP)
