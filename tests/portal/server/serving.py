"""A server with an application of a test's own, and clients that behave as they should, or as nobody should."""

from __future__ import annotations

import contextlib
import http.client
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from portal.server import Limits, PortalServer

Answer = Callable[[dict[str, Any]], bytes]
HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@contextlib.contextmanager
def serving(
    answer: Answer, host: str = "127.0.0.1", limits: Limits | None = None, proxies: tuple[str, ...] = ()
) -> Iterator[PortalServer]:
    """Serve one answer, with its length."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = answer(environ)
        start_response("200 OK", [("Content-Length", str(len(body)))])
        return [body]

    with serving_app(app, host, limits, proxies) as server:
        yield server


@contextlib.contextmanager
def serving_app(
    app: Callable[..., Iterable[bytes]],
    host: str = "127.0.0.1",
    limits: Limits | None = None,
    proxies: tuple[str, ...] = (),
) -> Iterator[PortalServer]:
    """Serve a WSGI application."""
    server = PortalServer(app, host, 0, limits, proxies)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def ask(server: PortalServer, path: str = "/", body: bytes | None = None) -> tuple[http.client.HTTPResponse, bytes]:
    with contextlib.closing(http.client.HTTPConnection(server.host, server.port, timeout=10)) as connection:
        connection.request("GET" if body is None else "POST", path, body)
        response = connection.getresponse()
        return response, response.read()


def usual_seconds(server: PortalServer) -> float:
    """How long an honest client waits for a page, of five times the third longest: a busy machine delays some."""
    found = []
    for _ in range(5):
        began = time.monotonic()
        response, _ = ask(server)
        assert response.status == 200
        found.append(time.monotonic() - began)
    return sorted(found)[2]


def connected(server: PortalServer, source: str = "127.0.0.1") -> socket.socket:
    """A connection from one of the many addresses of this machine."""
    return socket.create_connection((server.host, server.port), timeout=10, source_address=(source, 0))


def received(connection: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)
