"""The opening of sockets: UDP and TCP on an address and port, or a sentence that says why not and what to do.

It knows no packet. The owner of a port that is taken is read from /proc, as `ss -lpn` does.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

RECEIVE_BUFFER = 4 << 20  # octets: holds a burst of some thousand queries while the thread is at work
BACKLOG = 256
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE = 10, 3  # Linux; Python 3.11 has no names for them
FREE_PORT_TRIES = 50
LISTENING = "0A"  # a state in /proc/net/tcp

log = logging.getLogger(__name__)


class BindError(OSError):
    """An address and port that could not be opened; the text says which, why, and what to do."""

    def __str__(self) -> str:
        return str(self.args[-1])


class BoundSockets(NamedTuple):
    """Bound sockets that share a port, one or more for UDP; `address` is (host, port) as bound."""

    udp: tuple[socket.socket, ...]
    tcp: socket.socket
    address: tuple[str, int]

    def close(self) -> None:
        """Close the sockets, so that the port is free."""
        for udp in self.udp:
            udp.close()
        self.tcp.close()


def bind(host: str, port: int, threads: int = 1) -> BoundSockets:
    """Bind `host` (an IPv4 or IPv6 address) and `port`; 0 takes one that is free for both. Raise BindError if it
    cannot.

    `threads` is the number of UDP sockets that share the port (SO_REUSEPORT).
    """
    family, address = _resolve(host, port)
    for _ in range(FREE_PORT_TRIES if port == 0 else 1):
        try:
            return _bind(family, address, threads)
        except OSError as error:
            failure = error
    raise BindError(failure.errno, _sentence(failure, host, port)) from failure


def port_owner(port: int, transport: str) -> str:
    """Return the program on a port of "udp" or "tcp", as `name (process n)`; "" where it cannot be known."""
    sockets = {f"socket:[{inode}]" for inode in _inodes(port, transport)}
    for process in Path("/proc").glob("[0-9]*") if sockets else ():
        with contextlib.suppress(OSError):  # it ended, or it is another user's
            if any(_link(entry) in sockets for entry in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def _resolve(host: str, port: int) -> tuple[int, Any]:
    with contextlib.suppress(OSError, UnicodeError):
        if host and 0 <= port <= 65535:
            family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST)[0]
            return family, address
    raise BindError(
        f"DNS cannot be served on {host!r} port {port}: write an address of this machine and a port up to 65535, "
        "as in 127.0.0.1:5300, or 0.0.0.0:53 for all of its addresses ([::]:53 for IPv6)"
    )


def _bind(family: int, address: Any, threads: int) -> BoundSockets:
    with contextlib.ExitStack() as opened:  # closes all of them where one cannot be bound
        first = opened.enter_context(_socket(family, socket.SOCK_DGRAM))
        first.bind(address)  # alone on the port: SO_REUSEPORT would let a second server in beside us
        bound = first.getsockname()
        tcp = opened.enter_context(_socket(family, socket.SOCK_STREAM))
        # A restart must not wait for old connections to expire.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        tcp.bind(bound)
        tcp.listen(BACKLOG)
        tcp.setblocking(False)
        udp = [first]
        if threads > 1:
            first.close()
            udp = [opened.enter_context(_shared(family, bound)) for _ in range(threads)]
        for each in udp:
            _widen(each, bound)
            _keep_whole(each)
        opened.pop_all()
    return BoundSockets(tuple(udp), tcp, bound[:2])


def _socket(family: int, kind: int) -> socket.socket:
    made = socket.socket(family, kind)
    if family == socket.AF_INET6:  # IPv4 has its own doors; a mapped client would be another address
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return made


def _shared(family: int, address: Any) -> socket.socket:
    """One of several UDP sockets on a port; the kernel gives each client to one of them."""
    made = _socket(family, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind(address)
    return made


def _widen(udp: socket.socket, bound: Any) -> None:
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    got = udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2  # Linux doubles it for its own needs
    if got < RECEIVE_BUFFER:
        log.warning(
            "DNS on %s port %d has a receive buffer of %d kB instead of %d kB, so bursts may lose queries: "
            "sysctl -w net.core.rmem_max=%d before the start mends it",
            *bound[:2],
            got >> 10,
            RECEIVE_BUFFER >> 10,
            RECEIVE_BUFFER,
        )


def _keep_whole(udp: socket.socket) -> None:
    """Replies carry the Don't Fragment bit (RFC 9715 3.1, R2): nobody can put something else in a fragment's place.

    None is larger than EDNS_SIZE. A path MTU that somebody claims changes nothing, and the kernel numbers no packet.
    """
    if udp.family == socket.AF_INET:
        udp.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE)


def _sentence(error: OSError, host: str, port: int) -> str:
    begin = f"DNS cannot be served on {host} port {port}: "
    if error.errno == errno.EADDRINUSE:
        return begin + _taken(port)
    if error.errno in (errno.EACCES, errno.EPERM):
        return begin + (
            "a port below 1024 needs a privilege. Under systemd set AmbientCapabilities=CAP_NET_BIND_SERVICE in the "
            "unit; run from source, setcap cap_net_bind_service=+ep on the Python program does it (not on the single "
            "executable); or take a higher port, such as 5300"
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return begin + "no interface of this machine has this address. `ip address` lists those there are"
    if error.errno == errno.EAFNOSUPPORT:
        return begin + "IPv6 is switched off on this machine. Leave this door out"
    return begin + os.strerror(error.errno or 0)


def _taken(port: int) -> str:
    if port == 0:
        return "no port is free for both UDP and TCP. Name one"
    who = port_owner(port, "udp") or port_owner(port, "tcp")
    if f"(process {os.getpid()})" in who:
        return "this program holds the port already. Is the same door given twice, or one beside 0.0.0.0?"
    if not who:
        return (
            f"another program holds the port (`ss -lpn sport = :{port}` as root names it). "
            "Stop it, or take another port with --dns"
        )
    hint = ", or set DNSStubListener=no in /etc/systemd/resolved.conf" if who.startswith("systemd-resolve") else ""
    return f"{who} holds the port. Stop it{hint}, or take another port with --dns"


def _link(entry: Path) -> str:
    try:
        return os.readlink(entry)
    except OSError:  # closed since it was listed
        return ""


def _inodes(port: int, transport: str) -> Iterator[str]:
    for table in (transport, transport + "6"):
        try:
            lines = Path("/proc/net", table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            local_port = int(fields[1].rpartition(":")[2], 16)
            if local_port == port and (transport == "udp" or fields[3] == LISTENING):
                yield fields[9]
