"""Packets of every kind at full rate, and connections that nobody uses: it goes on answering and does not grow."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from dnsd.server import DnsServer
from tests.dnsd import flood as flood_program
from tests.dnsd import wire
from tests.dnsd.ask import LISTED, Tcp, Udp, is_answered
from tests.dnsd.desk import Desk

Start = Callable[..., DnsServer]
ROOT = Path(__file__).resolve().parents[2]
# HOSTILE_SECONDS asks for a longer time of it.
SECONDS = float(os.environ.get("HOSTILE_SECONDS", "3"))
FLOODS = 10  # at most: a busy machine loses the better part of one
TRIES = 40  # as a resolver has them, which asks again where a packet was lost
GROWTH = 8 << 20  # octets that do not matter: the ring fills, tables of the interpreter grow to their size
IDLE, BEGUN = 200, 50


def memory() -> int:
    """Octets of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def is_answered_in_the_end(client: Udp) -> bool:
    client._socket.settimeout(0.5)
    for _ in range(TRIES):
        with contextlib.suppress(TimeoutError):
            return is_answered(client)
    return False


def flood(address: tuple[str, int], seconds: float) -> subprocess.Popen[str]:
    """Begun when this returns."""
    arguments = [sys.executable, "-m", "tests.dnsd.flood", *map(str, (*address, seconds, "a flood"))]
    flooding = subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert flooding.stdout and flooding.stdout.readline() == "sending\n"
    return flooding


def test_mutated_packets_at_full_rate_leave_it_answering_and_memory_flat(desk: Desk, start: Start):
    address = start(desk, threads=2).addresses[0]
    sizes: list[int] = []
    kinds: Counter[str] = Counter()
    for _ in range(FLOODS):
        with flood(address, SECONDS) as flooding, contextlib.closing(Udp(address)) as client:
            while flooding.poll() is None:
                time.sleep(0.25)
                kinds.update(desk.counted())  # as the flush of counts does
                assert is_answered_in_the_end(client)
                sizes.append(memory())
            assert flooding.stdout
            sent = int(flooding.stdout.read())
        kinds.update(desk.counted())
        if kinds["answers"] > 1000 and kinds["malformed"] > 100:
            break
    with contextlib.closing(Udp(address)) as client, contextlib.closing(Tcp(address)) as by_tcp:
        assert is_answered_in_the_end(client)
        assert is_answered(by_tcp)

    grown = max(sizes) - sizes[len(sizes) // 3]
    print(f"{sent} packets in {SECONDS} s; memory grew by {grown >> 10} kB; {dict(kinds)}")
    assert flooding.returncode == 0
    assert sent >= flood_program.PACKETS, "not one round of them"
    assert kinds["answers"] > 1000 and kinds["malformed"] > 100 and "failed" not in kinds
    assert grown < GROWTH


def test_idle_and_unfinished_connections_delay_no_answer_until_they_are_closed(desk: Desk, start: Start):
    """All of them are still open when the last answer has come: it came before any limit of theirs had passed."""
    address = start(desk).addresses[0]
    with contextlib.ExitStack() as others:
        silent = []
        for number in range(IDLE + BEGUN):
            other = others.enter_context(contextlib.closing(Tcp(address, source=f"127.0.{1 + number // 50}.1")))
            if number >= IDLE:
                other.socket.sendall(wire.framed(LISTED)[: 1 + number % 40])
            silent.append(other.socket)
        for kind in (Udp, Tcp, Tcp):
            with contextlib.closing(kind(address)) as client:
                for _ in range(10):
                    assert is_answered(client)
        for sock in silent:
            sock.setblocking(False)
            with contextlib.suppress(BlockingIOError):  # nothing to read, not even the end
                assert sock.recv(1), "it was closed"
