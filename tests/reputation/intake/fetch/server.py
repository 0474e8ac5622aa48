"""A web server that does as a test says, on a free port of loopback."""

import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Act = Callable[[BaseHTTPRequestHandler], None]


class Site:
    """`url` of a running server; `acts` are what it does with each request in turn, the last one again and again."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.url = ""
        self.stopped = threading.Event()

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append((handler.path, {name.title(): value for name, value in handler.headers.items()}))
        self.acts[min(len(self.asked), len(self.acts)) - 1](handler)


@contextlib.contextmanager
def running(*acts: Act, tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    site = Site()
    site.acts = list(acts)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            with contextlib.suppress(ConnectionError):
                site.take(self)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that goes away in the middle is what many tests are about

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site.url = f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield site
    finally:
        site.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answer(body: bytes, status: int = 200, **headers: str) -> Act:
    """A whole answer; headers as `Last_Modified="..."`."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return act


def raw(*pieces: bytes, pause: float = 0.0) -> Act:
    """Bytes as they are, with a pause after each."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        for piece in pieces:
            handler.wfile.write(piece)
            handler.wfile.flush()
            if pause:
                threading.Event().wait(pause)

    return act


def only(body: bytes, status: int = 200, **headers: str) -> Act:
    """An answer with these headers and its length, and no Date of the server's own."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return act
