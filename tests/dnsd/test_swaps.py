"""Snapshots change while loops answer: each answer is whole, none is from a snapshot that is no more, nobody waits."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from dnsd.server import DnsServer
from tests.dnsd import cast, wire
from tests.dnsd.ask import WAIT, Udp, is_answered
from tests.dnsd.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
SECONDS = "3"
UNLISTED = wire.query(cast.reversed_name("203.0.113.1"))
Start = Callable[..., DnsServer]


def serial(client: Udp) -> int:
    """Of the snapshot that answers now."""
    return int.from_bytes(client.ask(UNLISTED).authority[0].rdata[-20:-16], "big")


def test_swaps_under_load_free_nothing_that_is_read_and_no_answer_is_out_of_date():
    done = subprocess.run(
        [sys.executable, "-m", "tests.dnsd.swapping", SECONDS],
        cwd=ROOT,
        env={**os.environ, "PYTHONMALLOC": "debug"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, f"ended with {done.returncode}: {done.stderr}"
    swaps, answers, seen, kept = map(int, done.stdout.split())
    assert swaps > 20 and answers > 100 and seen > 2, done.stdout
    assert kept == 2  # the live one, and the one before it


def test_a_packet_after_a_swap_is_answered_from_the_new_snapshot(desk: Desk, start: Start):
    server = start(desk, threads=2)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(Udp(server.addresses[0]))) for _ in range(8)]
        for number in range(1, 60):
            desk.live.swap(cast.snapshot_with(serial=number))
            assert {serial(client) for client in clients} == {number}


def test_swaps_go_on_when_the_loops_are_quiet_and_when_they_have_ended(desk: Desk, start: Start):
    """Nobody asks: a loop's turn ends by itself."""
    server = start(desk, threads=2)
    swap_all(desk, 20)
    server.stop()
    swap_all(desk, 200)

    with contextlib.closing(Udp(start(desk, threads=2).addresses[0])) as client:
        assert serial(client) == 199
        swap_all(desk, 20)
        assert serial(client) == 19


def swap_all(desk: Desk, count: int) -> None:
    """AssertionError where one waits for ever."""

    def swap() -> None:
        for number in range(count):
            desk.live.swap(cast.snapshot_with(serial=number))

    swapping = threading.Thread(target=swap, daemon=True)
    swapping.start()
    swapping.join(WAIT)
    assert not swapping.is_alive(), "a swap waits for a loop that is not there"


def test_loops_come_and_go_while_snapshots_change(desk: Desk, start: Start):
    over = threading.Event()

    def swap() -> None:
        number = 0
        while not over.is_set():
            desk.live.swap(cast.snapshot_with(serial=number))
            number += 1

    swapping = threading.Thread(target=swap)
    swapping.start()
    try:
        for _ in range(10):
            server = DnsServer(desk.resolver, [("127.0.0.1", 0)], threads=2)
            server.start()
            with contextlib.closing(Udp(server.addresses[0])) as client:
                for _ in range(20):
                    assert is_answered(client)
            server.stop()
    finally:
        over.set()
        swapping.join(WAIT)

    assert not swapping.is_alive()
