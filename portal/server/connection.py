"""One connection of the portal: octets come in, whole requests go to a thread, answers go out (RFC 9112).

All of it but the application runs on the loop's thread, and never waits. Requests may come many at once or cut
anywhere; one is answered before the next is read.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Any, Protocol

from portal.server.bodies import BadBodyError, Body
from portal.server.exchange import Exchange, Settings, refusal
from portal.server.limits import Limits
from portal.server.outgoing import ClientGoneError, Outgoing, Waiting
from portal.server.pace import Pace

HEAD_END = re.compile(rb"\r?\n\r?\n")  # cheroot refuses all but CRLF, at once where it sees the end
LONGEST_END = 4
READ_AHEAD = 64 * 1024  # octets of later requests, while one is answered
UPLOADING = 16 * 1024  # octets of a body, from which on a connection is at work
NEW = 1.0  # seconds in which nobody can say how slow a client is

TOO_LONG = ("408 Request Timeout", "The request did not arrive in time.")


class Step(Enum):
    """How far a connection is."""

    HEAD = "reads a request's head, or waits for one"
    BODY = "reads its body"
    WORK = "waits for the application"
    SENDING = "sends what is left of the answer"
    GOODBYE = "waits for the client to take the last answer"


class Desk(Protocol):
    """What a connection asks of the server. All but `waiting` is of the loop's thread."""

    loop: asyncio.AbstractEventLoop
    limits: Limits
    settings: Settings
    waiting: Waiting

    def work(self, respond: Callable[[], None]) -> None:
        """Answer a request on the next thread that is free."""

    def rests(self, connection: Connection) -> None:
        """Tell that a connection is quiet from now on."""

    def is_busy(self, connection: Connection) -> None:
        """Tell that it must not be closed for a newcomer."""

    def holds(self, connection: Connection) -> None:
        """Tell that a connection may hold more than before."""

    def is_slowest(self, connection: Connection) -> None:
        """Close a connection for others that need what it holds."""

    def left(self, connection: Connection) -> None:
        """Tell that it is closed."""


