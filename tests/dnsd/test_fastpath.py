"""The fast path and the resolver give the same bytes and the same counts, or the fast path leaves it as it was."""

from __future__ import annotations

import os
from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dnsd import questions
from dnsd.access import Access, AccessResult, client_address
from dnsd.fastpath import answer
from dnsd.rate_limit import Client
from dnsd.resolver import Resolver
from reputation import compiled
from reputation.verdict.counters import NOT_SUBSCRIBED, Batch, Counters
from reputation.verdict.live import Live
from reputation.verdict.snapshot import Listed
from reputation.verdict.tally import Tally
from tests.dnsd import cast, chance, wire
from tests.dnsd.chance import DURATION, EVE, Drawn, World
from tests.dnsd.desk import Clock
from tests.dnsd.fast import Fast

# A million as it is served; fewer interpreted, and in a build of another kind, which are slower or the same again.
USUAL = 50_000 if not compiled.is_compiled() else 200_000 if "GATEPOST_COMPILED" in os.environ else 1_000_000
PACKETS = int(os.environ.get("DIFFERENTIAL_PACKETS", USUAL))
OF_A_WORLD = 2_000
ROOM = 2112  # of a slot in the loop
CLIENT = (str(chance.CLIENT), 40000)


class Twins:
    """The fast path and a resolver over one world, each with counters of its own."""

    def __init__(self, world: World, sample: int = 3) -> None:
        self.world, self.clock = world, Clock(EVE)
        live = Live()
        live.swap(world.snapshot)
        self.fast, self.slow = Counters(sample), Counters(sample)
        self.tally = self.fast.new_tally()
        resolver = Resolver(world.apex, live, self.slow, Access(rate=0, code_rate=0), self.clock)
        self.zone, self.resolver = world.apex.fast_zone(), resolver
        self.limits, self.client = Access(rate=0, code_rate=0).limits, Client()
        self.client.is_from(*client_address(CLIENT[0]), 0)

    def compare(self, drawn: Drawn, now: int) -> bool:
        """Whether the fast path answered. AssertionError where it did otherwise than the resolver."""
        size, packet = len(drawn.wire), drawn.wire
        buffer = bytearray(packet + drawn.behind).ljust(ROOM, b"\xaa")
        before = bytes(buffer)
        length = self.answer(buffer, size, now)
        if length < 0:
            assert length == -1
            assert buffer == before, f"a packet for the slow path was changed: {packet.hex()} at {now}"
            # Nothing behind the packet is looked at: in a buffer without room the checked build would say so.
            assert self.answer(bytearray(packet), size, now) == -1
            assert not drawn.plain, f"a plain packet was left over: {packet.hex()} at {now}"
            return False
        self.clock.now = now
        assert (bytes(buffer[:length]) or None) == self.resolver.answer(packet, CLIENT), f"{packet.hex()} at {now}"
        assert buffer[max(length, size) :] == before[max(length, size) :]
        return True

    def answer(self, buffer: bytearray, size: int, now: int) -> int:
        found: int = answer(self.zone, self.world.snapshot, self.tally, self.limits, self.client, buffer, size, now)
        return found

    def drain(self) -> tuple[Batch, Batch]:
        """What the fast path and what the resolver has counted."""
        return self.fast.drain(EVE + DURATION), self.slow.drain(EVE + DURATION)

    def compare_counts(self) -> Batch:
        fast, slow = self.drain()
        assert fast.answers == slow.answers
        assert fast.others == slow.others
        assert fast.matches == slow.matches
        assert fast.last_asked.keys() == slow.last_asked.keys()
        assert fast.unknown_codes == slow.unknown_codes
        assert fast.turned_away == slow.turned_away
        assert not fast.matches_lost
        return fast


