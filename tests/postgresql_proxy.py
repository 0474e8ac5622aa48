"""A way to PostgreSQL that breaks at the worst moment: when a transaction is to end, before or after it has.

A client that sends COMMIT and loses its connection does not know what became of it. Both may be.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import urllib.parse

COMMIT = b"COMMIT"


class Proxy:
    """Passes connections on to the server of a URL; `url` leads through it.

    `cut` is "before" or "after": the next COMMIT does not reach the server, or its answer does not come back, and that
    connection ends; `cuts` counts. With `is_away` nobody gets through. While `flows` is not set nothing does, and
    nobody is told.
    """

    def __init__(self, server_url: str) -> None:
        parts = urllib.parse.urlsplit(server_url)
        assert parts.hostname and parts.port
        self._server = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        host, port = self._listener.getsockname()
        self.url = parts._replace(netloc=f"{parts.username}@{host}:{port}").geturl()
        self.cut, self.cuts, self.is_away = "", 0, False
        self.flows = threading.Event()
        self.flows.set()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, *_: object) -> None:
        self.flows.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.hang_up()

    def hang_up(self) -> None:
        """End all connections."""
        open_ones, self._open = self._open, []
        for one in open_ones:
            _end(one)

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.is_away:
                    client.close()
                    continue
                server = socket.create_connection(self._server)
                self._open += [client, server]
                way = _Way(self, client, server)
                for part in (way.there, way.back):
                    threading.Thread(target=part, daemon=True).start()

    def cuts_now(self, how: str) -> bool:
        """Whether this COMMIT is the one to cut."""
        if self.cut != how:
            return False
        self.cut, self.cuts = "", self.cuts + 1
        return True


class _Way:
    """One connection, in both directions."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._is_last = False  # the answer that comes now does not come back

    def there(self) -> None:
        with contextlib.suppress(OSError):
            while content := self._client.recv(1 << 16):
                self._proxy.flows.wait()
                if COMMIT in content and self._proxy.cuts_now("before"):
                    break
                self._is_last = COMMIT in content and self._proxy.cuts_now("after")
                self._server.sendall(content)
        if not self._is_last:
            self._end()

    def back(self) -> None:
        with contextlib.suppress(OSError):
            while (content := self._server.recv(1 << 16)) and not self._is_last:
                self._client.sendall(content)
        self._end()

    def _end(self) -> None:
        _end(self._client)
        _end(self._server)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
