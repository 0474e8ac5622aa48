"""What a flood reports: the same senders in every run, each report as its door takes it, and every second one
malformed.

Every good report is of an address of its own and has a mark, so that none falls to the bounds that a sender has, and
one that is sent again counts once. It knows no socket.
"""

from __future__ import annotations

import json
import time
from typing import Any, NamedTuple

import numpy as np

from benchmarks.data import OCTETS, SEED

API, TRAP, LOG = "api", "trap", "log"
SOURCES = {API: "complaint", TRAP: "trap", LOG: "filter"}  # under which the reports of a door are kept
DOMAIN = "trap.example"
SHARES = (0.01, 0.04)  # of a flood, by the API and to the trap; the rest is lines of the log
LINES_A_SECOND = 5_000
PRIZE, COMPLAINTS = f"prize@{DOMAIN}", f"abuse@{DOMAIN}"


class Flood(NamedTuple):
    """How many reports come to each door; even numbers, since every second one is malformed.

    `lines_a_second` is how fast the mail server writes its log; 0 is as fast as it can.
    """

    api: int
    trap: int
    log: int
    lines_a_second: int = 1_000

    @classmethod
    def of(cls, total: int) -> Flood:
        """Split so many reports among the doors, most of them into the log, which a busy mail server fills."""
        api, trap = (int(total * share) // 2 * 2 for share in SHARES)
        return cls(api, trap, total // 2 * 2 - api - trap, LINES_A_SECOND)

    def by_door(self) -> dict[str, int]:
        """Return how many reports come to each door."""
        return {API: self.api, TRAP: self.trap, LOG: self.log}

    @property
    def total(self) -> int:
        """Return how many reports come to all doors together."""
        return sum(self.by_door().values())

    def good(self) -> dict[str, list[str]]:
        """Return the senders of the good reports by door, all of them different and none reserved."""
        count = self.total // 2
        rng = np.random.default_rng((SEED, *self.by_door().values()))
        drawn = np.array(OCTETS, np.uint32)[rng.integers(0, len(OCTETS), 2 * count)] << np.uint32(24)
        drawn = rng.permutation(np.unique(drawn | rng.integers(0, 1 << 24, 2 * count, np.uint32)))[:count]
        texts = iter(".".join(map(str, int(value).to_bytes(4))) for value in drawn)
        return {door: [next(texts) for _ in range(number // 2)] for door, number in self.by_door().items()}


class Mail(NamedTuple):
    """A message for the trap's door."""

    to: str
    content: bytes


def calls(good: list[str]) -> list[bytes]:
    """Make the bodies for POST /api/v1/spam-reports."""
    return [body for at, address in enumerate(good) for body in (_call(at, address), _spoilt_call(at))]


def mails(good: list[str]) -> list[Mail]:
    """Make the messages as a relay of ours hands them on: its Received field names the sender."""
    return [mail for at, address in enumerate(good) for mail in (_mail(at, address), _spoilt_mail(at))]


def lines(good: list[str], now: int) -> list[bytes]:
    """Make the lines of Postfix which say that a milter has just refused a message as spam."""
    stamp = time.strftime("%b %e %H:%M:%S", time.localtime(now))
    return [line for at, address in enumerate(good) for line in (_line(stamp, at, address), _spoilt_line(stamp, at))]


def _call(at: int, address: str, **other: Any) -> bytes:
    said = {
        "address": address,
        "source": "complaint",
        "evidence": "An offer that nobody asked for",
        "dedupe_key": f"<{at}>",
    }
    return json.dumps({**said, **other}).encode()


def _spoilt_call(at: int) -> bytes:
    """No address, no such source, no text, and no JSON, by turns."""
    kinds = (
        _call(at, f"no address {at}"),
        _call(at, "198.51.100.7", source="rumour"),
        _call(at, "198.51.100.7", evidence=at),
        _call(at, "198.51.100.7")[:-10],
    )
    return kinds[at % len(kinds)]


def _mail(at: int, named: str) -> Mail:
    text = (
        f"Received: from sender.example (unknown [{named}])\r\n\tby mx.example (Postfix) with ESMTP id {at:08X}\r\n"
        f"From: Lucky <win@sender.example>\r\nTo: <{PRIZE}>\r\nSubject: You have won\r\n"
        f"Message-ID: <{at}.{named}@sender.example>\r\n\r\nClaim your prize today.\r\n"
    )
    return Mail(PRIZE, text.encode())


def _spoilt_mail(at: int) -> Mail:
    """A Received field that names no address, and a complaint that is none (RFC 5965), by turns."""
    return _mail(at, f"999.{at}") if at % 2 else Mail(COMPLAINTS, b"Subject: this is spam\r\n\r\nPlease stop it.\r\n")


def _line(stamp: str, at: int, address: str) -> bytes:
    return (
        f"{stamp} mx postfix/cleanup[4242]: {at:010X}: milter-reject: END-OF-MESSAGE from unknown[{address}]: "
        "5.7.1 Spam message rejected; from=<win@sender.example> to=<ann@acme.example> proto=ESMTP helo=<sender>\n"
    ).encode()


def _spoilt_line(stamp: str, at: int) -> bytes:
    """An address out of range, a line that was cut off, and octets that are no text, by turns."""
    whole = _line(stamp, at, f"999.{at}.1.2")
    return (whole, whole[:100] + b"\n", bytes(range(128, 228)) + b"\n")[at % 3]