def test_packets_by_the_million_get_the_same_bytes_and_the_same_counts():
    answered = plain = 0
    others: Counter[str] = Counter()
    for seed in range(-(-PACKETS // OF_A_WORLD)):
        drawing = Random(seed)
        twins = Twins(chance.world(drawing), sample=seed % 4)
        for number in range(OF_A_WORLD):
            now = EVE + DURATION * number // OF_A_WORLD
            drawn = chance.packet(drawing, twins.world, now)
            answered += twins.compare(drawn, now)
            plain += drawn.plain
        for (_, kind), count in twins.compare_counts().others.items():
            others[kind] += count

    print(f"{PACKETS} packets, {plain} of them plain, {answered} answered by the fast path")
    assert plain > PACKETS // 4
    assert answered > plain
    assert min(others["txt"], others[NOT_SUBSCRIBED]) > PACKETS // 1000


class Doors:
    """A door with the fast path before the resolver, and one without it; each has a limit and counters of its own."""

    def __init__(self, world: World, rate: float, burst: int, code_rate: float) -> None:
        self.snapshot, self.zone, self.clock = world.snapshot, world.apex.fast_zone(), Clock(EVE)
        live = Live()
        live.swap(world.snapshot)
        self.counters = Counters(), Counters()
        self.access = [
            Access(rate=rate, burst=burst, code_rate=code_rate, clock=self.clock, exempt=["192.0.2.128/25"])
            for _ in self.counters
        ]
        self.resolvers = [
            Resolver(world.apex, live, counters, access, self.clock)
            for counters, access in zip(self.counters, self.access, strict=True)
        ]
        self.tally, self.client = self.counters[0].new_tally(), Client()

    def ask(self, packet: bytes, client: tuple[str, int]) -> tuple[bytes | None, bytes | None]:
        """The reply of each door."""
        return self._with_fast_path(packet, client), self.resolvers[1].answer(packet, client)

    def _with_fast_path(self, packet: bytes, client: tuple[str, int]) -> bytes | None:
        buffer = bytearray(packet).ljust(ROOM, b"\xaa")
        self.client.is_from(*client_address(client[0]), self.access[0].nanoseconds())
        limits, now = self.access[0].limits, int(self.clock.now)
        length = answer(self.zone, self.snapshot, self.tally, limits, self.client, buffer, len(packet), now)
        if length >= 0:
            return bytes(buffer[:length]) or None
        verdict = self.client.verdict
        decided = AccessResult(verdict) if verdict else None
        return self.resolvers[0].answer(packet, client, decided=decided)


@pytest.mark.parametrize(("rate", "burst", "code_rate"), [(1, 20, 200), (5, 3, 30), (0, 100, 10), (2, 50, 0)])
def test_the_limit_says_the_same_with_the_fast_path_and_without(rate: float, burst: int, code_rate: float):
    clients = [("192.0.2.25", 1), ("192.0.2.26", 1), ("198.51.100.1", 1), ("2001:db8::1", 1), ("192.0.2.200", 1)]
    for seed in range(6):
        drawing = Random(f"limit {seed}")
        doors = Doors(world := chance.world(drawing), rate, burst, code_rate)
        for _ in range(700):
            doors.clock.now = min(doors.clock.now + drawing.random() / 50, EVE + DURATION)
            drawn = chance.packet(drawing, world, int(doors.clock.now))
            with_it, without = doors.ask(drawn.wire, drawing.choice(clients))
            assert with_it == without, drawn.wire.hex()
        with_it_counted, counted = (counters.drain(EVE + DURATION) for counters in doors.counters)
        assert with_it_counted.answers == counted.answers
        assert with_it_counted.others == counted.others
        assert with_it_counted.unknown_codes == counted.unknown_codes
        assert with_it_counted.turned_away == counted.turned_away
        limited = {kind for _, kind in counted.others}
        assert "limited" in limited or seed, "something was limited at all"


@pytest.fixture(scope="module")
def some_twins() -> list[Twins]:
    return [Twins(chance.world(Random(f"world {number}"))) for number in range(20)]


@settings(max_examples=400)
@given(drawing=st.randoms(use_true_random=False), number=st.integers(0, 19), second=st.integers(0, DURATION))
def test_what_differs_is_shrunk(some_twins: list[Twins], drawing: Random, number: int, second: int):
    twins = some_twins[number]

    twins.compare(chance.packet(drawing, twins.world, EVE + second), EVE + second)

    twins.compare_counts()


@pytest.mark.parametrize(
    "address",
    [
        *("2001:db8:1:22:333:4444:abcd:ef", "1:2:3:4:5:6:7:8", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        *("2001:db8:0:1:1:1:1:1", "0:1:1:1:1:1:1:1", "1:1:1:1:1:1:1:0"),  # one zero alone is written
        *(
            "2001:db8::1:0:0:1",
            "1:0:0:2::3",
            "1::2:0:0:3:4",
            "::1:0:0:2:3:4",
        ),  # the longest run, of equal ones the first
        *("::", "::1", "1::", "::1:0:0:0:1", "a::b", "::1:2:3:4:5:6", "1:2:3:4:5:6::"),
    ],
)
def test_the_text_of_an_ipv6_answer_ends_in_the_address_as_rfc_5952_writes_it(address: str):
    listed = cast.Listing("::/0", cast.KSS_SLOT, reason="Known spam source")
    fast = Fast(cast.snapshot_with(standard=Listed(feeds=cast.layer((listed,)))), Tally())

    reply = fast.lookup(address, wire.TXT)

    assert reply is not None and reply.text == f"Known spam source - https://rep.example/lookup/{address}"


@pytest.mark.skipif(compiled.is_compiled(), reason="only a hint, which cannot be called where it is compiled")
def test_a_batch_is_foreseen_by_the_first_half_of_each_address():
    def seen(packet: bytes) -> int:
        found: int = questions.bucket_in(bytearray(packet).ljust(ROOM, b"\xff"), 0, len(packet))
        return found

    for address, bucket in (("192.0.2.1", 0xC000), ("1.2.3.4", 0x0102), ("255.254.253.252", 0xFFFE)):
        assert seen(wire.query(cast.reversed_name(address))) == bucket
    for packet in (b"", bytes(12), b"\xff" * 1536, wire.query(cast.reversed_name("2001:db8::1"))):
        assert 0 <= seen(packet) <= 0xFFFF
