"""A network of its own for resolvers and for who asks: many addresses on one loopback, and nobody else.

Inside, a program has a client's address that is no loopback address, so that nothing spares it. All addresses are of
the network for measurements (RFC 2544, 198.18.0.0/15). It knows no resolver.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers import Absent
from benchmarks.servers.base import DidNotStart

ROOT = Path(__file__).parents[2]
PARENT, SERVICE, FLOODER = "198.18.0.1", "198.18.53.53", "198.18.200.1"
RESOLVERS = [f"198.18.{number}.1" for number in range(1, 10)]  # each in a /24 of its own, as a client network is
PORT = 53
PATIENCE = 1800  # seconds for all that is measured inside


def run(what: str, *numbers: float, module: str = "benchmarks.resolvers") -> str:
    """Run `python -m MODULE WHAT FILE NUMBERS` inside, and return what it wrote to FILE.

    Raise Absent where this system makes no such network, DidNotStart with its last line where the program failed.
    """
    root = [] if os.geteuid() == 0 else ["--map-root-user"]
    inside = ["unshare", *root, "--net", "--mount", "--kill-child"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode:
        raise Absent("this system makes no network of its own for a program")
    with tempfile.NamedTemporaryFile(prefix="gatepost-resolvers-") as file:
        program = [sys.executable, "-m", module, what, file.name, *map(str, numbers)]
        done = subprocess.run([*inside, *program], cwd=ROOT, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
        if done.returncode:
            print(done.stderr, file=sys.stderr, flush=True)
            raise DidNotStart((done.stderr.strip().splitlines() or ["it ended without a word"])[-1])
        return Path(file.name).read_text()


def furnish() -> None:
    """Give the network its addresses; called once inside."""
    ip("link", "set", "lo", "up")
    for address in (PARENT, SERVICE, FLOODER, *RESOLVERS):
        ip("addr", "add", f"{address}/32", "dev", "lo")


def ip(*words: str) -> None:
    """Run the command `ip`; raise Absent where it is missing or refuses."""
    try:
        subprocess.run(("ip", *words), check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Absent("the command `ip` could give no address to a network of its own") from error
