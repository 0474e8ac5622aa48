"""An end to a conversation over sockets that no slow server can put off.

A timeout counts from byte to byte: a server that sends one every few seconds keeps it from ever passing. A deadline
counts from the beginning: when it has passed, every socket of the conversation is shut down, and who waits, wakes.
"""

import contextlib
import os
import socket
import threading
import time
from types import TracebackType

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection


class Passed(Exception):
    """The deadline has passed."""


class Deadline:
    """`with Deadline(60) as deadline`: within it, connections of pools that it watches end after so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._turn = threading.Lock()
        self._sockets: list[socket.socket] = []
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
        """Seconds that remain, 0 at least."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        if not self.left():
            raise Passed

    def watch(self, pools: PoolManager) -> None:
        """Hold every connection that these pools will open to the deadline."""
        hold = self._hold

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return hold(super()._new_conn())

        class Secure(HTTPSConnection):
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
