"""One TCP connection: bytes come in, whole messages are answered, bytes go out (RFC 1035 4.2.2, RFC 7766).

It knows no selector and no other connection, and never blocks. Messages may come many at once or cut anywhere.
"""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from dnsd import protocol
from dnsd.loop_context import Answer
from dnsd.packets import question_is_unreadable

CHUNK = 16384
MESSAGES_A_TURN = 16  # then it is the next connection's turn


class TcpConnection:
    """The state of one connection. Times are seconds of a monotonic clock."""

    def __init__(self, sock: socket.socket, client: tuple[Any, ...], now: float, unsent_bound: int) -> None:
        self.sock, self.client = sock, client
        self.quiet_since = now  # the last whole message, or the last time that all was sent
        self.begun_at: float | None = None  # when the message began that is not whole yet
        self.ending_since: float | None = None  # we have sent all that we ever will
        self._unsent_bound = unsent_bound
        self._received, self._unsent = bytearray(), bytearray()
        self._peer_finished = False
        self._hanging_up = False

    @property
    def wants_to_read(self) -> bool:
        """Tell whether to read more: not from a peer that never reads itself, nor while messages wait."""
        if self.ending_since is not None:
            return True
        open_ = not (self._peer_finished or self._hanging_up)
        return open_ and len(self._unsent) <= self._unsent_bound and not self._has_message()

    @property
    def wants_to_write(self) -> bool:
        """Tell whether answers wait for the peer."""
        return bool(self._unsent)

    @property
    def wants_a_turn(self) -> bool:
        """Tell whether whole messages wait that can be answered now."""
        return not self._hanging_up and len(self._unsent) <= self._unsent_bound and self._has_message()

    @property
    def over(self) -> bool:
        """Tell whether to close: nothing is left to send, and the peer has finished."""
        done = self._hanging_up or not self._has_message()
        return self._peer_finished and done and not self._unsent

    def read(self) -> bool:
        """Take what has arrived, and tell whether there was anything. Raise OSError if the connection is broken."""
        try:
            data = self.sock.recv(CHUNK)
        except (BlockingIOError, InterruptedError):
            return False
        if not data:
            self._peer_finished = True
        elif not self._hanging_up:
            self._received += data
        return bool(data)

    def answer_some(self, answer: Answer, now: float) -> None:
        """Answer a turn's worth of whole messages into the outgoing bytes."""
        for _ in range(MESSAGES_A_TURN):
            if not self.wants_a_turn:
                break
            self.begun_at, self.quiet_since = None, now
            self._answer_one(answer)
        if self._hanging_up or not self._received or self._has_message():
            self.begun_at = None
        elif self.begun_at is None:
            self.begun_at = now

    def write(self, now: float) -> None:
        """Send what the peer takes; after the last answer of a connection that lost its framing, say goodbye."""
        if self._unsent:
            with contextlib.suppress(BlockingIOError, InterruptedError):
                del self._unsent[: self.sock.send(self._unsent)]
            if not self._unsent:
                self.quiet_since = now
        if self._hanging_up and not self._unsent and self.ending_since is None:
            # Closing at once, with bytes unread, would reset the connection and destroy answers under way.
            self.ending_since = now
            self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """End the connection, whatever waits."""
        self.sock.close()

    def _answer_one(self, answer: Answer) -> None:
        size = int.from_bytes(self._received[:2], "big")
        message = bytes(self._received[2 : 2 + size])
        del self._received[: 2 + size]
        if size < protocol.HEADER_SIZE:
            self._hanging_up = True
            return
        reply = answer(message, self.client)
        if reply is not None:  # silence answers a message with QR set; the next one may be a question
            self._unsent += len(reply).to_bytes(2, "big") + reply
            self._hanging_up = reply[3] & 15 == protocol.FORMERR and question_is_unreadable(message)

    def _has_message(self) -> bool:
        return len(self._received) >= 2 and len(self._received) >= 2 + int.from_bytes(self._received[:2], "big")
