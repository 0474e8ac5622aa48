"""What a client is sent: written by the thread that makes the answer, sent by the loop's thread.

A thread that writes waits where a client does not read, and only there; whoever needs its place may end that.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from portal.server.pace import Pace

PIECE, LONGEST_HELD = 64 * 1024, 0.2  # octets, and seconds, for which a piece of an answer waits for the next one
IN_KERNEL = 32 * 1024  # octets that the kernel keeps and has not sent yet


class ClientGoneError(Exception):
    """The client takes no more of its answer."""


class Waiting(Protocol):
    """Those who wait for clients to read. Any thread calls it."""

    def begin(self, outgoing: Outgoing) -> None:
        """Tell that a thread waits from now on."""

    def end(self, outgoing: Outgoing) -> None:
        """Tell that it does not wait any more."""


class Outgoing:
    """The way out of one connection. `write`, `unsent` and `rate` are for any thread, all else for the loop's alone."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        transport: asyncio.Transport,
        most: int,
        waiting: Waiting,
        hang_up: Callable[[], None],
    ) -> None:
        """`most` is how many octets may wait for the client before a thread does; `hang_up` closes the connection."""
        self._loop, self._transport, self._most, self._waiting = loop, transport, most, waiting
        self.hang_up = hang_up
        self._queued: list[bytes] = []
        self._size = 0  # of what is queued
        self._queued_since, self._is_due = 0.0, False  # to be flushed, as the loop knows
        self._buffered = 0  # in the transport, when it was last looked at
        self._passed_on = 0
        self._is_gone = False
        self._condition = threading.Condition()
        self._since: float | None = None  # when the client had not taken all, and has not since
        self._sent_then = 0
        self._pace: Pace | None = None
        _keep_little_in_kernel(transport)

    @property
    def unsent(self) -> int:
        """Return how many octets wait for the client."""
        return self._size + self._buffered

    @property
    def is_stalled(self) -> bool:
        """Tell whether the client has not taken all yet."""
        return self._since is not None

    def rate(self, now: float) -> float:
        """Return how many octets a second the client takes; infinity where nothing waits for it."""
        since = self._since
        if since is None:
            return float("inf")
        return (self._passed_on - self._buffered - self._sent_then) / (now - since + 1)

    def write(self, data: bytes) -> None:
        """Send this; wait while too much waits for the client. Raise ClientGoneError if it is gone.

        A small piece waits for the next ones, or for `flush`: each way to the loop's thread costs a page some time.
        """
        with self._condition:
            if self.unsent > self._most:
                self._wait()
            if self._is_gone:
                raise ClientGoneError
            if not self._queued:
                self._queued_since = self._loop.time()
            self._queued.append(bytes(data))
            self._size += len(data)
            is_piece = self._size >= PIECE or self._loop.time() - self._queued_since >= LONGEST_HELD
            is_due, self._is_due = is_piece and not self._is_due, self._is_due or is_piece
        if is_due:
            with suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self.flush)

    def flush(self) -> None:
        """Pass on what is queued."""
        with self._condition:
            queued, self._queued, self._size, self._is_due = self._queued, [], 0, False
        if queued and not self._is_gone:
            data = b"".join(queued)
            self._passed_on += len(data)
            self._buffered += len(data)
            self._transport.write(data)
            self.look()

    def look(self) -> None:
        """See how much of it the client has taken."""
        self._buffered = 0 if self._is_gone else self._transport.get_write_buffer_size()

    def stalls(self) -> None:
        """Tell that the client has not taken all, from now on."""
        self.look()
        self._since, self._sent_then = self._loop.time(), self._passed_on - self._buffered
        self._pace = Pace(self._since, self._sent_then)

    def flows(self) -> None:
        """Tell that the client has taken all."""
        self._since = self._pace = None
        with self._condition:
            self._buffered = 0
            self._condition.notify_all()

    def close(self) -> None:
        """Tell that the client is gone."""
        with self._condition:
            self._is_gone, self._since, self._pace = True, None, None
            self._queued, self._size, self._buffered = [], 0, 0
            self._condition.notify_all()

    def is_too_slow(self, now: float, window: float, least_rate: float) -> bool:
        """Tell whether the client took less than the least rate, in octets a second, in a window of so many seconds."""
        if self._pace is None:
            return False
        self.look()
        return self._pace.is_too_slow(now, self._passed_on - self._buffered, window, least_rate, IN_KERNEL)

    def _wait(self) -> None:
        """With the condition held."""
        self._waiting.begin(self)
        while not self._is_gone and self.unsent > self._most:
            self._condition.wait()
        self._waiting.end(self)


def _keep_little_in_kernel(transport: asyncio.Transport) -> None:
    """Else the kernel keeps megabytes for a client, and says nothing for minutes of how slowly they are taken."""
    with suppress(OSError, AttributeError):  # where a system has no such option
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, IN_KERNEL)
