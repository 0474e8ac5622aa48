"""UDP threads: a datagram in, an answer out, from the address that was asked. It reads no packet.

Compiled, a loop answers the plain packets without Python (loop.py), and a second thread takes what it hands over.
Interpreted, one thread does both.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import threading
import time
from collections.abc import Callable
from typing import Any

from dnsd.access import AccessResult, client_address
from dnsd.fair_queue import FairQueue
from dnsd.fastpath import answer as fast_answer
from dnsd.loop import Loop
from dnsd.loop_context import LoopContext
from dnsd.protocol import LONGEST_UDP_QUERY
from dnsd.rate_limit import UNDECIDED, Client
from dnsd.sched_slice import request_short_slice
from dnsd.throttled_log import ThrottledLog
from reputation import compiled

LARGEST_DATAGRAM = 65535
ANCILLARY = socket.CMSG_SPACE(64)
IP_PKTINFO = 8  # Linux; Python 3.11 has no name for it
PKTINFO4 = struct.Struct("=i4s4s")  # struct in_pktinfo: interface, address to answer from, address in the header
PKTINFO6 = struct.Struct("=16sI")  # struct in6_pktinfo
CMSG = struct.Struct("=Qii" if struct.calcsize("P") == 8 else "=Iii")  # struct cmsghdr: size with itself, level, type
# Octets of the client's address and of what the kernel said of the asked one, the rate limit's verdict, the share of
# the queue.
HANDED_OVER = struct.Struct("=4I")
TURN = struct.pack("ll", 0, 20_000)  # struct timeval: a receive returns after 20 ms, for the stop flag and the swap
STOP_SECONDS = 0.1
# Octets that wait for Python, as the kernel reckons them: about 800 packets. A burst of 512 fits, and the last of
# it still waits less than a resolver does; a stop waits for all of it.
QUEUE = 256 << 10
ERROR_PAUSE = 0.001  # seconds, so that an error that stays burns no processor
HELD = 1200  # packets that the thread holds at most, so that it can serve the clients' networks in turn

log = logging.getLogger(__name__)


def udp_loop(sock: socket.socket, context: LoopContext) -> UdpLoop:
    """Make the loop for a bound socket; the loop does not close it."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, TURN)
    return CompiledLoop(sock, context) if compiled.is_compiled() else InterpretedLoop(sock, context)


