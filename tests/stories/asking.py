"""Asks one question at a steady rate, over the restart of a program, and says what became of each."""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.stories.systemd import make_room

FEW = 100  # questions a second where the kernel keeps no more of a gap
LAST_SECONDS = 5.0  # for the last answers
TICK = 0.002


@dataclass
class Told:
    """What became of the questions: how many, how many without an answer, how many with a wrong one; seconds.

    `dropped` is how many answers, or questions in the program's own buffer, the kernel had no room for.
    """

    asked: int = 0
    lost: int = 0
    dropped: int = 0
    wrong: int = 0
    slowest: float = 0.0
    rcodes: set[int] = field(default_factory=set)


class Asker:
    """`with Asker(...) as asker: ...` asks meanwhile; `told` is complete at its end. The answer is listed."""

    def __init__(self, dns: tuple[str, int], name: str, rate: int) -> None:
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        self._tail = struct.pack("!5H", 0, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 1, 1)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._rate = rate if make_room(self._socket) else FEW
        self._dns, self._sent_at = dns, dict[int, float]()
        self._dropped_before = dropped(dns[1])
        self._is_over = False
        self._threads = [threading.Thread(target=one, daemon=True) for one in (self._send, self._receive)]
        self.told = Told()

    def __enter__(self) -> Asker:
        self._socket.settimeout(0.1)
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join()
        ours = self._socket.getsockname()[1]
        self.told.dropped = dropped(self._dns[1]) + dropped(ours) - self._dropped_before
        self._socket.close()
        self.told.lost = len(self._sent_at)

    def _send(self) -> None:
        began = time.monotonic()
        while not self._is_over:
            while self.told.asked < (time.monotonic() - began) * self._rate:
                number = self.told.asked & 0xFFFF
                assert number not in self._sent_at, "of the questions of some seconds none was answered"
                self._sent_at[number] = time.monotonic()
                # To a port that is closed for a moment the kernel says so; that question is lost, and counted.
                try:
                    self._socket.sendto(number.to_bytes(2, "big") + self._tail, self._dns)
                except ConnectionRefusedError:
                    pass
                self.told.asked += 1
            time.sleep(TICK)

    def _receive(self) -> None:
        end = 0.0
        while not end or (self._sent_at and time.monotonic() < end):
            if self._is_over and not end:
                end = time.monotonic() + LAST_SECONDS
            try:
                reply = self._socket.recv(4096)
            except OSError:
                continue
            late = time.monotonic() - self._sent_at.pop(int.from_bytes(reply[:2], "big"))
            self.told.slowest = max(self.told.slowest, late)
            self.told.rcodes.add(reply[3] & 15)
            self.told.wrong += not (reply[3] & 15 == 0 and reply[7])


def dropped(port: int) -> int:
    """Return how many packets to an IPv4 UDP port the kernel has dropped since its sockets were opened."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    return sum(int(row[-1]) for row in rows if int(row[1].rpartition(":")[2], 16) == port)
