"""Gatepost itself in a namespace: its command line, the running program, and what it answers when asked directly."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from dnslib import QTYPE, DNSRecord

from tests.mta.namespace import Namespace, Process, Program

ROOT = Path(__file__).resolve().parents[2]
PROGRAM: tuple[object, ...] = (sys.executable, ROOT / "app.py")
SERVFAIL: tuple[object, ...] = (sys.executable, ROOT / "tests" / "mta" / "servfail.py")
ZONE = "rep.example"
PORTAL = 8080
COMMANDS = """
import json, sys
from app import main
for words in json.load(sys.stdin):
    main(words, standalone_mode=False)
"""
LABELS = {"standard": "r", "dynamic": "q"}


class Gatepost:
    """An installation with its data in the namespace's folder; after `serve` it answers on 127.0.0.1, port `port`."""

    def __init__(self, namespace: Namespace, port: int) -> None:
        self.namespace = namespace
        self.port = port
        self.code = ""  # the activation code as it stands in a query name
        self.data = namespace.folder / "gatepost"
        self._etc = namespace.etc("gatepost")
        self._log = namespace.folder / "gatepost.log"
        self._process: Process | None = None

    def commands(self, *lines: Sequence[str]) -> list[Any]:
        """Runs commands of the command line, one after the other, and returns what each prints with --json.

        All in one process: starting the program takes far longer than any of them.
        """
        given = json.dumps([[*words, "--data", str(self.data), "--json"] for words in lines])
        program = Program((sys.executable, "-c", COMMANDS), self._etc, {"PYTHONPATH": str(ROOT)})
        done = self.namespace.run(program, given)
        assert done.returncode == 0, done.stderr
        return list(values(done.stdout))

    def serve(self, *dns: str) -> None:
        """Serves at these addresses and ports, else at 127.0.0.1."""
        asked = (word for door in dns or (f"127.0.0.1:{self.port}",) for word in ("--dns", door))
        doors = (*asked, "--portal", f"127.0.0.1:{PORTAL}", "--zone", ZONE)
        program = Program((*PROGRAM, "serve", "--data", self.data, *doors), self._etc, log=self._log)
        # The portal opens last: by then DNS has something to say.
        self._process = self.namespace.start(program, PORTAL)

    def stop(self) -> None:
        if self._process:
            self._process.stop()

    @contextlib.contextmanager
    def stopped(self) -> Iterator[None]:
        """The time while Gatepost is not there; afterwards it serves again."""
        self.stop()
        try:
            yield
        finally:
            self.serve()

    @contextlib.contextmanager
    def answering_servfail(self) -> Iterator[None]:
        """The time while every question gets SERVFAIL. A Gatepost that has started always has an answer, so another
        program stands in its place."""
        with self.stopped():
            broken = self.namespace.start(Program((*SERVFAIL, self.port), self._etc, log=self._log), self.port)
            try:
                yield
            finally:
                broken.stop()

    def answer(self, address: str, database: str = "standard", code: str | None = None) -> int:
        """Asks Gatepost itself, past any cache: the last octet of its answer, or 0 when the address is not listed."""
        name = query_name(address, code or self.code, database)
        udp = self.namespace.inside(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        with udp:
            udp.settimeout(5)
            udp.sendto(DNSRecord.question(name, "A").pack(), ("127.0.0.1", self.port))
            reply = DNSRecord.parse(udp.recv(4096))
        return next((int(str(answer.rdata).split(".")[-1]) for answer in reply.rr if answer.rtype == QTYPE.A), 0)

    def wait_for(self, expected: int, address: str, database: str = "standard") -> None:
        """Waits until Gatepost answers so: a change by the command line is to hold within a second."""
        deadline = time.monotonic() + 10
        while self.answer(address, database) != expected:
            assert time.monotonic() < deadline, f"{address} in the {database} database is still not {expected}"
            time.sleep(0.05)


def values(printed: str) -> Iterator[Any]:
    """The JSON values that stand one after the other in what was printed."""
    rest = printed.strip()
    while rest:
        value, end = json.JSONDecoder().raw_decode(rest)
        yield value
        rest = rest[end:].strip()


def query_name(address: str, code: str, database: str) -> str:
    """The name that an MTA asks for (RFC 5782 2.1, 2.4)."""
    reversed_address = ipaddress.ip_address(address).reverse_pointer.rpartition(".")[0].rpartition(".")[0]
    return f"{reversed_address}.{code}.{LABELS[database]}.{ZONE}"
