"""A stop answers what was received, under load too, and does not take long."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from dnsd.server import DnsServer
from reputation import compiled
from tests.dnsd import cast, wire
from tests.dnsd.ask import Udp, numbered
from tests.dnsd.desk import Desk

# The compiled loop needs milliseconds for its part; Python answers those of the slow path after the end of the loop.
BURST = 500 if compiled.is_compiled() else 100
# A stop takes at most 200 ms on a machine with time for it; this is for one that has none.
PATIENCE = 5.0
KINDS = {"plain": wire.A, "slow path": wire.TXT}


def client_of(server: DnsServer) -> Udp:
    """With room for all replies that may be under way."""
    client = Udp(server.addresses[0])
    client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    return client


def replies_left(client: Udp) -> list[int]:
    """The IDs of what has arrived by now: on loopback a reply that was sent has."""
    client._socket.setblocking(False)
    left = []
    with contextlib.suppress(BlockingIOError):
        while True:
            left.append(wire.read(client.receive()).id)
    return left


@pytest.fixture(params=[1, 2], ids=["one loop", "two loops"])
def server(desk: Desk, request: pytest.FixtureRequest) -> DnsServer:
    server = DnsServer(desk.resolver, [("127.0.0.1", 0)], threads=request.param)
    server.start()
    return server


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("round_", range(3))
def test_all_of_a_burst_is_answered_by_a_stop_right_behind_it(desk: Desk, server: DnsServer, kind: int, round_: int):
    packets = [wire.query(cast.reversed_name("203.0.113.2"), kind, id=number) for number in range(BURST)]
    with contextlib.closing(client_of(server)) as client:
        for packet in packets:
            client.send(packet)
        server.stop()

        assert sorted(replies_left(client)) == list(range(BURST))
    assert sum(desk.counted().values()) == BURST


class Asker:
    """Asks without pause, a hundred questions in flight; one in ten takes the slow path."""

    def __init__(self, server: DnsServer) -> None:
        self.client, self.answered, self.sent = client_of(server), 0, 0
        self.client._socket.settimeout(0.5)  # after the stop nobody answers
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        slow = wire.query(cast.reversed_name("203.0.113.2"), wire.TXT)
        with contextlib.suppress(TimeoutError, ConnectionRefusedError):
            while True:
                for number in range(100):
                    self.client.send(numbered(number) if number % 10 else slow)
                    self.sent += 1
                for _ in range(100):
                    self.client.receive()
                    self.answered += 1

    def end(self) -> None:
        self._thread.join()
        with contextlib.suppress(ConnectionRefusedError):  # what was sent to the closed port
            self.answered += len(replies_left(self.client))
        self.client.close()


def test_under_load_a_stop_answers_all_that_the_loops_have_received(desk: Desk, server: DnsServer):
    askers = [Asker(server) for _ in range(3)]
    time.sleep(0.3)
    began = time.monotonic()
    server.stop()
    took = time.monotonic() - began
    for asker in askers:
        asker.end()

    assert took < PATIENCE
    assert sum(desk.counted().values()) == sum(asker.answered for asker in askers) > 300


def test_a_stop_of_a_quiet_server_needs_no_packet(server: DnsServer):
    began = time.monotonic()
    server.stop()

    assert time.monotonic() - began < PATIENCE
