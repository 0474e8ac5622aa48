"""All TCP connections of all addresses in one thread: no read ever waits for another connection. It reads no message.

At a limit the connection that was quiet longest is closed, not the new one (RFC 7766 6.2.3): else a handful of idle
clients would keep all others out.
"""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from dnsd.access import client_address, client_network
from dnsd.loop_context import Answer
from dnsd.tcp_connection import TcpConnection
from dnsd.throttled_log import ThrottledLog

ACCEPTS_A_TURN = 32
ENDING_SECONDS = 0.5  # for a peer to take our goodbye
STOP_SECONDS = 0.12
AGAIN_SECONDS = 0.1  # before the next try, where the system had no room for one more connection

# What it counts, besides how many are open.
QUIET, LATE, REFUSED = "closed for quiet", "closed by deadline", "refused"

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


class Trouble(Protocol):
    """Who is told what the system says to accepting (reputation/descriptors.py)."""

    def met(self, error: OSError) -> None:
        """Tell that a connection could not be accepted."""

    def look(self) -> None:
        """Tell that it is over, where it is."""


class _OnlyLogged:
    """The trouble of a server that nobody wants to hear of: a line now and then."""

    def __init__(self) -> None:
        self._complaints = ThrottledLog(log)

    def met(self, error: OSError) -> None:
        self._complaints.warn("a DNS connection over TCP could not be accepted: %s", error)

    def look(self) -> None:
        pass


class TcpLoop:
    """`start()` returns at once; `stop()` ends the thread after it has answered what the kernel had received."""

    def __init__(
        self, listeners: Iterable[socket.socket], answer: Answer, limits: TcpLimits, trouble: Trouble | None = None
    ) -> None:
        """`listeners` listen and do not block; the loop does not close them."""
        self._listeners, self._answer, self._limits = list(listeners), answer, limits
        self._tick = min(0.5, limits.begun / 4, limits.idle / 4)
        self._conversations: dict[TcpConnection, str] = {}  # -> whose it is; the one that is quiet longest first
        self._of_client: Counter[str] = Counter()
        self._in_turn: set[TcpConnection] = set()
        self._selector = selectors.DefaultSelector()
        self._complaints = ThrottledLog(log)
        self._trouble = trouble or _OnlyLogged()
        self._accepts_again: float | None = None  # when; None while it does
        self._counted: Counter[str] = Counter()
        self._wake, self._woken = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dns-tcp", daemon=True)

    def figures(self) -> dict[str, int]:
        """Return what there is of connections now, and what was counted since the start (reputation/places.py)."""
        known = {"open": len(self._conversations), "bound": self._limits.in_all}
        return {**known, **{name: self._counted[name] for name in (QUIET, LATE, REFUSED)}}

    def start(self) -> None:
        """Begin to answer."""
        self._listen()
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

    def _listen(self) -> None:
        self._accepts_again = None
        for listener in self._listeners:
            self._selector.register(listener, selectors.EVENT_READ)

    def _wait_for_room(self, error: OSError) -> None:
        """A listener stays ready where there is no descriptor: who did not stop to look would do nothing else."""
        self._counted[REFUSED] += 1
        self._trouble.met(error)
        self._close_quietest()
        if self._accepts_again is None and not self._stopping:
            self._accepts_again = time.monotonic() + AGAIN_SECONDS
            for listener in self._listeners:
                self._selector.unregister(listener)

    def _next_look(self) -> float:
        """Seconds for which nothing is to be done but what comes."""
        if self._in_turn:
            return 0
        return self._tick if self._accepts_again is None else min(self._tick, AGAIN_SECONDS)

    def _turn(self) -> None:
        if self._accepts_again is not None and time.monotonic() >= self._accepts_again:
            self._listen()
        for key, events in self._selector.select(self._next_look()):
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
            except OSError as error:
                if error.errno == errno.ECONNABORTED:  # a client that is gone again
                    continue
                self._wait_for_room(error)
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
                self._counted[QUIET] += 1
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
        self._trouble.look()
        for conversation in list(self._conversations):
            begun, ending = conversation.begun_at, conversation.ending_since
            if (
                now - conversation.quiet_since > self._limits.idle
                or (begun is not None and now - begun > self._limits.begun)
                or (ending is not None and now - ending > ENDING_SECONDS)
            ):
                self._counted[LATE] += ending is None and (begun is not None or conversation.wants_to_write)
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
