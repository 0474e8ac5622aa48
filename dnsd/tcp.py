"""All TCP connections of all addresses in one thread: no read ever waits for another connection. It reads no message.

At a limit the connection that was quiet longest is closed, not the new one (RFC 7766 6.2.3): else a handful of idle
clients would keep all others out.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dnsd.access import client_address, client_network
from dnsd.loop_context import Answer
from dnsd.tcp_connection import TcpConnection
from dnsd.throttled_log import ThrottledLog

ACCEPTS_A_TURN = 32
ENDING_SECONDS = 0.5  # for a peer to take our goodbye
STOP_SECONDS = 0.12

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TcpLimits:
    """The limits of connections.

    `idle` and `begun` (for a message that is not whole yet) are in seconds, `unsent` in octets; `of_client` and
    `in_all` count connections.
    """

    idle: float = 10.0
    begun: float = 5.0
    of_client: int = 100
    in_all: int = 500
    unsent: int = 65536


class TcpLoop:
    """`start()` returns at once; `stop()` ends the thread after it has answered what the kernel had received."""

    def __init__(self, listeners: Iterable[socket.socket], answer: Answer, limits: TcpLimits) -> None:
        """`listeners` listen and do not block; the loop does not close them."""
        self._listeners, self._answer, self._limits = list(listeners), answer, limits
        self._tick = min(0.5, limits.begun / 4, limits.idle / 4)
        self._conversations: dict[TcpConnection, str] = {}  # -> whose it is; the one that is quiet longest first
        self._of_client: Counter[str] = Counter()
        self._in_turn: set[TcpConnection] = set()
        self._selector = selectors.DefaultSelector()
        self._complaints = ThrottledLog(log)
        self._wake, self._woken = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dns-tcp", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        for listener in self._listeners:
            self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; join() waits for it."""
        self._stopping = True
        self._wake.close()

    def join(self) -> None:
        """Return when the last answer is sent, or given up."""
        self._thread.join()
        self._selector.close()
        self._woken.close()

    def _run(self) -> None:
        next_sweep = time.monotonic() + self._tick
        while not self._stopping:
            try:
                self._turn()
                if time.monotonic() >= next_sweep:
                    next_sweep = time.monotonic() + self._tick
                    self._sweep()
            except Exception:  # one connection's trouble must not end the door
                self._complaints.warn("DNS over TCP met an error, please report this", trace=True)
        self._finish()

    def _turn(self) -> None:
        for key, events in self._selector.select(0 if self._in_turn else self._tick):
            if isinstance(key.data, TcpConnection):
                self._serve(key.data, events & selectors.EVENT_READ)
            elif key.fileobj is not self._woken:
                self._accept(key.fileobj)
        for conversation in list(self._in_turn):
            self._serve(conversation, 0)

    def _serve(self, conversation: TcpConnection, readable: int) -> None:
        if conversation not in self._conversations:  # closed for another one since the selector named it
            return
        now = time.monotonic()
        quiet_since = conversation.quiet_since
        try:
            if readable:
                conversation.read()
            conversation.answer_some(self._answer, now)
            conversation.write(now)
        except OSError:  # reset by the peer
            self._close(conversation)
            return
        if conversation.over:
            self._close(conversation)
            return
        if conversation.quiet_since != quiet_since:
            self._conversations[conversation] = self._conversations.pop(conversation)
        self._watch(conversation)

    def _watch(self, conversation: TcpConnection) -> None:
        (self._in_turn.add if conversation.wants_a_turn else self._in_turn.discard)(conversation)
        events = selectors.EVENT_READ if conversation.wants_to_read else 0
        events |= selectors.EVENT_WRITE if conversation.wants_to_write else 0
        watched = self._selector.get_map().get(conversation.sock)
        if watched is None and events:
            self._selector.register(conversation.sock, events, conversation)
        elif watched is not None and not events:
            self._selector.unregister(conversation.sock)
        elif watched is not None and events != watched.events:
            self._selector.modify(conversation.sock, events, conversation)

    def _accept(self, listener: Any) -> None:
        for _ in range(ACCEPTS_A_TURN):
            try:
                sock, client = listener.accept()
            except BlockingIOError:
                return
            except OSError as error:  # out of file descriptors, or a client that left
                self._complaints.warn("a DNS connection over TCP could not be accepted: %s", error)
                self._close_quietest()
                time.sleep(0.001)
                return
            self._welcome(sock, client)

    def _welcome(self, sock: socket.socket, client: tuple[Any, ...]) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whose = _whose(client[0])
        if self._of_client[whose] >= self._limits.of_client:
            self._close_quietest(whose)
        elif len(self._conversations) >= self._limits.in_all:
            self._close_quietest()
        conversation = TcpConnection(sock, client, time.monotonic(), self._limits.unsent)
        self._conversations[conversation] = whose
        self._of_client[whose] += 1
        self._watch(conversation)

    def _close_quietest(self, whose: str | None = None) -> None:
        for conversation, owner in self._conversations.items():
            if whose is None or owner == whose:
                self._close(conversation)
                return

    def _close(self, conversation: TcpConnection) -> None:
        whose = self._conversations.pop(conversation)
        self._of_client[whose] -= 1
        if not self._of_client[whose]:
            del self._of_client[whose]
        self._in_turn.discard(conversation)
        if conversation.sock in self._selector.get_map():
            self._selector.unregister(conversation.sock)
        conversation.close()

    def _sweep(self) -> None:
        now = time.monotonic()
        for conversation in list(self._conversations):
            begun, ending = conversation.begun_at, conversation.ending_since
            if (
                now - conversation.quiet_since > self._limits.idle
                or (begun is not None and now - begun > self._limits.begun)
                or (ending is not None and now - ending > ENDING_SECONDS)
            ):
                self._close(conversation)

    def _finish(self) -> None:
        """Takes what clients had sent before the stop, answers it, and closes: those who wait too long lose."""
        deadline = time.monotonic() + STOP_SECONDS
        for listener in self._listeners:
            self._accept(listener)
        waiting = list(self._conversations)
        while waiting and time.monotonic() < deadline:
            waiting = [conversation for conversation in waiting if self._finish_one(conversation)]
            if not any(conversation.wants_a_turn for conversation in waiting):
                time.sleep(0.001)
        for conversation in list(self._conversations):
            self._close(conversation)

    def _finish_one(self, conversation: TcpConnection) -> bool:
        """Whether there may be more to do."""
        try:
            more = conversation.wants_to_read and conversation.read()
            conversation.answer_some(self._answer, time.monotonic())
            conversation.write(time.monotonic())
        except OSError:
            return False
        return more or conversation.wants_a_turn or conversation.wants_to_write


def _whose(host: str) -> str:
    """Whom a connection counts for: an IPv4 address; over IPv6 a network, for a client has many addresses there."""
    address = client_address(host)
    return str(address) if address.version == 4 else client_network(address)
