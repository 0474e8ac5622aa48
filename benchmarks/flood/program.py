"""The program with all its doors for reports open, and the senders in front of them."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks import machine
from benchmarks.flood import counting
from benchmarks.flood.counting import Door
from benchmarks.flood.evidence import COMPLAINTS, DOMAIN, Flood
from benchmarks.flood.senders import LONGEST, Orders
from benchmarks.servers import DidNotStart
from benchmarks.servers.gatepost import ORGANIZATION, ROOT, Gatepost, Installation
from reputation.customers import organizations, tokens, users

TOKENS = 50  # as many as an organization may have
PATIENCE = 30.0  # seconds in which nothing more is counted, after which what is missing is lost


class Outcome(NamedTuple):
    """What became of a flood, door by door, and how many seconds it took until the last report was counted."""

    doors: list[Door]
    seconds: float

    @property
    def lost(self) -> int:
        """Return how many good reports of all doors were lost."""
        return sum(door.lost for door in self.doors)


class Flooded(Gatepost):
    """`serve` with a trap, behind relays of ours, and a mail log that it follows."""

    @property
    def mail_log(self) -> Path:
        """Return the path of the mail log that the program follows."""
        return self.folder / "mail.log"

    def command(self) -> list[str]:
        """Return the command line of `serve` with all doors open; make the mail log that it follows."""
        self.mail_log.touch()
        trap = ["--trap", "127.0.0.1:0", "--trap-domain", DOMAIN, "--trap-relay", "127.0.0.0/8"]
        return [*super().command(), *trap, "--complaint-address", COMPLAINTS, "--mail-log", f"postfix:{self.mail_log}"]

    @property
    def trap(self) -> int:
        """Return the trap's port."""
        return int(self._announced(r"Trap ready on \S+:(\d+), by SMTP"))


def token_secrets(made: Installation, now: int) -> list[str]:
    """Make tokens of the organization, which may send spam reports and nothing else, and return their secrets."""
    with made.store():
        number = organizations.by_name(ORGANIZATION).id
        person = users.add("bench@gatepost.example", number, "administrator", "nobody logs in during a flood", now)
        return [tokens.create(person, f"reporter {at}", ["reports"], 0, now)[1] for at in range(TOKENS)]


def flooded(
    server: Flooded, made: Installation, secrets: list[str], flood: Flood, core: int, meanwhile: Callable[[], object]
) -> Outcome:
    """Send the flood from this core; call `meanwhile` again and again until nothing more is counted."""
    good = flood.good()
    orders = Orders(server.portal, secrets, server.trap, str(server.mail_log), list(flood))
    _wait_until(lambda: counting.follows_log(made), "the mail log was not looked into")
    before, told_before = counting.rows(made), len(server.log.read_text(errors="replace"))
    began = time.time()
    with _senders(orders, core) as senders:
        while senders.poll() is None:
            meanwhile()
        out, err = senders.communicate()
    if senders.returncode:
        raise DidNotStart(f"the senders ended early: {err.strip().rpartition(chr(10))[2]}")
    said = json.loads(out)
    found, since = counting.kept(made, good, before), time.monotonic()
    while any(found[door].good < len(good[door]) for door in good) and time.monotonic() < since + PATIENCE:
        meanwhile()
        last, found = found, counting.kept(made, good, before)
        since = time.monotonic() if found != last else since
    log = server.log.read_text(errors="replace")[told_before:]
    doors = counting.doors(flood.by_door(), found, said["told"], log)
    return Outcome(doors, max(said["ended"], counting.last_at(made)) - began)


@contextmanager
def _senders(orders: Orders, core: int) -> Iterator[subprocess.Popen[str]]:
    """In our session: in another one the kernel would not weigh them by their niceness."""
    with machine.on(core):
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.flood.senders"], cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
    try:
        assert process.stdin is not None
        process.stdin.write(json.dumps(orders._asdict()))
        process.stdin.close()
        process.stdin = None  # communicate() would flush it
        yield process
    finally:
        process.terminate()
        process.wait(LONGEST)


def _wait_until(holds: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        if time.monotonic() > deadline:
            raise DidNotStart(otherwise)
        time.sleep(0.1)
