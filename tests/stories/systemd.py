"""Starts a program as systemd does one with a socket unit: bound sockets from descriptor 3 on, and three variables.

The sockets stay open here while the program is stopped and started, as systemd keeps them.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence

from dnsd.sockets import SO_RCVBUFFORCE  # what ReceiveBuffer= of a unit uses, too
from tests.ports import free_port

ROOM = 64 << 20
LAUNCHER = """
import fcntl, os, sys
high = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 200) for number in sys.argv[1].split(",")]
for place, descriptor in enumerate(high, 3):
    os.dup2(descriptor, place)
    os.close(descriptor)
os.closerange(3 + len(high), 200)
names = sys.argv[2]
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(high)), LISTEN_FDNAMES=names)
os.execv(sys.argv[3], sys.argv[3:])
"""


def make_room(udp: socket.socket) -> bool:
    """Let the kernel keep what comes in some seconds; tell whether it does, which only root may ask for."""
    try:
        udp.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    except PermissionError:
        return False
    return True


def bound(host: str = "127.0.0.1") -> tuple[socket.socket, socket.socket]:
    """UDP and TCP on one port, as the example of docs/systemd.md has them."""
    port = free_port(host)
    udp, tcp = _bound(socket.SOCK_DGRAM, host, port), _bound(socket.SOCK_STREAM, host, port)
    make_room(udp)
    tcp.listen()
    udp.setblocking(False)  # systemd's are so
    return udp, tcp


def _bound(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    try:
        if kind is socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


def words(program: Sequence[str], sockets: Sequence[socket.socket], names: str = "dns:dns") -> tuple[str, ...]:
    """The words that start a program with these sockets."""
    for sock in sockets:
        sock.set_inheritable(True)
    numbers = ",".join(str(sock.fileno()) for sock in sockets)
    return (sys.executable, "-c", LAUNCHER, numbers, names, *program)
