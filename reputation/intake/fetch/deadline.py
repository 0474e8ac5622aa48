"""An end to a network exchange that no slow server can put off.

A timeout counts from octet to octet: a server that sends one every few seconds never reaches it. A deadline counts from
the beginning: when it has passed, every socket of the exchange is shut down, and whoever waits is woken.
"""

import contextlib
import http.client
import os
import socket
import threading
import time
from types import TracebackType
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Passed(Exception):
    """The deadline has passed."""


class Deadline:
    """A limit in seconds for a network exchange.

    Within `with Deadline(60) as deadline`, connections of the pools that it watches are shut down when it has passed.
    `has_surplus` says whether more came than the last answer had named.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._turn = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.has_surplus = False
        self._timer = threading.Timer(seconds, self._shut_down)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        for held in self._sockets:
            held.close()

    def left(self) -> float:
        """Return the seconds that remain, at least 0."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise Passed where the deadline has passed."""
        if not self.left():
            raise Passed

    def watch(self, pools: PoolManager) -> None:
        """Apply the deadline to every connection that these pools will open."""
        hold, deadline = self._hold, self

        class Answer(http.client.HTTPResponse):
            def _close_conn(self) -> None:
                if self.fp is not None and not self.chunked and self.length == 0:
                    deadline.has_surplus = _has_more(self.fp)
                super()._close_conn()  # type: ignore[misc]

        class Plain(HTTPConnection):
            response_class = Answer

            def _new_conn(self) -> socket.socket:
                return hold(super()._new_conn())

        class Secure(HTTPSConnection):
            response_class = Answer

            def _new_conn(self) -> socket.socket:
                return hold(super()._new_conn())

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = Secure

        pools.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}

    def _hold(self, connection: socket.socket) -> socket.socket:
        with self._turn:
            # a second descriptor of the same connection: TLS takes the first one over and leaves its object empty
            self._sockets.append(socket.socket(fileno=os.dup(connection.fileno())))
        if not self.left():
            connection.close()
            raise Passed
        return connection

    def _shut_down(self) -> None:
        with self._turn:
            for held in self._sockets:
                with contextlib.suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)


def _has_more(stream: Any) -> bool:
    """Whether anything stands behind what was read of a connection; it waits for nothing."""
    try:
        connection = stream.raw._sock
        before = connection.gettimeout()
        connection.settimeout(0)
        try:
            return bool(stream.peek(1))
        finally:
            connection.settimeout(before)
    except (OSError, ValueError, AttributeError):  # nothing there yet, or closed
        return False
