"""The answer limit on real sockets: whom it spares, and what it never touches."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest

from dnsd.access import Access
from dnsd.server import DnsServer
from tests.dnsd import cast, wire
from tests.dnsd.ask import From, Udp, is_answered
from tests.dnsd.desk import Desk

Start = Callable[..., DnsServer]
BURST = 20
QUESTIONS = 100
OUTSIDE = wire.query("other.example")
LAST = wire.query(cast.reversed_name("203.0.113.2"), id=1)  # answered behind those that are answered without Python
NEVER_LIMITED = wire.query(cast.reversed_name("203.0.113.2"), wire.TXT, id=1)  # in the queue of those before it


def answers(client: Udp) -> tuple[int, int]:
    """How many of a hundred questions without a code are answered, and how many told to come by TCP."""
    for _ in range(QUESTIONS):
        client.send(OUTSIDE)
    client.send(NEVER_LIMITED)
    flags = []
    while (reply := wire.read(client.receive())).id != 1:
        assert reply.rcode == (wire.NOERROR if "tc" in reply.flags else wire.REFUSED)
        flags.append(reply.flags)
    truncated = sum("tc" in each for each in flags)
    return len(flags) - truncated, truncated


def access(**settings: object) -> Access:
    return Access(rate=0.001, burst=BURST, **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize(("host", "source"), [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "127.9.9.9"), ("::1", "::1")])
def test_by_default_loopback_is_spared(make_desk: type[Desk], start: Start, host: str, source: str):
    server = start(make_desk(cast.snapshot(), access()), [(host, 0)], threads=2)
    with contextlib.closing(From(source, server.addresses[0])) as client:
        assert answers(client) == (QUESTIONS, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_nobody_is_spared_where_nobody_is_named(make_desk: type[Desk], start: Start, host: str):
    desk = make_desk(cast.snapshot(), access(exempt=()))
    with contextlib.closing(Udp(start(desk, [(host, 0)]).addresses[0])) as client:
        assert answers(client) == (BURST, (QUESTIONS - BURST) // 2)

    assert desk.counted()["limited"] == QUESTIONS - BURST


def test_the_limit_holds_for_the_network_that_is_not_named_beside_one_that_is(make_desk: type[Desk], start: Start):
    desk = make_desk(cast.snapshot(), access(exempt=["127.0.1.0/24"]))
    address = start(desk, threads=2).addresses[0]
    with (
        contextlib.closing(From("127.0.1.7", address)) as spared,
        contextlib.closing(From("127.0.2.7", address)) as limited,
        contextlib.closing(From("127.0.2.8", address)) as neighbour,
    ):
        assert answers(spared) == (QUESTIONS, 0)
        assert answers(limited) == (BURST, (QUESTIONS - BURST) // 2)
        assert answers(neighbour) == (0, QUESTIONS // 2), "a client network shares what it may"
        assert answers(spared) == (QUESTIONS, 0)


@pytest.mark.parametrize(
    ("asked", "qtype", "answered"),
    [("r.rep.example", wire.NS, 50), ("rep.example", wire.NS, 50), ("x.rep.example", wire.A, 1)],
    ids=["a database", "the apex", "no name of ours"],
)
def test_a_walk_through_the_zones_own_names_has_more_room(
    make_desk: type[Desk], start: Start, asked: str, qtype: int, answered: int
):
    desk = make_desk(cast.snapshot(), Access(rate=0.001, burst=1, exempt=()))
    packet = wire.query(asked, qtype, additional=(wire.opt(),))
    with contextlib.closing(Udp(start(desk).addresses[0])) as client:
        for _ in range(60):
            client.send(packet)
        client.send(LAST)
        flags = []
        while (reply := wire.read(client.receive())).id != 1:
            flags.append("tc" in reply.flags)

    assert flags == [False] * answered + [True] * ((60 - answered) // 2)
    assert desk.counted()["limited"] == 60 - answered


def test_a_reply_much_larger_than_its_question_has_no_more_room_than_others(make_desk: type[Desk], start: Start):
    """Who can forge an address would have it sent fifty times a second otherwise."""
    servers = {f"ns{number}.a-long-name-of-a-server.rep.example": ("192.0.2.53",) for number in range(13)}
    desk = make_desk(cast.snapshot(), Access(rate=0.001, burst=1, exempt=()), nameservers=servers)
    packet = wire.query("rep.example", wire.NS, additional=(wire.opt(),))
    with contextlib.closing(Udp(start(desk).addresses[0])) as client:
        replies = [client.ask(packet) for _ in range(1)]
        for _ in range(10):
            client.send(packet)
        client.send(LAST)
        flags = []
        while (reply := wire.read(client.receive())).id != 1:
            flags.append("tc" in reply.flags)

    assert [reply.counts for reply in replies] == [(1, 13, 0, 1)]
    assert flags == [True] * 5
    by_hand = desk.ask(packet, "198.51.100.1")
    assert by_hand is not None and by_hand.counts == (1, 13, 0, 1)
    again = desk.ask(packet, "198.51.100.1")
    assert again is None or "tc" in again.flags


@pytest.mark.parametrize("first", ["", "113.0.203."], ids=["a lookup", "a part of a name"])
def test_a_flood_under_one_code_ends_at_its_rate_and_leaves_other_networks_alone(
    make_desk: type[Desk], start: Start, first: str
):
    desk = make_desk(cast.snapshot(), Access(code_rate=20, exempt=()))
    name = f"{first}{cast.ACME_CODE}.r.rep.example" if first else cast.reversed_name("203.0.113.1")
    address = start(desk, threads=2).addresses[0]
    with (
        contextlib.closing(From("127.0.1.7", address)) as leaked,
        contextlib.closing(From("127.0.2.7", address)) as other,
    ):
        for _ in range(200):
            leaked.send(wire.query(name, id=7))
        for _ in range(10):
            assert is_answered(other)
        leaked._socket.settimeout(1.0)  # the other loop may still be at the flood
        flags = []
        with contextlib.suppress(TimeoutError):
            while True:
                flags.append("tc" in wire.read(leaked.receive()).flags)

    assert 20 <= flags.count(False) <= 60, "twenty at once, and twenty a second on a slow machine"
    assert flags.count(True) == pytest.approx((200 - flags.count(False)) / 2, abs=1)


def test_what_a_code_has_earned_is_never_limited(make_desk: type[Desk], start: Start):
    desk = make_desk(cast.snapshot(), access(exempt=()))
    with contextlib.closing(Udp(start(desk).addresses[0])) as client:
        answers(client)
        for _ in range(10 * BURST):
            assert is_answered(client)
            assert client.ask(wire.query(cast.reversed_name("203.0.113.1"), wire.MX)).rcode == wire.NXDOMAIN


@pytest.mark.parametrize("asked", ["203.0.113.9", "127.0.0.2"], ids=["in the fast path", "in the resolver"])
def test_a_second_lookup_that_a_standard_subscription_does_not_include_loses_no_answer(
    make_desk: type[Desk], start: Start, asked: str
):
    desk = make_desk(cast.snapshot(), access(exempt=()))
    second = wire.query(cast.reversed_name(asked, code=cast.BASIC_CODE, database="q"), additional=(wire.opt(),))
    with contextlib.closing(Udp(start(desk).addresses[0])) as client:
        answers(client)
        for _ in range(10 * BURST):
            reply = client.ask(second)
            assert (reply.rcode, reply.authority[0].rtype, "tc" in reply.flags) == (wire.NXDOMAIN, wire.SOA, False)
            assert is_answered(client), "Acme is answered beside it"

    counted = desk.counted()
    assert (counted["not subscribed"], counted["answers"]) == (10 * BURST, 10 * BURST)
    assert "unknown code" not in counted
