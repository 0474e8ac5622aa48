"""The portal's own web server: an asyncio loop for its clients, threads for the application, which yield to DNS.

It knows WSGI and sockets, and nothing of what the application does. cheroot reads requests and writes answers; what
clients may take of time, places and memory is here, since cheroot gives each client a thread for as long as it likes.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from portal.server.exchange import Settings
from portal.server.limits import Limits
from portal.server.loop import ConnectionLoop
from reputation.addresses.address import parse_network
from reputation.thread_priority import lower_priority

__all__ = ["Limits", "PortalServer"]

BACKLOG = 512  # connections that the kernel keeps for us

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class PortalServer:
    """One HTTP server. `port` 0 picks a free port; after `start()`, `port` is the one in use."""

    def __init__(
        self, app: WsgiApp, host: str, port: int, limits: Limits | None = None, proxies: Sequence[str] = ()
    ) -> None:
        """`proxies` are networks of reverse proxies, which bound their clients themselves."""
        self.host, self.port = host, port
        self._app, self._limits = app, limits or Limits()
        self._proxies = [parse_network(text) for text in proxies]
        self._loop: ConnectionLoop | None = None

    @property
    def url(self) -> str:
        """Return where a browser reaches the portal, such as `http://127.0.0.1:8080`."""
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def figures(self) -> dict[str, int]:
        """Return what there is of connections now, and what was counted since the start (places.FIGURES)."""
        return self._loop.figures() if self._loop else {}

    def start(self) -> None:
        """Return when the portal is listening; raise OSError with a sentence that says what to do where it cannot."""
        try:
            listener = _listening(self.host, self.port)
        except OSError as error:
            raise OSError(error.errno, _what_to_do(error, self.host, self.port)) from error
        self.port = listener.getsockname()[1]
        limits = self._limits
        settings = Settings(self._app, (self.host, self.port), limits.head_octets, limits.idle)
        self._loop = ConnectionLoop(listener, settings, limits, self._proxies, lower_priority)
        self._loop.start()

    def stop(self) -> None:
        """Stop listening, let the requests that are running finish, and return when every thread has ended.

        A request that takes longer than the limit `stop` is given up.
        """
        if self._loop:
            self._loop.stop()
            self._loop = None


def _listening(host: str, port: int) -> socket.socket:
    """The open socket: for `::` of both IP versions, as the setting says."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if host == "::":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def _what_to_do(error: OSError, host: str, port: int) -> str:
    """The sentence for a door that cannot open."""
    if error.errno == errno.EADDRINUSE:
        cause = "another program has this port"
        remedy = f"Stop it (`ss -ltnp 'sport = :{port}'` names it) or choose another address with --portal."
    elif error.errno == errno.EACCES:
        cause = "ports below 1024 need a permission"
        remedy = "Choose a higher one with --portal, or give the program CAP_NET_BIND_SERVICE (AmbientCapabilities)."
    elif error.errno == errno.EADDRNOTAVAIL:
        cause = "this machine has no such address"
        remedy = "Choose one of its own with --portal; `ip address` lists them."
    else:
        cause, remedy = error.strerror or str(error), "Choose another address with --portal."
    return f"The portal cannot listen on {host}:{port}: {cause}. {remedy}"