class CompiledLoop:
    """Two threads: the loop itself, and the one that answers what is not plain."""

    def __init__(self, sock: socket.socket, context: LoopContext) -> None:
        self._sock, self._answer = sock, context.answer
        self._wildcard = _listens_everywhere(sock)
        self._complaints = ThrottledLog(log)
        now = 0 if context.clock is time.time else int(context.clock())
        self._loop = Loop(context.zone, context.live, context.new_tally(), context.allowed, context.limits, now)
        context.watch(self.lost)
        # Of a connected pair each end bounds the other by octets alone; a named socket would hold ten messages.
        self._slow_path, self._handed = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._slow_path.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, QUEUE)
        self._ended = False  # the loop: nothing more is handed over
        self._threads = [
            threading.Thread(target=self._run, name="dns-udp", daemon=True),
            threading.Thread(target=self._run_slow_path, name="dns-slow-path", daemon=True),
        ]

    def start(self) -> None:
        """Begin to answer."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask the threads to end; join() waits for them."""
        self._loop.stop()

    def join(self) -> None:
        """Return when the last answer is sent: first the loop's, then those that it handed over."""
        self._threads[0].join()
        self._slow_path.send(b"")
        self._threads[1].join()
        self._slow_path.close()
        self._handed.close()

    def figures(self) -> dict[str, int]:
        """Return what the loop counted beside its answers."""
        figures: dict[str, int] = self._loop.figures()
        return figures

    def lost(self) -> dict[str, int]:
        """Return how many packets found the queue to Python full, and how many answers the kernel refused to send."""
        figures = self._loop.figures()
        return {"queue full": figures["slow path lost"], "not sent": figures["refused"]}

    def _run(self) -> None:
        request_short_slice()
        self._loop.serve(self._sock.fileno(), self._slow_path.fileno(), self._wildcard)

    def _run_slow_path(self) -> None:
        queue: FairQueue[bytes] = FairQueue()
        while self._answers_next(queue):
            pass

    def _answers_next(self, queue: FairQueue[bytes]) -> bool:
        """Answer one packet; False once there will be none."""
        try:
            if not self._fill(queue):
                return False
            self._answer_one(queue.take())
        except Exception:  # one packet's trouble must not end the door
            self._complaints.warn("DNS over UDP met an error, please report this", trace=True)
            time.sleep(ERROR_PAUSE)
        return True

    def _fill(self, queue: FairQueue[bytes]) -> bool:
        """Take what waits, and wait where nothing does; False once the loop has ended and all of it is answered."""
        flags = socket.MSG_DONTWAIT if len(queue) or self._ended else 0
        with contextlib.suppress(BlockingIOError):
            while len(queue) < HELD and not self._ended:
                packet = self._handed.recv(LARGEST_DATAGRAM, flags)
                self._ended = not packet
                if packet:
                    queue.put(HANDED_OVER.unpack_from(packet)[3], packet)
                flags = socket.MSG_DONTWAIT
        return len(queue) > 0

    def _answer_one(self, packet: bytes) -> None:
        address_size, ancillary_size, verdict, share = HANDED_OVER.unpack_from(packet)
        self._loop.take(share)
        at = HANDED_OVER.size + address_size
        client = _client(packet[HANDED_OVER.size : at])
        wire = packet[at + ancillary_size :]
        reply = self._answer(wire, client, decided=_decided(verdict))
        if reply is not None:
            _send(self._sock, reply, _ancillary(packet[at : at + ancillary_size]), client, self._complaints)


