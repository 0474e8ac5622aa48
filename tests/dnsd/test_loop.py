"""The loops on their sockets: who is let in, which address answers, several on one port, and what is left to Python."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dnsd.access import Access
from dnsd.loop import Loop
from dnsd.protocol import LONGEST_UDP_QUERY
from dnsd.server import DnsServer
from dnsd.sockets import BindError
from dnsd.udp import udp_loop
from reputation import compiled
from reputation.verdict.counters import HOUR
from reputation.verdict.rules import Rules
from reputation.verdict.snapshot import Policies
from reputation.verdict.tally import ORGANIZATIONS
from reputation.verdict.zones import FOREVER, KSS, STANDARD
from tests.dnsd import cast, wire
from tests.dnsd.ask import LISTED, WAIT, From, Tcp, Udp, is_answered, numbered
from tests.dnsd.desk import Desk

Start = Callable[..., DnsServer]
BURST = 512
UNLISTED = wire.query(cast.reversed_name("203.0.113.1"))
SLOW_PATH = wire.query(cast.reversed_name("203.0.113.2"), wire.TXT)  # its reason has to be filled in
needs_compiled = pytest.mark.skipif(not compiled.is_compiled(), reason="interpreted, one thread answers all packets")


def ask_from(source: str, address: tuple[str, int], packet: bytes = LISTED) -> wire.Reply:
    with contextlib.closing(From(source, address)) as client:
        return client.ask(packet)


# Who may ask


@pytest.mark.parametrize("packet", [LISTED, UNLISTED, SLOW_PATH], ids=["listed", "unlisted", "slow path"])
@pytest.mark.parametrize(
    ("source", "may"),
    [("127.0.0.1", True), ("127.0.0.7", True), ("127.0.0.8", False), ("127.0.9.9", True), ("127.0.9.10", False)],
)
def test_the_access_list_holds_to_the_address(
    make_desk: type[Desk], start: Start, source: str, may: bool, packet: bytes
):
    desk = make_desk(cast.snapshot(), Access(allowed=["127.0.0.0/29", "127.0.9.9"]))
    reply = ask_from(source, start(desk, threads=2).addresses[0], packet)

    assert (reply.rcode != wire.REFUSED) is may
    assert desk.counted().get("denied", 0) == (not may)


@pytest.mark.parametrize(("allowed", "may"), [(["::1"], True), (["2001:db8::/32", "0.0.0.0/0"], False)])
def test_the_access_list_holds_for_ipv6(make_desk: type[Desk], start: Start, allowed: list[str], may: bool):
    desk = make_desk(cast.snapshot(), Access(allowed=allowed))

    assert (ask_from("::1", start(desk, [("::1", 0)]).addresses[0]).rcode == wire.NOERROR) is may


# The address that answers


@pytest.mark.parametrize(("everywhere", "asked"), [("0.0.0.0", ("127.0.0.1", "127.3.2.1")), ("::", ("::1",))])
@pytest.mark.parametrize("packet", [LISTED, SLOW_PATH], ids=["plain", "slow path"])
def test_several_loops_on_a_wildcard_door_answer_from_the_address_that_was_asked(
    desk: Desk, start: Start, everywhere: str, asked: tuple[str, ...], packet: bytes
):
    port = start(desk, [(everywhere, 0)], threads=2).addresses[0][1]
    for address in asked * 10:
        with contextlib.closing(Udp((address, port))) as client:  # a connected socket hears no other address
            assert client.ask(packet).rcode == wire.NOERROR


# Several on one port


def test_every_loop_on_a_port_answers_and_counts(desk: Desk, start: Start):
    """The kernel gives each client to one loop: of fifty clients, both have some."""
    server = start(desk, threads=2)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(contextlib.closing(Udp(server.addresses[0]))) for _ in range(50)]
        for client in clients * 4:
            assert is_answered(client)
    if compiled.is_compiled():
        received = [loop.figures()["received"] for loop in server._udp]
        assert len(received) == 2 and all(received) and sum(received) == 200
    batch = desk.counters.drain(cast.NOW)

    assert batch.answers.total() == len(batch.matches) == 200


@pytest.mark.parametrize("threads", [1, 2])
def test_a_second_server_on_the_port_is_refused(desk: Desk, start: Start, threads: int):
    address = start(desk, threads=2).addresses[0]

    with pytest.raises(BindError, match=r"this program holds UDP port \d+ of 127.0.0.1 already") as refused:
        DnsServer(desk.resolver, [address], threads=threads).start()

    assert refused.value.errno == errno.EADDRINUSE
    with contextlib.closing(Udp(address)) as client:
        assert is_answered(client)


def test_the_port_is_free_again_after_several_loops(desk: Desk, start: Start):
    server = DnsServer(desk.resolver, [("127.0.0.1", 0)], threads=2)
    for _ in range(3):
        server.start()
        [address] = server.addresses
        server.stop()

    start(desk, [address], threads=2)


# What is received


@pytest.mark.parametrize("kind", [wire.A, wire.TXT], ids=["plain", "slow path"])
def test_a_burst_in_flight_loses_none(desk: Desk, start: Start, kind: int):
    address = start(desk).addresses[0]
    with contextlib.closing(Udp(address)) as client:
        client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        for _ in range(5):
            for number in range(BURST):
                client.send(wire.query(cast.reversed_name("203.0.113.2"), kind, id=number))
            assert {wire.read(client.receive()).id for _ in range(BURST)} == set(range(BURST))


def test_nothing_and_too_much_are_received_and_change_nothing(desk: Desk, start: Start):
    """No query needs as much as a slot has room for: what is longer is malformed, or silence where it is a reply."""
    with contextlib.closing(Udp(start(desk).addresses[0])) as client:
        for size in (0, 1, 11, 1535, 1536, 1537, 2112, 4096, 65507):
            packet = (LISTED + bytes(65507))[:size]
            if size < 12:
                assert client.is_silent(packet)
            else:
                assert client.ask(packet).rcode == wire.FORMERR
            assert is_answered(client)


def test_the_longest_options_of_a_plain_query_leave_it_plain(desk: Desk, start: Start):
    with contextlib.closing(Udp(start(desk).addresses[0])) as client:
        for size in (0, 1, 500, 1400):
            padded = wire.opt(options=wire.option(12, bytes(size)))
            reply = client.ask(wire.query(cast.reversed_name("203.0.113.2"), additional=(padded,)))
            assert (reply.addresses, reply.counts) == (["127.0.0.2"], (1, 1, 0, 1))


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"], ids=["one address", "every address"])
def test_over_udp_a_question_longer_than_what_is_read_is_malformed_and_over_tcp_it_is_answered(
    desk: Desk, start: Start, host: str
):
    """The same octets are read compiled and interpreted: run with GATEPOST_INTERPRETED=1, this is the other build."""
    address = ("127.0.0.1", start(desk, [(host, 0)]).addresses[0][1])
    bare = len(wire.query(cast.reversed_name("203.0.113.2"), additional=(wire.opt(options=wire.option(12)),)))
    with contextlib.closing(Udp(address)) as udp, contextlib.closing(Tcp(address)) as tcp:
        for size in (1535, 1536, 1537, 2000, 9000, 65000):
            padded = wire.opt(options=wire.option(12, bytes(size - bare)))
            packet = wire.query(cast.reversed_name("203.0.113.2"), additional=(padded,))
            assert len(packet) == size
            reply = udp.ask(packet)
            assert reply.rcode == (wire.NOERROR if size <= LONGEST_UDP_QUERY else wire.FORMERR)
            assert reply.counts == ((1, 1, 0, 1) if size <= LONGEST_UDP_QUERY else (1, 0, 0, 0))
            assert tcp.ask(packet).addresses == ["127.0.0.2"]


def test_batches_of_every_kind_of_packet_get_each_its_own_reply(desk: Desk, start: Start):
    """Plain, slow-path and silent ones side by side: slots are not mixed up."""
    address = start(desk).addresses[0]
    with contextlib.closing(Udp(address)) as client:
        client._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        expected = {}
        for number in range(300):
            host = number % 250
            if number % 7 == 3:
                client.send(wire.message(flags=wire.QR))
            packet = wire.query(cast.reversed_name(f"203.0.113.{host}"), (1, 16, 28)[number % 3], id=number)
            expected[number] = desk.resolver.answer(packet, ("127.0.0.1", 40000))
            client.send(packet)
        replies = [client.receive() for _ in range(300)]

    assert {wire.read(reply).id: reply for reply in replies} == expected


def test_an_organization_beyond_the_tallies_is_answered_and_counted_all_the_same(make_desk: type[Desk], start: Start):
    beyond = ORGANIZATIONS + 5
    nobodys = [0] * (beyond + 2)
    chosen = Policies(
        codes={cast.ACME_CODE.encode(): (beyond, FOREVER)},
        databases=b"\1" * (beyond + 1),
        categories=b"\7" * (beyond + 1),
        levels=bytes(beyond + 1),
        rules=Rules(from4=nobodys, from6=nobodys),
        has_origin_rules=bytes(beyond + 1),
    )
    desk = make_desk(cast.snapshot_with(chosen=chosen))
    with contextlib.closing(Udp(start(desk).addresses[0])) as client:
        assert is_answered(client)

    at = cast.NOW - cast.NOW % HOUR
    assert desk.counters.drain(cast.NOW).answers == {(at, beyond, STANDARD, KSS): 1}


@needs_compiled
def test_a_loop_that_cannot_receive_ends_when_it_is_told_to(desk: Desk):
    context = desk.resolver.context()
    loop = Loop(context.zone, context.live, context.new_tally(), context.allowed, context.limits)
    reading, writing = os.pipe()  # no socket
    thread = threading.Thread(target=loop.serve, args=(reading, writing, False), daemon=True)
    thread.start()
    desk.live.swap(cast.snapshot_with(serial=1))
    desk.live.swap(cast.snapshot_with(serial=2))  # its turns go on
    loop.stop()
    thread.join(WAIT)

    assert not thread.is_alive()
    assert not any(loop.figures().values())
    os.close(reading)
    os.close(writing)


# Before the first snapshot


@pytest.mark.parametrize("packet", [LISTED, SLOW_PATH], ids=["plain", "slow path"])
def test_before_the_first_snapshot_we_are_not_ready_and_then_at_once(
    make_desk: type[Desk], start: Start, packet: bytes
):
    desk = make_desk()
    with contextlib.closing(Udp(start(desk, threads=2).addresses[0])) as client:
        assert client.ask(packet).rcode == wire.SERVFAIL
        desk.live.swap(cast.snapshot())
        assert client.ask(packet).rcode == wire.NOERROR


# What Python is left with


class Held:
    """An answer for slow-path packets that is not given before it is let go."""

    def __init__(self, answer: Callable[..., bytes | None]) -> None:
        self._answer, self._let_go = answer, threading.Event()
        self.asked = threading.Event()

    def __call__(self, packet: bytes, client: tuple[Any, ...], **decided: Any) -> bytes | None:
        self.asked.set()
        assert self._let_go.wait(WAIT)
        return self._answer(packet, client, **decided)

    def let_go(self) -> None:
        self._let_go.set()


@pytest.fixture
def held(desk: Desk) -> Iterator[tuple[Held, tuple[str, int]]]:
    """A loop whose slow-path packets wait."""
    context = desk.resolver.context()
    held = Held(context.answer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        loop = udp_loop(sock, context._replace(answer=held))
        loop.start()
        yield held, sock.getsockname()
        held.let_go()
        loop.stop()
        loop.join()


@needs_compiled
def test_odd_packets_do_not_hold_up_the_plain_ones(held: tuple[Held, tuple[str, int]]):
    answer, address = held
    with contextlib.closing(Udp(address)) as slow, contextlib.closing(Udp(address)) as plain:
        for _ in range(10):
            slow.send(SLOW_PATH)
        assert answer.asked.wait(WAIT)

        for number in range(200):
            assert plain.ask(numbered(number)).id == number
        answer.let_go()
        assert [wire.read(slow.receive()).rcode for _ in range(10)] == [wire.NOERROR] * 10


@needs_compiled
def test_more_odd_packets_than_there_is_room_for_are_counted_and_hold_up_nothing(desk: Desk):
    context = desk.resolver.context()
    held = Held(context.answer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        loop = udp_loop(sock, context._replace(answer=held))
        loop.start()
        with contextlib.closing(Udp(sock.getsockname())) as client:
            while not loop.figures()["slow path lost"]:
                for _ in range(100):
                    client.send(SLOW_PATH)
                assert is_answered(client)
            held.let_go()
            loop.stop()
            loop.join()
            figures = loop.figures()
            client._socket.setblocking(False)

    waited = figures["slow path"] - figures["slow path lost"]
    assert figures["slow path lost"] > 0
    assert desk.counted()["txt"] == waited
    assert BURST <= waited < 4 * BURST, "a stop waits for what waits for Python"


@needs_compiled
def test_who_fills_the_queue_to_python_leaves_room_and_turns_for_another_network(desk: Desk):
    context = desk.resolver.context()
    held = Held(context.answer)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        loop = udp_loop(sock, context._replace(answer=held))
        loop.start()
        address = sock.getsockname()
        with contextlib.closing(From("127.0.7.7", address)) as flood, contextlib.closing(Udp(address)) as lookup:
            while not loop.figures()["slow path lost"]:  # its share is full
                for _ in range(100):
                    flood.send(SLOW_PATH)
                assert is_answered(lookup)
            lookup.send(wire.query(cast.reversed_name("203.0.113.2"), wire.TXT, id=7))
            assert is_answered(lookup), "it is with Python now"
            held.let_go()
            assert wire.read(lookup.receive()).id == 7
            behind = desk.counted()["txt"]
            loop.stop()
            loop.join()
        assert behind < BURST, f"it waited for {behind} of the other network"
        assert desk.counted().get("txt", 0) > 0, "which waited at that time"


ASKING = """
import sys, time
from tests.dnsd.ask import Udp, is_answered
client = Udp((sys.argv[1], int(sys.argv[2])))
print("asking", flush=True)
end = time.monotonic() + 30
while time.monotonic() < end:
    assert is_answered(client)
    print(time.monotonic(), flush=True)
