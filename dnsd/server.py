"""The DNS server as a whole: sockets on every address that it was given, and the threads that answer on them.

It owns start and stop; the bytes are the resolver's. UDP has a thread for each address, TCP one for all.
"""

from __future__ import annotations

import functools
import logging
import socket
from collections.abc import Sequence

from dnsd.resolver import Resolver
from dnsd.sockets import BoundSockets, bind
from dnsd.tcp import TcpLimits, TcpLoop, Trouble
from dnsd.udp import UdpLoop, udp_loop
from reputation import compiled

log = logging.getLogger(__name__)


class DnsServer:
    """The DNS server. `start()` returns when all sockets are open, or raises BindError and leaves none open.

    `stop()` joins the threads.
    """

    def __init__(
        self,
        resolver: Resolver,
        doors: Sequence[tuple[str, int]],
        tcp_limits: TcpLimits | None = None,
        threads: int = 1,
        bound: Sequence[BoundSockets] = (),
        trouble: Trouble | None = None,
    ) -> None:
        """`doors` are addresses and ports; port 0 takes a free one, the same for UDP and TCP. `bound` are open already.

        `threads` is how many loops answer over UDP at each door; interpreted it is one, since only one can run.
        `trouble` hears where no connection can be accepted.
        """
        self._threads = threads if compiled.is_compiled() else 1
        self._resolver, self._wanted = resolver, list(doors)
        self._tcp_limits = tcp_limits or TcpLimits()
        self._trouble = trouble
        self._tcp: TcpLoop | None = None
        self._doors = list(bound)
        self._udp: list[UdpLoop] = []
        self._loops: list[UdpLoop | TcpLoop] = []

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Return the (host, port) of each open socket, in the order in which they were given."""
        return [door.address for door in self._doors]

    @property
    def sockets(self) -> list[socket.socket]:
        """Return the open sockets, of UDP and TCP, for whoever hands them on."""
        return [sock for door in self._doors for sock in (*door.udp, door.tcp)]

    def figures(self) -> list[dict[str, int]]:
        """Return what each UDP loop has counted since the start: packets received, and what was lost of them."""
        return [loop.figures() for loop in self._udp]

    def tcp_figures(self) -> dict[str, int]:
        """Return what there is of TCP connections now, and what was counted of them since the start."""
        return self._tcp.figures() if self._tcp else {}

    def start(self) -> None:
        """Open the sockets that are not open yet, and begin to answer."""
        try:
            for host, port in self._wanted:
                self._doors.append(bind(host, port, self._threads))
        except OSError:
            self._close_doors()
            raise
        answer_tcp = functools.partial(self._resolver.answer, tcp=True)
        context = self._resolver.context()
        self._udp = [udp_loop(sock, context) for door in self._doors for sock in door.udp]
        self._loops = [*self._udp]
        self._tcp = TcpLoop([door.tcp for door in self._doors], answer_tcp, self._tcp_limits, self._trouble)
        self._loops.append(self._tcp)
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        """Answer what was received, end the threads and close the sockets; this takes at most a fifth of a second."""
        for loop in self._loops:
            loop.stop()
        for loop in self._loops:
            loop.join()
        self._loops = []
        self._close_doors()

    def _close_doors(self) -> None:
        for door in self._doors:
            door.close()
        self._doors = []
