"""The SMTP listener for unwanted mail: trap domains, and the address that receives complaints.

It answers as any mail server does, takes mail for its own domains, relays nothing and writes to nobody. The sender of a
message goes into the queue of reports; the message itself is not kept. It knows no table.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from reputation.accepting import Acceptor
from reputation.addresses.address import Address, parse_address
from reputation.descriptors import Trouble
from reputation.intake import messages
from reputation.intake.complaints import LARGEST, ComplaintReader, kept_message
from reputation.intake.messages import TrustedNetworks
from reputation.intake.report_queue import NotWritten, QueueFull
from reputation.intake.reporters import Reporters
from reputation.intake.spam_reports import Incoming
from reputation.intake.txt_records import TxtRecords
from reputation.intake.uncounted import COMPLAINTS, REASONS, TRAP, NotCounted, UncountedMessages, client_of
from reputation.places import FIGURES as CONNECTION_FIGURES
from reputation.places import Places
from reputation.refusal import Refused
from reputation.thread_priority import lower_priority

log = logging.getLogger("gatepost.trap")

MOST_CONNECTIONS, MOST_OF_ONE = 200, 20  # at once, in all and of one client
MESSAGES_A_MINUTE = 60  # of one client
MOST_RECIPIENTS = 100
PATIENCE = 60  # seconds for the next command, and for a whole message
LONGEST_SESSION = 600  # seconds of one connection, whatever it does
BACKLOG = 128  # connections that the kernel keeps for us
DAY = 86400
# What a message weighs that calls itself a list's, an answer or a bounce: an honest one may be, and spam may say so.
BULK = 0.25
WRITTEN = 10.0  # seconds that a client waits for its report to be written, and is then told to come again
READERS = 2  # threads for complaints, which may wait for DNS
# What it counts since its start, in the order in which a person reads it.
FIGURES = ("trapped", "complaints", "not counted", "later", "turned away")
LATER = "451 4.3.0 Temporary failure, try again later"
BUSY = b"421 4.3.2 Too busy, try again later\r\n"
TOO_LONG = b"421 4.4.2 This takes too long\r\n"


@dataclass(frozen=True)
class Mailboxes:
    """What mail is taken: every address of the trap domains, and complaints.

    Networks are texts such as 192.0.2.0/24.
    """

    domains: tuple[str, ...] = ()
    complaint_address: str = ""
    relays: tuple[str, ...] = ()
    reporters: tuple[str, ...] = ()
    host: str = ""

    def takes(self, address: str) -> bool:
        """Tell whether mail to this address is taken."""
        return self.is_for_complaints(address) or address.rpartition("@")[2].lower().rstrip(".") in self.domains

    def is_for_complaints(self, address: str) -> bool:
        """Tell whether this is the address that receives complaints."""
        return bool(self.complaint_address) and address.lower() == self.complaint_address.lower()


class Trap:
    """The SMTP listener, in a thread of its own."""

    def __init__(
        self,
        door: tuple[str, int],
        mailboxes: Mailboxes,
        offer: Callable[[Incoming], Future[None] | None],
        clock: Callable[[], float] = time.monotonic,
        keys: TxtRecords | None = None,
        kept: UncountedMessages | None = None,
        wall_clock: Callable[[], float] = time.time,
        most: int = MOST_CONNECTIONS,
    ) -> None:
        self._door, self.mailboxes, self._offer, self._clock = door, mailboxes, offer, clock
        self._wall_clock, self._kept = wall_clock, kept or UncountedMessages()
        # The library's own lines, ten a message, name every recipient and let any sender fill the disk. It warns of
        # each command that it does not know; what is a fault of ours comes to `handle_exception`.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL)
        self._trusted = TrustedNetworks(mailboxes.relays)
        self._complaints = ComplaintReader(self._trusted, Reporters(mailboxes.reporters, keys))
        self._readers = ThreadPoolExecutor(READERS, "complaints", initializer=lower_priority)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="trap", daemon=True)
        self._places: Places[SMTP] = Places(most, most)
        self._connections: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._minute: tuple[int, Counter[str]] = (0, Counter())
        self.figures: Counter[str] = Counter(dict.fromkeys(FIGURES, 0))
        self.last_at: dict[str, int] = {}  # when each figure last grew, in Unix seconds
        self.address = door

    def start(self) -> None:
        """Start the thread, and return when it listens. Raise OSError where the address cannot be opened."""
        self._thread.start()
        try:
            self._in_loop(self._listen())
        except OSError as error:
            self._end()
            host, port = self._door
            raise OSError(f"--trap {host}:{port} cannot be opened: {error.strerror or error}") from error

    def stop(self) -> None:
        """Close the listener and all connections, and wait for the thread."""
        self._in_loop(self._hang_up())
        self._end()

    async def _listen(self) -> None:
        family = socket.AF_INET6 if ":" in self._door[0] else socket.AF_INET
        self._listener = socket.create_server(self._door, family=family, backlog=BACKLOG)
        self.address = self._listener.getsockname()[:2]
        self._acceptor = Acceptor(self._loop, self._listener, self._welcome, self._close_quietest, Trouble("trap"))
        self._acceptor.start()

    async def _hang_up(self) -> None:
        """Close the door, and let every connection's task end."""
        self._acceptor.stop()
        self._listener.close()
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    def _in_loop(self, work: Coroutine[Any, Any, None]) -> None:
        """The loop is its thread's alone: whoever starts or stops us may have one of their own."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._loop.close()

    def _run(self) -> None:
        lower_priority()
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _welcome(self, sock: socket.socket, _peer: tuple[Any, ...]) -> None:
        task = self._loop.create_task(self._loop.connect_accepted_socket(self._connection, sock))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _close_quietest(self) -> None:
        quietest = self._places.quietest()
        if quietest is not None:
            self._connections["closed for quiet"] += 1
            assert isinstance(quietest, _Connection)
            quietest.hang_up(BUSY)

    def _connection(self) -> SMTP:
        return _Connection(self, self.mailboxes.host or "localhost")

    def connections(self) -> dict[str, int]:
        """Return what there is of connections now, and what was counted since the start (places.FIGURES)."""
        refused = self._connections["refused"] + self._acceptor.refused
        known = {"open": len(self._places), "bound": self._places.in_all, "refused": refused}
        return {name: known.get(name, self._connections[name]) for name in CONNECTION_FIGURES}

    def opened(self, connection: SMTP, client: str) -> bool:
        """Give this connection a place, for which the quietest may go; tell whether it may stay."""
        if self._places.many(client) >= MOST_OF_ONE or not self._has_room():
            self._count("turned away")
            self._connections["refused"] += 1
            return False
        self._places.enter(connection, client)
        return True

    def _has_room(self) -> bool:
        if len(self._places) >= self._places.in_all:
            self._close_quietest()
        return len(self._places) < self._places.in_all

    def late(self) -> None:
        """Count a connection that took too long."""
        self._connections["closed by deadline"] += 1

    def closed(self, connection: SMTP) -> None:
        """Take the place of a connection back."""
        self._places.leave(connection)

    def may_send(self, client: str) -> bool:
        """Count one more message of this client, and tell whether it is within the limit of this minute."""
        minute = int(self._clock() // 60)
        if self._minute[0] != minute:
            self._minute = (minute, Counter())
        self._minute[1][client] += 1
        return self._minute[1][client] <= MESSAGES_A_MINUTE

    # What aiosmtpd calls, command by command.

    async def handle_MAIL(
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM: accept it, or refuse for now where the client sends too many messages."""
        if not self.may_send(_counted_as(_client(session))):
            self._count("turned away")
            return "450 4.7.1 Too many messages, try again later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 Ok"

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Answer RCPT TO: accept our own recipients, and refuse all others."""
        if not self.mailboxes.takes(address):
            return "554 5.7.1 Relay access denied"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Take a message, and answer as if it were delivered, whether it counts or not; 451 where it may come again.

        Until its report is written the message is the client's: what we took and then lost, nobody would send again.
        """
        self._places.work(server)
        try:
            return await self._take_message(session, envelope)
        finally:
            self._places.rest(server)

    async def _take_message(self, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        peer = parse_address(_client(session).partition("%")[0])
        # One recipient of a trap is enough: nobody takes a message out of it by writing to the complaint address, too.
        is_complaint = all(map(self.mailboxes.is_for_complaints, envelope.rcpt_tos))
        now = int(self._wall_clock())
        try:
            if is_complaint:
                await self._take_complaint(content, peer, now)
            else:
                await self._take(content, envelope.mail_from or "", peer, now)
        except (QueueFull, NotWritten, TimeoutError):
            self._count("later")
            return LATER
        except Refused as refusal:  # of which the other side is told nothing
            reason = refusal if isinstance(refusal, NotCounted) else NotCounted("guarded")
            if reason.why == "no key":
                self._count("later")
                return LATER
            self._not_counted(COMPLAINTS if is_complaint else TRAP, reason, content, peer, now)
        return f"250 2.0.0 Ok: queued as {hashlib.sha256(content).hexdigest()[:10].upper()}"

    def _not_counted(self, way: str, reason: NotCounted, content: bytes, peer: Address, now: int) -> None:
        self._count("not counted")
        log.info("A message from %s is not counted: %s", peer, REASONS[reason.why])
        self._kept.add(kept_message(way, reason, messages.read(content), peer, now))

    async def handle_exception(self, error: Exception) -> str:
        """Log a fault of ours and answer with a temporary failure."""
        log.error("The trap met an error, please report this", exc_info=error)
        return LATER

    async def _take_complaint(self, content: bytes, peer: Address, now: int) -> None:
        await self._hand_over(
            await self._loop.run_in_executor(self._readers, self._complaints.read, content, peer, now)
        )
        self._count("complaints")

    async def _take(self, content: bytes, sender: str, peer: Address, now: int) -> None:
        await self._hand_over(report_of(content, sender, self._trusted, peer, now))
        self._count("trapped")

    async def _hand_over(self, report: Incoming) -> None:
        """Raise QueueFull, NotWritten or TimeoutError where it is not written."""
        written = self._offer(report)
        if written is not None:
            await asyncio.wait_for(asyncio.wrap_future(written), WRITTEN)

    def _count(self, figure: str) -> None:
        self.figures[figure] += 1
        self.last_at[figure] = int(self._wall_clock())


def report_of(content: bytes, mail_from: str, trusted: TrustedNetworks, peer: Address | None, now: int) -> Incoming:
    """Read a message to a trap as a report about who sent it. Raise NotCounted where nobody can be said to have.

    A message counts once a day of its sender, and is known by its content: a Message-ID alone says nothing, since
    whoever sends may give the same one to all messages.
    """
    message = messages.read(content)
    address = messages.first_untrusted(message, trusted, peer)
    is_bulk = not mail_from.strip("<>") or messages.is_automatic(message)
    return Incoming(
        str(address),
        "trap",
        BULK if is_bulk else 1.0,
        evidence=messages.described(message),
        dedupe_key=f"{now // DAY} {messages.content_digest(message)}",
    )


class _Connection(SMTP):
    """One connection, which counts among those of its client."""

    def __init__(self, trap: Trap, host: str) -> None:
        super().__init__(
            trap, hostname=host, ident="ESMTP", data_size_limit=LARGEST, timeout=PATIENCE, enable_SMTPUTF8=True,
            loop=trap._loop,
        )  # fmt: skip
        self._trap, self._is_counted = trap, False

    def connection_made(self, transport: Any) -> None:
        """Begin the SMTP session, or refuse the connection where the client has too many."""
        client = _counted_as(str((transport.get_extra_info("peername") or ("::",))[0]))
        if not self._trap.opened(self, client):
            transport.write(b"421 4.7.0 Too many connections, try again later\r\n")
            transport.close()
            return
        self._is_counted = True
        self._session_end = self._trap._loop.call_later(LONGEST_SESSION, self._session_over)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Count one connection of the client less."""
        if self._is_counted:
            self._session_end.cancel()
            self._trap.closed(self)
            super().connection_lost(error)

    def hang_up(self, goodbye: bytes) -> None:
        """Close the connection at once, with these words if the client takes them."""
        self._trap.closed(self)
        if isinstance(self.transport, asyncio.Transport):
            self.transport.write(goodbye)
            self.transport.abort()

    def _session_over(self) -> None:
        self._trap.late()
        self.hang_up(TOO_LONG)

    def _timeout_cb(self) -> None:
        """The library closes a connection only when its client has read all; ours ends at once."""
        self._session_over()


def _counted_as(client: str) -> str:
    """The name under which a client is counted: a customer has a /64 of IPv6 and may connect from all of it."""
    return client_of(parse_address(client.partition("%")[0]))


def _client(session: Session) -> str:
    peer = session.peer
    return str(peer[0]) if isinstance(peer, tuple) else "::1"
