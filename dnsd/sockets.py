"""The opening of sockets: UDP and TCP on an address and port, or a sentence that says why not and what to do.

It knows no packet. Who holds an address and port that are taken, port_owner.py finds out.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import socket
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from dnsd.port_owner import Owner, owner

# Octets, which Linux doubles: room for a second of 20,000 questions, which weigh 768 octets each there. So nothing is
# lost while a successor starts on a machine that is busy, or while the thread has no turn.
RECEIVE_BUFFER = 8 << 20
BACKLOG = 256
SO_RCVBUFFORCE = 33  # Linux; Python has no name for it
IP_MTU_DISCOVER, IP_PMTUDISC_PROBE = 10, 3  # Linux; Python 3.11 has no names for them
FREE_PORT_TRIES = 50
STUBS = ("127.0.0.53", "127.0.0.54")  # of systemd-resolved

log = logging.getLogger(__name__)


class BindError(OSError):
    """An address and port that could not be opened; the text says which, why, and what to do."""

    def __str__(self) -> str:
        return str(self.args[-1])


class NotBound(OSError):
    """A socket that could not be bound: the error's number, and the transport, "udp" or "tcp"."""

    def __init__(self, error: OSError, transport: str) -> None:
        super().__init__(error.errno, error.strerror)
        self.transport = transport


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


def bind_all(doors: Iterable[tuple[str, int]], threads: int = 1) -> list[BoundSockets]:
    """Bind every (host, port), as `bind` does, or none of them."""
    with contextlib.ExitStack() as opened:
        found = []
        for host, port in doors:
            found.append(bind(host, port, threads))
            opened.callback(found[-1].close)
        opened.pop_all()
    return found


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
        with _told("udp"):
            first.bind(address)  # alone on the port: SO_REUSEPORT would let a second server in beside us
        bound = first.getsockname()
        tcp = opened.enter_context(_socket(family, socket.SOCK_STREAM))
        # A restart must not wait for old connections to expire.
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with _told("tcp"):
            tcp.bind(bound)
            tcp.listen(BACKLOG)
        udp = [first]
        if threads > 1:
            first.close()
            udp = [opened.enter_context(_shared(family, bound)) for _ in range(threads)]
        made = BoundSockets(tuple(udp), tcp, bound[:2])
        make_fit(made)
        opened.pop_all()
    return made


def make_fit(door: BoundSockets) -> None:
    """Set what the loops expect of sockets, whoever has opened them."""
    door.tcp.setblocking(False)
    for udp in door.udp:
        udp.setblocking(True)
        _widen(udp, door.address)
        _keep_whole(udp)


@contextlib.contextmanager
def _told(transport: str) -> Iterator[None]:
    """Say of a refusal by which transport it was: another program may hold the other one of the port."""
    try:
        yield
    except OSError as error:
        raise NotBound(error, transport) from error


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
    if udp.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2 >= RECEIVE_BUFFER:
        return  # systemd's (ReceiveBuffer=), which may be larger
    try:  # whatever the kernel's bound, where we may (CAP_NET_ADMIN)
        udp.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
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
        return begin + _taken(host, port, getattr(error, "transport", "udp"))
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


def _taken(host: str, port: int, transport: str) -> str:
    if port == 0:
        return "no port is free for both UDP and TCP. Name one"
    found = owner(host, port, transport)
    where = f"{transport.upper()} port {port}" + (f" of {found.host}" if found else "")
    if found is None or not found.program:
        return (
            f"another program holds {where} (`ss -lpn sport = :{port}` as root names it). "
            "Stop it, or take another port with --dns"
        )
    if found.is_this_program:
        return f"this program holds {where} already. Is the same door given twice, or one beside 0.0.0.0?"
    return f"{found.program} (process {found.process}) holds {where}. {_way_out(found, host)}"


def _way_out(found: Owner, host: str) -> str:
    stop = "Stop it"
    if found.program.startswith("systemd-resolve") and found.host in STUBS:
        stop = "Stop it, or set DNSStubListener=no in /etc/systemd/resolved.conf"
    elif found.program.startswith("systemd-resolve"):
        stop = "Stop it, or take the address out of DNSStubListenerExtra= in /etc/systemd/resolved.conf"
    if host in ("0.0.0.0", "::") and found.host != host:
        return (
            f"{stop}; or leave it, and name with --dns the addresses on which Gatepost shall answer in place of all, "
            "as in 192.0.2.53:53"
        )
    return f"{stop}, or take another address or port with --dns"
