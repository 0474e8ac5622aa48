"""TCP as RFC 1035 4.2.2 and RFC 7766 want it: pipelining, half-closes, lost framing, patience and limits."""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest

from dnsd.server import DnsServer
from dnsd.tcp import TcpLimits
from reputation.verdict.snapshot import Listed
from tests.descriptors import none_left
from tests.dnsd import cast, wire
from tests.dnsd.ask import LISTED, WAIT, Tcp, Udp, is_answered, numbered
from tests.dnsd.desk import Desk

SHORT = TcpLimits(idle=0.3, begun=0.3)
Start = Callable[..., DnsServer]


@pytest.fixture
def tcp(served: tuple[str, int]) -> Iterator[Tcp]:
    with contextlib.closing(Tcp(served)) as client:
        yield client


def test_many_messages_in_one_segment_are_answered_in_order(tcp: Tcp):
    tcp.socket.sendall(b"".join(wire.framed(numbered(number)) for number in range(300)))

    assert [wire.read(tcp.receive()).id for _ in range(300)] == list(range(300))


def test_a_message_may_come_an_octet_at_a_time(tcp: Tcp):
    tcp.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in wire.framed(LISTED) + wire.framed(LISTED):
        tcp.socket.sendall(bytes([octet]))

    assert wire.read(tcp.receive()).addresses == wire.read(tcp.receive()).addresses == ["127.0.0.2"]


def test_length_and_message_come_in_one_segment(tcp: Tcp):
    tcp.socket.sendall(wire.framed(LISTED))

    data = tcp.socket.recv(65535)

    assert len(data) == 2 + int.from_bytes(data[:2], "big")


def test_what_was_whole_is_answered_when_the_peer_half_closes(tcp: Tcp):
    tcp.socket.sendall(b"".join(wire.framed(numbered(number)) for number in range(100)) + wire.framed(LISTED)[:-1])
    tcp.socket.shutdown(socket.SHUT_WR)

    assert [wire.read(tcp.receive()).id for _ in range(100)] == list(range(100))
    assert tcp.is_closed()  # the message that FIN cut short is not answered


@pytest.mark.parametrize("bad", [b"\0\0", b"\0\x0b" + bytes(11), wire.framed(wire.message(b"\xc0\x0c\0\1\0\1"))])
def test_answers_before_a_lost_framing_arrive_and_what_follows_it_is_not_read(tcp: Tcp, bad: bytes):
    tcp.socket.sendall(wire.framed(numbered(1)) + wire.framed(numbered(2)) + bad + wire.framed(numbered(3)) * 200)

    received = []
    with contextlib.suppress(EOFError):
        while True:
            received.append(wire.read(tcp.receive()))
    assert [reply.id for reply in received if reply.rcode == wire.NOERROR] == [1, 2]
    assert len(received) <= 3


@pytest.mark.parametrize(
    ("packet", "rcode"),
    [
        (wire.message(flags=15 << 11, counts=(0, 0, 0, 0)), wire.NOTIMP),
        (wire.query("other.example"), wire.REFUSED),
        (wire.query("rep.example") + b"more", wire.FORMERR),
        (wire.message(b"", (0, 0, 0, 0)), wire.FORMERR),
    ],
)
def test_an_error_ends_no_connection(tcp: Tcp, packet: bytes, rcode: int):
    assert tcp.ask(packet).rcode == rcode
    assert is_answered(tcp)


def test_a_large_message_is_read_whole(tcp: Tcp):
    assert tcp.ask(wire.query("rep.example") + bytes(65000)).rcode == wire.FORMERR
    assert is_answered(tcp)


def test_an_idle_connection_is_closed(desk: Desk, start: Start):
    with contextlib.closing(Tcp(start(desk, tcp_limits=SHORT).addresses[0])) as client:
        assert is_answered(client)
        assert client.is_closed()


def test_a_message_that_is_begun_and_never_finished_is_not_waited_for(desk: Desk, start: Start):
    limits = TcpLimits(idle=3600, begun=0.3)
    with contextlib.closing(Tcp(start(desk, tcp_limits=limits).addresses[0])) as client:
        client.socket.sendall(wire.framed(LISTED)[:20])
        assert client.is_closed()


def test_silent_and_unfinished_connections_are_in_nobodys_way(desk: Desk, start: Start):
    address = start(desk).addresses[0]
    with contextlib.ExitStack() as others:
        for number in range(60):
            other = others.enter_context(contextlib.closing(Tcp(address, source=f"127.0.1.{number + 1}")))
            if number % 2:
                other.socket.sendall(wire.framed(LISTED)[: 1 + number])
        for kind in (Udp, Tcp):
            with contextlib.closing(kind(address)) as client:
                assert is_answered(client)


