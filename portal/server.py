"""The portal's own web server: cheroot on a thread, with workers that yield to DNS.

It knows WSGI and sockets, and nothing of what the application does.
"""

from __future__ import annotations

import errno
import logging
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from cheroot import makefile, wsgi
from cheroot.server import HTTPConnection

from reputation.thread_priority import lower_priority

log = logging.getLogger("gatepost.portal")

WORKERS = 32
# Seconds a client may keep a worker waiting for its next bytes. Short: thirty-two silent clients would fill the pool.
PATIENCE = 5
# Larger than the application's own limit, so that its page explains a refused upload and not a bare line of the server.
LARGEST_BODY = 64 * 1024 * 1024
LARGEST_HEADERS = 64 * 1024

WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class PortalServer:
    """One HTTP server. `port` 0 picks a free port; after `start()`, `port` is the one in use."""

    def __init__(self, app: WsgiApp, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._server = _Server(
            (host, port),
            _yielding(app),
            numthreads=WORKERS,
            max=WORKERS,
            server_name="Gatepost",
            request_queue_size=128,
            timeout=PATIENCE,
            shutdown_timeout=5,
        )
        self._server.max_request_body_size = LARGEST_BODY
        self._server.max_request_header_size = LARGEST_HEADERS
        self._server.keep_alive_conn_limit = 256
        self._thread = threading.Thread(target=self._serve, name="portal", daemon=True)

    @property
    def url(self) -> str:
        """Return where a browser reaches the portal, such as `http://127.0.0.1:8080`."""
        host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> None:
        """Return when the portal is listening; raise OSError with a sentence that says what to do where it cannot."""
        try:
            _try_to_bind(self.host, self.port)
            self._server.prepare()
        except OSError as error:
            raise OSError(error.errno, _what_to_do(error, self.host, self.port)) from error
        self.port = self._server.bind_addr[1]
        self._thread.start()

    def _serve(self) -> None:
        lower_priority()
        self._server.serve()

    def stop(self) -> None:
        """Stop listening, let the requests that are running finish, and return when every thread has ended."""
        self._server.stop()
        if self._thread.ident is not None:
            self._thread.join()
            self._server.wait_for_refuser()


class _Writer(makefile.StreamWriter):
    """What a client is sent. When it has left, the rest ends without a word: Python 3.13 prints a traceback for it."""

    def __del__(self) -> None:
        with suppress(OSError):
            self.close()


class _Connection(HTTPConnection):
    def __init__(self, server: wsgi.Server, sock: socket.socket, makefile: Callable[..., Any]) -> None:
        super().__init__(server, sock, makefile)
        self.wfile = _Writer(sock, "wb", self.wbufsize)


class _Server(wsgi.Server):
    """cheroot, with its messages in the program's log instead of bare on stderr.

    Of the thread that refuses clients while the pool is full, cheroot keeps no name and waits for no end.
    """

    ConnectionClass = _Connection
    _refuser: threading.Thread

    def prepare(self) -> None:
        self._refusing = threading.Event()
        super().prepare()

    def _serve_unservicable(self) -> None:
        self._refuser = threading.current_thread()
        self._refusing.set()
        super()._serve_unservicable()  # type: ignore[misc]  # cheroot's stubs leave it out

    def wait_for_refuser(self) -> None:
        """Return when the thread that refuses clients has ended; it was told to, and serving has begun it."""
        if self._refusing.wait(PATIENCE):
            self._refuser.join(PATIENCE)

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        log.log(level, "%s", msg, exc_info=traceback)


def _yielding(app: WsgiApp) -> WsgiApp:
    """The application, on threads that give way."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        lower_priority()
        return app(environ, start_response)

    return answer


def _try_to_bind(host: str, port: int) -> None:
    """Fail as the server would, but with the system's own error number: cheroot wraps it in a text of its own."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


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
