"""Every question that reaches an address over UDP or TCP, and its answer, read beside the way: nothing is delayed.

It reads the loopback of the network in which it runs, and knows packets of IPv4 alone.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

EVERYTHING = socket.htons(3)  # ETH_P_ALL
SO_RCVBUFFORCE = 33  # of Linux; the module socket does not name it
ARRIVING = 0  # PACKET_HOST: on a loopback each packet is seen when it is sent, too
ROOM = 64 << 20
UDP, TCP = 17, 6
PAUSE = 0.2  # seconds without a packet after which a walk is over


@dataclass(frozen=True)
class Seen:
    """A message of DNS: who asked, by which protocol, and its octets."""

    client: str
    is_tcp: bool
    wire: bytes


@dataclass
class Capture:
    """The questions and the answers seen so far, in their order."""

    questions: list[Seen] = field(default_factory=list)
    answers: list[Seen] = field(default_factory=list)

    def add(self, packet: bytes, address: str, port: int) -> None:
        """Keep a packet of IPv4 that goes to the address or comes from it."""
        start = (packet[0] & 15) * 4
        source, target = (socket.inet_ntoa(packet[at : at + 4]) for at in (12, 16))
        source_port, target_port = struct.unpack_from("!HH", packet, start)
        message = payload(packet, start)
        if not message or packet[0] >> 4 != 4:
            return
        if (target, target_port) == (address, port):
            self.questions.append(Seen(source, packet[9] == TCP, message))
        elif (source, source_port) == (address, port):
            self.answers.append(Seen(target, packet[9] == TCP, message))

    def of(self, client: str) -> list[Seen]:
        """Return the questions of one client."""
        return [seen for seen in self.questions if seen.client == client]

    def unanswered(self) -> int:
        """Return how many questions over UDP got no answer at all."""
        asked, answered = (sum(not seen.is_tcp for seen in side) for side in (self.questions, self.answers))
        return asked - answered

    def told_to_use_tcp(self) -> int:
        """Return how many answers were truncated."""
        return sum(not seen.is_tcp and bool(seen.wire[2] & 2) for seen in self.answers)


@contextmanager
def capture(address: str, port: int) -> Iterator[Capture]:
    """Capture what is asked of this address while the block runs."""
    found, over = Capture(), threading.Event()
    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, EVERYTHING) as door:
        with suppress(PermissionError):  # only root may have this much; others do with what there is
            door.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        door.bind(("lo", 0))
        door.settimeout(PAUSE)
        watcher = threading.Thread(target=watch, args=(door, found, over, address, port))
        watcher.start()
        try:
            yield found
        finally:
            over.set()
            watcher.join()


def watch(door: socket.socket, found: Capture, over: threading.Event, address: str, port: int) -> None:
    """Keep what arrives until it is over and nothing arrives any more."""
    while True:
        try:
            packet, where = door.recvfrom(65535)
        except TimeoutError:
            if over.is_set():
                return
            continue
        if where[2] == ARRIVING and len(packet) >= 28 and packet[9] in (UDP, TCP):
            found.add(packet, address, port)


def payload(packet: bytes, start: int) -> bytes:
    """Return the DNS message of a datagram, or of a segment that holds one whole; b"" where there is none."""
    if packet[9] == UDP:
        return packet[start + 8 :]
    content = packet[start + (packet[start + 12] >> 4) * 4 :]
    return content[2:] if len(content) > 12 and int.from_bytes(content[:2]) == len(content) - 2 else b""