"""


@needs_compiled
def test_plain_packets_are_answered_while_the_interpreter_is_held(desk: Desk, start: Start):
    address = start(desk).addresses[0]
    arguments = [sys.executable, "-c", ASKING, address[0], str(address[1])]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as asking:
        assert asking.stdout
        assert asking.stdout.readline() == "asking\n"
        began = time.monotonic()
        sum(range(30_000_000))  # one call, which lets no other thread of Python run
        ended = time.monotonic()
        asking.terminate()
        answered = [float(line) for line in asking.stdout.read().splitlines()[:-1]]

    assert sum(began < at < ended for at in answered) > 20


@dataclasses.dataclass
class Asker:
    """A thread that asks without pause, a few questions in flight, and counts the answers."""

    address: tuple[str, int]
    answered: int = 0

    def run(self, over: threading.Event) -> None:
        with contextlib.closing(Udp(self.address)) as client:
            while not over.is_set():
                for number in range(20):
                    client.send(numbered(number) if number % 5 else SLOW_PATH)
                for _ in range(20):
                    client.receive()
                self.answered += 20


def test_drains_beside_the_loops_lose_no_count_and_make_none_up(desk: Desk, start: Start):
    address = start(desk, threads=2).addresses[0]
    over = threading.Event()
    askers = [Asker(address) for _ in range(4)]
    threads = [threading.Thread(target=asker.run, args=(over,)) for asker in askers]
    for thread in threads:
        thread.start()
    batches = []
    for _ in range(60):
        batches.append(desk.counters.drain(cast.NOW))
        time.sleep(0.01)
    over.set()
    for thread in threads:
        thread.join()
    batches.append(desk.counters.drain(cast.NOW))

    answered = sum(asker.answered for asker in askers)
    assert answered > 1000
    assert sum(batch.answers.total() for batch in batches) == answered * 4 // 5
    assert sum(len(batch.matches) + batch.matches_lost for batch in batches) == answered * 4 // 5
    assert sum(batch.others.total() for batch in batches) == answered // 5