class Connection(asyncio.Protocol):
    """The state of one connection. Times are those of the loop."""

    _transport: asyncio.Transport
    outgoing: Outgoing
    _pace: Pace  # of the body

    def __init__(self, desk: Desk, peer: tuple[Any, ...]) -> None:
        self._desk, self._peer = desk, peer
        self.step, self.since = Step.HEAD, desk.loop.time()
        self.accounted = 0  # octets that the desk knows of
        self._received = bytearray()
        self._searched = 0  # octets in which no end of a head was found
        self._is_kept = False  # for another request
        self._is_last = False
        self._peer_finished = False
        self.has_begun = False
        self._is_aborted = False  # also where it has ended by itself
        self._exchange: Exchange | None = None
        self._body: Body | None = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.has_begun = transport, True
        transport.set_write_buffer_limits(0)  # so that we are told when a client has taken all, and when not
        self.outgoing = Outgoing(
            self._desk.loop, transport, self._desk.limits.unsent, self._desk.waiting, self._hang_up
        )
        if self._is_aborted:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what has arrived."""
        if self.step is Step.GOODBYE:
            return
        if self.step is Step.HEAD and not self._received:
            self.since = self._desk.loop.time()
        self._received += data
        self._go_on()

    def eof_received(self) -> bool:
        """Go on where a request is whole; the client sends no more of them."""
        self._peer_finished = True
        return self.step in (Step.WORK, Step.SENDING)

    def pause_writing(self) -> None:
        """Begin to wait for the client."""
        self.outgoing.stalls()

    def resume_writing(self) -> None:
        """Go on; the client has taken all."""
        self.outgoing.flows()
        if self.step is Step.SENDING:
            self._next()

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        self._is_aborted = True
        self.outgoing.close()
        self._received.clear()
        self._exchange = self._body = None  # where its work has not begun, it never does
        self._desk.left(self)

    # What the server asks.

    @property
    def is_gathering(self) -> bool:
        """Tell whether a request is not whole yet."""
        return self.step in (Step.HEAD, Step.BODY)

    def held(self) -> int:
        """Return how many octets of memory its requests and answers take."""
        if not self.has_begun:
            return 0
        return len(self._received) + (len(self._body.content) if self._body else 0) + self.outgoing.unsent

    def look(self) -> None:
        """See how much of what was sent the client has taken."""
        if self.has_begun:
            self.outgoing.look()

    def rate(self, now: float) -> float:
        """Return how many octets a second its client gives or takes; infinity where nobody can say yet."""
        if self.is_gathering:
            waited = now - self.since
            return self.held() / waited if waited >= NEW else float("inf")
        return self.outgoing.rate(now)

    def is_late(self, now: float) -> bool:
        """Tell whether it has taken longer than it may."""
        limits, waited = self._desk.limits, now - self.since
        if self.has_begun and self.outgoing.is_too_slow(now, limits.window, limits.least_rate):
            return True
        if self.step is Step.HEAD:
            return waited > (limits.idle if self._is_kept and self._is_idle else limits.head)
        if self.step is Step.BODY:
            assert self._body is not None
            is_slow = self._pace.is_too_slow(now, len(self._body.content), limits.window, limits.least_rate)
            return is_slow or waited > limits.body
        return self.step is Step.GOODBYE and waited > limits.linger

    def expire(self) -> bool:
        """Close what has taken too long; tell whether it owed us anything. Who has begun a request is told so."""
        is_at_fault = self.step is not Step.GOODBYE and not (self._is_kept and self._is_idle)
        if self.step is Step.BODY or (self.step is Step.HEAD and self._received):
            self._refuse(*TOO_LONG)
        else:
            self.abort()
        return is_at_fault

    def end(self) -> None:
        """Close it at the end of the program: at once, or when the request in work is answered."""
        self._is_last = True
        if self.step not in (Step.WORK, Step.SENDING):
            self.abort()

    def abort(self) -> None:
        """Close it at once."""
        self._is_aborted = True
        if self.has_begun:
            self._transport.abort()

    @property
    def _is_idle(self) -> bool:
        return self.step is Step.HEAD and not self._received

    def _hang_up(self) -> None:
        """For others; any thread calls it."""
        with suppress(RuntimeError):  # the loop has ended
            self._desk.loop.call_soon_threadsafe(self._desk.is_slowest, self)

    # How it goes on.

    def _go_on(self) -> None:
        """Take what has arrived as far as it goes."""
        while self._takes_more():
            pass
        if self.step in (Step.WORK, Step.SENDING) and len(self._received) > READ_AHEAD:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()
        self._desk.holds(self)

    def _takes_more(self) -> bool:
        """Take a step; tell whether there may be another one."""
        if self.step is Step.HEAD:
            return self._read_head()
        return self.step is Step.BODY and self._read_body()

    def _read_head(self) -> bool:
        """Whether there is more to take."""
        limits = self._desk.limits
        # What was searched before is not searched again: a head may come octet by octet.
        found = HEAD_END.search(self._received, max(0, self._searched - LONGEST_END), limits.head_octets + LONGEST_END)
        if not self._received or (found is None and len(self._received) <= limits.head_octets):
            self._searched = len(self._received)
            return False
        self._searched = 0
        end = found.end() if found else len(self._received)
        head = bytes(self._received[:end])
        del self._received[:end]
        self._exchange = Exchange(self._desk.settings, self._peer, head, self.outgoing.write)
        if not self._exchange.is_understood:
            self._say_goodbye()
            return False
        self.outgoing.flush()  # where the client is told to go on
        self._body = self._exchange.begin_body(limits.body_octets)
        self.step, self.since = Step.BODY, self._desk.loop.time()
        self._pace = Pace(self.since)
        return True

    def _read_body(self) -> bool:
        """Whether there is more to take: not before this request is answered."""
        assert self._body is not None
        try:
            is_whole = self._body.is_too_large or self._body.take(self._received) or self._body.is_too_large
        except BadBodyError as error:
            self._refuse("400 Bad Request", str(error))
            return False
        if is_whole:
            self.step = Step.WORK
            self._desk.work(self._respond)
        if is_whole or len(self._body.content) > UPLOADING:
            self._desk.is_busy(self)
        return False

    def _respond(self) -> None:
        """On a thread of its own: the application answers."""
        exchange = self._exchange
        if exchange is None:  # the client is gone
            return
        try:
            is_kept = exchange.respond()
        except ClientGoneError:
            is_kept = False
        with suppress(RuntimeError):  # the loop has ended
            self._desk.loop.call_soon_threadsafe(self._answered, is_kept)

    def _answered(self, is_kept: bool) -> None:
        if self._is_aborted:
            return
        self.outgoing.flush()
        self._exchange = self._body = None
        self._is_last = self._is_last or not is_kept or self._peer_finished
        self.step, self.since = Step.SENDING, self._desk.loop.time()
        if not self.outgoing.is_stalled:
            self._next()

    def _next(self) -> None:
        """All is sent: the next request, or the end."""
        if self._is_last:
            self._say_goodbye()
            return
        self.step, self.since, self._is_kept = Step.HEAD, self._desk.loop.time(), True
        self._desk.rests(self)
        self._go_on()

    def _refuse(self, status: str, sentence: str) -> None:
        """Say what is wrong, and goodbye."""
        self.outgoing.write(refusal(status, sentence))
        self._say_goodbye()

    def _say_goodbye(self) -> None:
        """Close when the client has taken all. Closing at once, with octets unread, would destroy what is under way."""
        self.outgoing.flush()
        self.step, self.since = Step.GOODBYE, self._desk.loop.time()
        self._received.clear()
        self._exchange = self._body = None
        self._desk.rests(self)
        self._transport.resume_reading()
        if self._peer_finished or self._desk.settings.is_ending or not self._transport.can_write_eof():
            self._transport.close()
            return
        try:
            self._transport.write_eof()
        except OSError:  # the client is gone
            self._transport.abort()
