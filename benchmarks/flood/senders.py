"""The senders of a flood, as programs, relays and a mail server would be: `senders`, with orders on stdin as JSON.

What a door cannot take now comes again later, as its answer says; a report that a door refuses for good does not. The
program says at the end, as one line of JSON, how often it was told what, and when it ended.
"""

from __future__ import annotations

import http.client
import json
import os
import smtplib
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.flood import evidence
from benchmarks.flood.evidence import Flood, Mail

NICENESS = 19  # they stand for other machines
LONGEST = 3600.0  # seconds after which nothing is sent again
RELAY_SENDS = 50  # messages of one relay: the trap takes 60 a minute of one client
CONNECTIONS = 16  # to the trap at once
LINES_AT_ONCE = 20_000  # of a log that is written as fast as it can be
PAUSE = 1.0  # seconds before a relay comes again


class Orders(NamedTuple):
    """Where to send: the portal's URL, the secrets of the tokens, the trap's port and the log's path."""

    url: str
    tokens: list[str]
    trap: int
    log: str
    flood: list[int]


class Told:
    """How often each answer was given, by door."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: dict[str, Counter[str]] = {door: Counter() for door in evidence.SOURCES}

    def __call__(self, door: str, what: str) -> None:
        with self._lock:
            self.counts[door][what] += 1


def main() -> None:
    """Read the orders, send the reports to all doors at once, and print what was told."""
    os.nice(NICENESS)
    orders, told, until = Orders(**json.load(sys.stdin)), Told(), time.monotonic() + LONGEST
    flood = Flood(*orders.flood)
    good = flood.good()
    together(
        [
            partial(call_all, orders, evidence.calls(good[evidence.API]), told, until),
            partial(relay_all, orders.trap, evidence.mails(good[evidence.TRAP]), told, until),
            partial(
                append_all,
                Path(orders.log),
                evidence.lines(good[evidence.LOG], int(time.time())),
                told,
                flood.lines_a_second,
            ),
        ]
    )
    print(json.dumps({"told": told.counts, "ended": time.time()}))


def together(work: Sequence[Callable[[], None]], at_once: int = 0) -> None:
    """Do all of the work, in as many threads; an error in one of them is raised here."""
    with ThreadPoolExecutor(at_once or len(work)) as pool:
        for done in [pool.submit(part) for part in work]:
            done.result()


def call_all(orders: Orders, bodies: Sequence[bytes], told: Told, until: float) -> None:
    """Send the API's part, spread over the tokens, each on a connection of its own."""
    parts = [bodies[at :: len(orders.tokens)] for at in range(len(orders.tokens))]
    together(
        [partial(_call, orders.url, token, part, told, until) for token, part in zip(orders.tokens, parts, strict=True)]
    )


def relay_all(port: int, mails: Sequence[Mail], told: Told, until: float) -> None:
    """Send the trap's part, by as many relays as its limit for one client wants."""
    batches = [mails[at : at + RELAY_SENDS] for at in range(0, len(mails), RELAY_SENDS)]
    relays = [f"127.1.{number >> 8}.{number & 255}" for number in range(len(batches))]
    together(
        [partial(_relay, relay, port, batch, told, until) for relay, batch in zip(relays, batches, strict=True)],
        CONNECTIONS,
    )


def append_all(log: Path, lines: Sequence[bytes], told: Told, a_second: int) -> None:
    """Write the log's part, so many lines a second; for 0 as fast as it can be written."""
    at_once = a_second or LINES_AT_ONCE
    for at in range(0, len(lines), at_once):
        with log.open("ab") as file:
            file.writelines(lines[at : at + at_once])
        for _ in lines[at : at + at_once]:
            told(evidence.LOG, "written")
        time.sleep(1 if a_second else 0)


def _call(url: str, token: str, bodies: Sequence[bytes], told: Told, until: float) -> None:
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=60)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for body in bodies:
        while time.monotonic() < until:
            status, detail, later = _answer(connection, body, headers)
            told(evidence.API, f"{status} {'with' if detail else 'without'} a reason")
            if status and status < 500 and status != 429:
                break
            connection.close()  # the door would not wait so long
            time.sleep(later)


def _answer(connection: http.client.HTTPConnection, body: bytes, headers: dict[str, str]) -> tuple[int, str, float]:
    """Status (0: the connection broke), the reason that was given, and after how many seconds to come again."""
    try:
        connection.request("POST", "/api/v1/spam-reports", body, headers)
        response = connection.getresponse()
        said: dict[str, Any] = json.loads(response.read() or b"{}")
    except (OSError, http.client.HTTPException, ValueError):
        connection.close()
        return 0, "", PAUSE
    return response.status, str(said.get("detail", "")), float(response.headers.get("Retry-After") or PAUSE)


def _relay(address: str, port: int, mails: Sequence[Mail], told: Told, until: float) -> None:
    rest = list(reversed(mails))
    while rest and time.monotonic() < until:
        try:
            with smtplib.SMTP("127.0.0.1", port, "relay.example", 60, (address, 0)) as door:
                while rest:
                    door.sendmail("win@sender.example", [rest[-1].to], rest[-1].content)
                    told(evidence.TRAP, "250")
                    rest.pop()
        except smtplib.SMTPResponseException as answer:
            told(evidence.TRAP, str(answer.smtp_code))
            time.sleep(PAUSE)
        except (OSError, smtplib.SMTPException) as error:
            told(evidence.TRAP, type(error).__name__)
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
