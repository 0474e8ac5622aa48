"""The door as a whole: the address that answers, opening with a reason why not, closing without a loss."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from dnsd.access import Access
from dnsd.server import DnsServer
from tests import own_network
from tests.dnsd import cast, wire
from tests.dnsd.ask import Tcp, Udp, is_answered, numbered
from tests.dnsd.desk import Desk

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., DnsServer]


# The address that answers


@pytest.mark.parametrize("asked", ["127.0.0.1", "127.0.0.5", "127.99.0.1"])
def test_on_a_wildcard_door_the_address_that_was_asked_answers(desk: Desk, start: Start, asked: str):
    port = start(desk, [("0.0.0.0", 0)]).addresses[0][1]
    for kind in (Udp, Tcp):
        with contextlib.closing(kind((asked, port))) as client:  # a connected socket hears no other address
            assert is_answered(client)


@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6(desk: Desk, start: Start, host: str):
    port = start(desk, [(host, 0)]).addresses[0][1]
    for kind in (Udp, Tcp):
        with contextlib.closing(kind(("::1", port))) as client:
            assert is_answered(client)


def test_several_doors_each_on_their_own_port(desk: Desk, start: Start):
    server = start(desk, [("127.0.0.1", 0), ("127.0.0.2", 0), ("::1", 0)])

    assert [host for host, _ in server.addresses] == ["127.0.0.1", "127.0.0.2", "::1"]
    for address in server.addresses:
        for kind in (Udp, Tcp):
            with contextlib.closing(kind(address)) as client:
                assert is_answered(client)


def test_both_versions_may_share_a_port(desk: Desk, start: Start):
    port = start(desk, [("0.0.0.0", 0)]).addresses[0][1]
    start(desk, [("::", port)])


def test_every_address_of_a_wildcard_ipv6_door_answers_as_itself():
    """In a network of its own, so that an address can be added."""
    assert own_network.run("tests.dnsd.wildcard6").split() == ["2001:db8::5", "2001:db8::6"]


def test_over_udp_the_limit_drops_and_slips_and_over_tcp_all_is_answered(make_desk: type[Desk], start: Start):
    desk = make_desk(cast.snapshot(), Access(rate=0.001, burst=1, exempt=()))
    address = start(desk).addresses[0]
    outside = wire.query("other.example")
    with contextlib.closing(Udp(address)) as udp, contextlib.closing(Tcp(address)) as tcp:
        assert udp.ask(outside).rcode == wire.REFUSED
        udp.send(outside)  # dropped
        assert udp.ask(outside).flags == {"qr", "tc"}
        assert [tcp.ask(outside).rcode for _ in range(20)] == [wire.REFUSED] * 20
        assert is_answered(udp)


# Closing


@pytest.mark.parametrize("round_", range(3))
def test_a_stop_loses_no_query_that_was_received(desk: Desk, start: Start, round_: int):
    server = DnsServer(desk.resolver, [("127.0.0.1", 0)])
    server.start()
    address = server.addresses[0]
    with contextlib.closing(Udp(address)) as udp, contextlib.closing(Tcp(address)) as tcp:
        assert is_answered(tcp)
        desk.counted()
        tcp.socket.sendall(b"".join(wire.framed(numbered(number)) for number in range(60)))
        for number in range(60):
            udp.send(numbered(number))
        server.stop()

        assert desk.counted() == {"answers": 120}
        assert [wire.read(udp.receive()).id for _ in range(60)] == list(range(60))
        assert [wire.read(tcp.receive()).id for _ in range(60)] == list(range(60))
        assert tcp.is_closed()


def test_a_stopped_server_leaves_no_thread_and_no_port(desk: Desk, start: Start):
    before = threading.active_count()
    server = DnsServer(desk.resolver, [("127.0.0.1", 0), ("::1", 0)])
    server.start()
    addresses = server.addresses
    silent = Tcp(addresses[0])
    server.stop()
    server.stop()

    assert threading.active_count() == before
    assert silent.is_closed()
    silent.close()
    start(desk, addresses)


def test_it_starts_again_on_its_port_while_old_connections_expire(desk: Desk, start: Start):
    server = DnsServer(desk.resolver, [("127.0.0.1", 0)])
    server.start()
    address = server.addresses[0]
    client = Tcp(address)
    assert is_answered(client)
    server.stop()  # closes first, so the connection waits in TIME_WAIT on our side
    client.close()

    start(desk, [address])


def test_the_door_brings_neither_flask_nor_peewee_along():
    program = "import sys, dnsd.server; print(*sorted({name.partition('.')[0] for name in sys.modules}))"

    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    assert not {"flask", "peewee", "playhouse", "portal", "werkzeug", "urllib3"} & set(loaded.split())
    assert {"dnsd", "dnslib"} <= set(loaded.split())
