"""Sockets of DNS that somebody else has opened: systemd, or the program whose place this one takes.

The kernel keeps what arrives between two programs. What does not fit the settings is refused with a sentence: a socket
that nobody reads would swallow questions.
"""

from __future__ import annotations

import contextlib
import os
import socket
import stat
from collections.abc import Iterable, MutableMapping, Sequence

from dnsd.sockets import BindError, BoundSockets, bind, make_fit

FIRST = 3  # the first descriptor that systemd hands over (sd_listen_fds(3))
NAME = "dns"  # FileDescriptorName= of the unit
UNNAMED = ("unknown", "")  # what systemd and others say where nobody has named a descriptor
SYSTEMD, PREDECESSOR = "systemd", "the running program"
LISTS_UDP, LISTS_TCP = "ListenDatagram=", "ListenStream="


def from_systemd(environment: MutableMapping[str, str]) -> list[socket.socket]:
    """Take the sockets that systemd has handed over, and their variables out of the environment; [] where it has none.

    An executable stays the process that systemd has started (onefile/). Raise BindError for a descriptor that is no
    socket of DNS.
    """
    process, count, names = (environment.pop(f"LISTEN_{name}", "") for name in ("PID", "FDS", "FDNAMES"))
    if not (process.isdecimal() and count.isdecimal() and int(process) == os.getpid()):
        return []
    named = names.split(":") if names else [""] * int(count)
    if len(named) != int(count):
        raise BindError(f"systemd hands over {count} descriptors with {len(named)} names (LISTEN_FDNAMES={names!r})")
    return [_socket(FIRST + at, name) for at, name in enumerate(named)]


def fitted(
    sockets: Iterable[socket.socket], doors: Sequence[tuple[str, int]], threads: int, who: str
) -> list[BoundSockets]:
    """Return the sockets for each door, (host, port), those of `who` where it has opened them; others are bound.

    A door with port 0 takes any port. Each socket over UDP has a loop, and there are at least `threads` at each door.
    Sockets of the predecessor that no door names any more are closed. Raise BindError for one of systemd's, and for a
    door with UDP or TCP alone; all of them are closed then.
    """
    left = list(sockets)
    with contextlib.ExitStack() as opened:
        for sock in left:
            opened.callback(sock.close)
            _check(sock, who)
        found = []
        for host, port in doors:
            mine = _of_door(left, host, port)
            left = [sock for sock in left if sock not in mine]
            found.append(_door(mine, threads, who) if mine else bind(host, port, threads))
            opened.callback(found[-1].close)
        if left and who == SYSTEMD:
            raise BindError(
                f"{who} hands over {_named(left[0])}, which the setting dns does not name: "
                "serve the same addresses and ports in both"
            )
        opened.pop_all()
    for sock in left:
        sock.close()
    return found


def _socket(descriptor: int, name: str) -> socket.socket:
    if name != NAME and name not in UNNAMED and not name.endswith(".socket"):
        raise BindError(
            f"systemd hands over a descriptor of the name {name}: those of DNS have FileDescriptorName={NAME}"
        )
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise BindError(f"systemd hands over descriptor {descriptor}, which is no socket")
        os.set_inheritable(descriptor, False)
        return socket.socket(fileno=descriptor)
    except OSError as error:
        if isinstance(error, BindError):
            raise
        raise BindError(f"systemd hands over descriptor {descriptor}, which cannot be used: {error.strerror}") from None


def _check(sock: socket.socket, who: str) -> None:
    is_tcp = sock.type == socket.SOCK_STREAM
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or not (is_tcp or sock.type == socket.SOCK_DGRAM):
        raise BindError(
            f"{who} hands over a socket that is neither UDP nor TCP of IPv4 or IPv6: "
            f"write {LISTS_UDP} and {LISTS_TCP} with address and port"
        )
    if is_tcp and not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise BindError(f"{who} hands over {_named(sock)}, which does not listen: Accept=no is what DNS needs")
    if sock.family == socket.AF_INET6 and not sock.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        raise BindError(
            f"{who} hands over {_named(sock)} for IPv6 and IPv4 together: write BindIPv6Only=ipv6-only, and 0.0.0.0 "
            "with the port for IPv4"
        )


def _of_door(sockets: Sequence[socket.socket], host: str, port: int) -> list[socket.socket]:
    """The sockets of a door; of port 0 those on the first port of its host."""
    of_host = [sock for sock in sockets if sock.getsockname()[0] == host]
    wanted = port or next((sock.getsockname()[1] for sock in of_host), 0)
    return [sock for sock in of_host if sock.getsockname()[1] == wanted]


def _door(sockets: Sequence[socket.socket], threads: int, who: str) -> BoundSockets:
    udp = [sock for sock in sockets if sock.type == socket.SOCK_DGRAM]
    tcp = [sock for sock in sockets if sock.type == socket.SOCK_STREAM]
    if not udp or not tcp:
        missing = LISTS_TCP if udp else LISTS_UDP
        raise BindError(f"{who} hands over {_named(sockets[0])} alone, and DNS needs UDP and TCP: add {missing}")
    if len(tcp) > 1:
        raise BindError(f"{who} hands over {_named(tcp[0])} twice: one {LISTS_TCP} is enough")
    # More loops read the same queue. A queue of their own would be lost at the next restart.
    udp += [udp[at % len(udp)].dup() for at in range(threads - len(udp))]
    address = tcp[0].getsockname()
    made = BoundSockets(tuple(udp), tcp[0], address[:2])
    make_fit(made)
    return made


def _named(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"{'TCP' if sock.type == socket.SOCK_STREAM else 'UDP'} on {host} port {port}"