class InterpretedLoop:
    """One thread, which answers plain packets and all others in turn."""

    def __init__(self, sock: socket.socket, context: LoopContext) -> None:
        self._sock, self._context = sock, context
        self._wildcard = _listens_everywhere(sock)
        self._complaints = ThrottledLog(log)
        self._tally = context.new_tally()
        self._buffer = bytearray(LARGEST_DATAGRAM)
        self._view = memoryview(self._buffer)
        self._client, self._host = Client(), ""
        self._received = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="dns-udp", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end; join() waits for it."""
        self._stopping = True

    def join(self) -> None:
        """Return when the last answer is sent."""
        self._thread.join()

    def figures(self) -> dict[str, int]:
        """Return what the loop counted beside its answers."""
        return {"received": self._received}

    def _run(self) -> None:
        request_short_slice()
        one = self._answer_anywhere if self._wildcard or self._context.allowed else self._answer_one
        while not self._stopping:
            self._try(one, 0)
        # Of its own time: by the clock, a busy machine would end it before it had a turn.
        deadline = time.thread_time() + STOP_SECONDS
        while self._try(one, socket.MSG_DONTWAIT) and time.thread_time() < deadline:
            pass

    def _try(self, one: Callable[[int], None], flags: int) -> bool:
        """Receive and answer one datagram; False where none was there."""
        try:
            one(flags)
        except BlockingIOError:
            return False
        except OSError as error:  # an earlier answer's ICMP error, or memory: the next datagram is as good as any
            self._complaints.warn("a DNS query could not be received over UDP: %s", error)
            time.sleep(0.001)
        except Exception:  # one packet's trouble must not end the door
            self._complaints.warn("DNS over UDP met an error, please report this", trace=True)
        return True

    def _answer_one(self, flags: int) -> None:
        size, client = self._sock.recvfrom_into(self._buffer, LONGEST_UDP_QUERY, flags)
        context, snapshot = self._context, self._context.live.current
        self._received += 1
        self._name(client[0])
        length = -1
        if snapshot is not None:
            now = int(context.clock())
            length = fast_answer(
                context.zone, snapshot, self._tally, context.limits, self._client, self._buffer, size, now
            )
        if length > 0:
            try:
                self._sock.sendto(self._view[:length], client)
            except OSError as error:
                self._complaints.warn("a DNS answer to %s could not be sent: %s", client[0], error)
        elif length < 0:
            self._answer_odd(bytes(self._view[:size]), [], client, _decided(self._client.verdict))

    def _name(self, host: str) -> None:
        """Name the sender of the packet to the rate limit; mostly it is the one of the packet before."""
        self._client.at, self._client.verdict = self._context.nanoseconds(), UNDECIDED
        if host != self._host:
            self._host = host
            self._client.is_from(*client_address(host), self._client.at)

    def _answer_anywhere(self, flags: int) -> None:
        """On a wildcard socket, or behind an access list: rarer, so the whole way each time."""
        wire, ancillary, _, client = self._sock.recvmsg(LONGEST_UDP_QUERY, ANCILLARY, flags)
        self._received += 1
        kept = [_same_address(*item) for item in ancillary if item[1] in (IP_PKTINFO, socket.IPV6_PKTINFO)]
        self._answer_odd(wire, kept, client)

    def _answer_odd(
        self, wire: bytes, ancillary: list[Any], client: tuple[Any, ...], decided: AccessResult | None = None
    ) -> None:
        reply = self._context.answer(wire, client, decided=decided)
        if reply is not None:
            _send(self._sock, reply, ancillary, client, self._complaints)


UdpLoop = CompiledLoop | InterpretedLoop


def _send(
    sock: socket.socket, reply: bytes, ancillary: list[Any], client: tuple[Any, ...], complaints: ThrottledLog
) -> None:
    try:
        sock.sendmsg([reply], ancillary, 0, client)
    except OSError as error:  # no route, a firewall, port 0: the asker's loss
        complaints.warn("a DNS answer to %s could not be sent: %s", client[0], error)


def _decided(verdict: int) -> AccessResult | None:
    """What the rate limit said in the fast path; None where it was not asked."""
    return None if verdict == UNDECIDED else AccessResult(verdict)


def _listens_everywhere(sock: socket.socket) -> bool:
    """Whether the socket is bound to 0.0.0.0 or ::; then the kernel is asked to tell each datagram's address."""
    if sock.getsockname()[0] not in ("0.0.0.0", "::"):
        return False
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    return True


def _client(address: bytes) -> tuple[Any, ...]:
    """A struct sockaddr_in or sockaddr_in6 as Python's sockets have it."""
    family = int.from_bytes(address[:2], "little" if struct.pack("H", 1)[0] else "big")
    port = int.from_bytes(address[2:4], "big")
    if family == socket.AF_INET:
        return socket.inet_ntop(family, address[4:8]), port
    flow, scope = int.from_bytes(address[4:8], "big"), struct.unpack_from("=I", address, 24)[0]
    return socket.inet_ntop(family, address[8:24]), port, flow, scope


def _ancillary(data: bytes) -> list[tuple[int, int, bytes]]:
    """What the kernel said of the asked address, as what the answer leaves from."""
    if len(data) < CMSG.size:
        return []
    size, level, kind = CMSG.unpack_from(data)
    return [_same_address(level, kind, data[CMSG.size : size])]


def _same_address(level: int, kind: int, data: bytes) -> tuple[int, int, bytes]:
    """The address a datagram came to, as the one its answer leaves from: a resolver drops answers from any other."""
    if level == socket.IPPROTO_IP:
        _, local, _ = PKTINFO4.unpack(data)
        return level, kind, PKTINFO4.pack(0, local, bytes(4))
    address, interface = PKTINFO6.unpack(data)
    # Only a link-local address needs its interface; for others the routing table knows better.
    return level, kind, PKTINFO6.pack(address, interface if address[:2] == b"\xfe\x80" else 0)