def test_at_a_clients_limit_its_quietest_connection_goes(desk: Desk, start: Start):
    address = start(desk, tcp_limits=TcpLimits(of_client=2)).addresses[0]
    with contextlib.ExitStack() as stack:
        other, first, second = (
            stack.enter_context(contextlib.closing(Tcp(address, source))) for source in ("127.0.1.1", None, None)
        )
        assert is_answered(other) and is_answered(first) and is_answered(second) and is_answered(first)
        third = stack.enter_context(contextlib.closing(Tcp(address)))

        assert is_answered(third)
        assert second.is_closed()
        assert is_answered(first) and is_answered(other)


def test_at_the_limit_of_all_the_quietest_connection_goes(desk: Desk, start: Start):
    address = start(desk, tcp_limits=TcpLimits(in_all=3)).addresses[0]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(Tcp(address, f"127.0.1.{number}"))) for number in range(1, 4)]
        assert all(is_answered(client) for client in clients)
        newcomer = stack.enter_context(contextlib.closing(Tcp(address)))

        assert is_answered(newcomer)
        assert clients[0].is_closed()
        assert is_answered(clients[1]) and is_answered(clients[2])


def test_who_asks_and_never_reads_is_not_read_from_and_then_dropped(make_desk: type[Desk], start: Start):
    long = cast.layer((cast.Listing("203.0.113.2", cast.KSS_SLOT, reason="x" * 3900),))
    desk = make_desk(cast.snapshot_with(standard=Listed(feeds=long)))
    address = start(desk, tcp_limits=TcpLimits(idle=1.0, unsent=65536)).addresses[0]
    question = wire.framed(wire.query(cast.reversed_name("203.0.113.2"), wire.TXT))
    with contextlib.closing(Tcp(address)) as greedy, contextlib.closing(Udp(address)) as other:
        greedy.socket.settimeout(0.2)
        sent = 0
        with contextlib.suppress(TimeoutError, ConnectionError):
            while sent < 64 << 20:
                sent += greedy.socket.send(question * 500)
        assert sent < 64 << 20, "the server reads without end"
        assert is_answered(other)
        poll = select.poll()
        poll.register(greedy.socket, 0)  # only errors and hang-ups: reading would be what it never does
        assert poll.poll(WAIT * 1000), "the connection is kept"


def test_a_client_that_resets_its_connection_ends_nothing_else(desk: Desk, start: Start):
    address = start(desk).addresses[0]
    for _ in range(20):
        client = Tcp(address)
        client.socket.sendall(wire.framed(LISTED) * 50)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    with contextlib.closing(Tcp(address)) as client:
        assert is_answered(client)


class Told:
    """Hears where no connection can be accepted."""

    def __init__(self) -> None:
        self.errors: list[OSError] = []
        self.looks = 0

    def met(self, error: OSError) -> None:
        self.errors.append(error)

    def look(self) -> None:
        self.looks += 1


def test_without_a_descriptor_it_tries_again_a_few_times_a_second_and_answers_those_it_has(desk: Desk, start: Start):
    told = Told()
    server = start(desk, trouble=told)
    address = server.addresses[0]
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(contextlib.closing(Tcp(address, f"127.0.1.{number}"))) for number in range(1, 4)]
        assert all(is_answered(other) for other in others)
        waiting = [socket.socket() for _ in range(30)]  # made before, since this process is the server's
        for each in waiting:
            stack.enter_context(contextlib.closing(each))
        began = time.process_time()
        with none_left():
            for each in waiting:
                each.connect(address)
            time.sleep(1)
        assert time.process_time() - began < 0.7
        assert 1 <= len(told.errors) <= 40 and {error.errno for error in told.errors} == {errno.EMFILE}
        assert server.tcp_figures()["refused"] == len(told.errors)
        newcomer = stack.enter_context(contextlib.closing(Tcp(address)))
        assert is_answered(newcomer)
    assert told.looks


def test_it_counts_what_is_open_and_what_was_closed(desk: Desk, start: Start):
    server = start(desk, tcp_limits=TcpLimits(in_all=2, begun=0.3))
    address = server.addresses[0]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(Tcp(address, f"127.0.1.{number}"))) for number in range(1, 4)]
        assert is_answered(clients[2])
        clients[2].socket.sendall(wire.framed(LISTED)[:20])
        assert clients[2].is_closed()

        figures = server.tcp_figures()
    assert figures["bound"] == 2 and figures["closed for quiet"] == 1
    assert figures["closed by deadline"] == 1 and figures["refused"] == 0 and figures["open"] <= 1
