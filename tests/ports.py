"""Ports that stay free until a test takes them: no connection of another test can come from one.

The kernel takes the port of a connection, and of `bind` with port 0, from its range of ephemeral ports. What is free
there when it is looked up may be another test's a moment later. Below that range nobody takes a port by chance, and
each worker has ports of its own.
"""

from __future__ import annotations

import itertools
import os
import socket
from pathlib import Path

FIRST = 15_000
RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
WORKERS = 16
_turn = itertools.count(os.getpid())


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port of this worker that is free for UDP and TCP; raise AssertionError where none is."""
    first, many = _own()
    for _ in range(many):
        port = first + next(_turn) % many
        if all(_free(kind, host, port) for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM)):
            return port
    raise AssertionError(f"no port from {first} to {first + many - 1} is free")


def _own() -> tuple[int, int]:
    end = int(RANGE.read_text().split()[0]) if RANGE.exists() else 32_768
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % WORKERS
    many = (end - FIRST) // WORKERS
    return FIRST + worker * many, many


def _free(kind: socket.SocketKind, host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
