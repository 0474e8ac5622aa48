"""What a loop counts comes out whole: by hour, by answer, and what there was no room to remember."""

from __future__ import annotations

import pytest

from reputation.verdict.counters import HOUR, Batch, Counters, TallyReader
from reputation.verdict.matches import Match
from reputation.verdict.tally import Tally
from reputation.verdict.zones import DYNAMIC, DYNAMIC_LISTING, ETL, KSS, STANDARD
from tests.dnsd import cast, wire
from tests.dnsd.cast import ACME, BASIC
from tests.dnsd.fast import Fast

EVE = cast.NOW - cast.NOW % HOUR + HOUR - 1  # the last second of an hour
LISTED, UNLISTED = "203.0.113.2", "203.0.113.1"


class Counting:
    """A tally that the fast path counts in, and its reader."""

    def __init__(self, sample: int = 0, **sizes: int) -> None:
        self.tally = Tally(sample, **sizes)
        self.fast, self.reader = Fast(cast.snapshot(), self.tally), TallyReader(self.tally)

    def drain(self, now: int = cast.NOW) -> Batch:
        batch = Batch()
        self.reader.into(batch, now)
        return batch


def hour(now: int) -> int:
    return now - now % HOUR


def test_connections_count_by_organization_database_and_answer_and_txt_apart() -> None:
    counting = Counting()
    for address, where in (
        (LISTED, {}),
        (LISTED, {}),
        ("203.0.113.4", {}),
        (UNLISTED, {}),
        (LISTED, {"code": cast.BASIC_CODE}),
        ("203.0.113.9", {"database": "q"}),
    ):
        assert counting.fast.lookup(address, **where)
    for _ in range(3):
        assert counting.fast.lookup(UNLISTED, wire.TXT)

    batch = counting.drain()

    at = hour(cast.NOW)
    assert batch.answers == {
        (at, ACME, STANDARD, KSS): 2,
        (at, ACME, STANDARD, ETL): 1,
        (at, ACME, STANDARD, 0): 1,
        (at, BASIC, STANDARD, KSS): 1,
        (at, ACME, DYNAMIC, DYNAMIC_LISTING): 1,
    }
    assert batch.others == {(at, "txt"): 3}
    assert batch.last_asked == {ACME: cast.NOW, BASIC: cast.NOW}
    assert not counting.drain()


def test_a_packet_that_is_left_over_is_not_counted() -> None:
    counting = Counting()
    assert counting.fast.ask(wire.query("probe.example")) is None
    assert counting.fast.lookup(LISTED, wire.TXT) is None  # its text holds a `$`

    assert not counting.drain()


def test_a_database_that_is_not_subscribed_to_is_counted_apart_and_is_no_connection() -> None:
    counting = Counting()
    for address, kind in (("203.0.113.9", wire.A), ("203.0.113.9", wire.TXT), ("2001:db8::9", wire.A)):
        reply = counting.fast.lookup(address, kind, code=cast.BASIC_CODE, database="q")
        assert reply and reply.rcode == wire.NXDOMAIN
    assert counting.fast.lookup("203.0.113.9", database="q")  # Acme's subscription includes it

    batch = counting.drain()

    at = hour(cast.NOW)
    assert batch.others == {(at, "not subscribed"): 3}
    assert batch.answers == {(at, ACME, DYNAMIC, DYNAMIC_LISTING): 1}
    assert batch.last_asked == {ACME: cast.NOW}
    assert len(batch.matches) == 1


def test_each_side_of_the_hour_keeps_its_counts() -> None:
    counting = Counting()
    for seconds in range(-2, 3):
        for _ in range(10):
            counting.fast.lookup(LISTED, now=EVE + seconds)

    batch = counting.drain(EVE + 2)

    assert batch.answers == {
        (hour(EVE), ACME, STANDARD, KSS): 30,
        (hour(EVE) + HOUR, ACME, STANDARD, KSS): 20,
    }
    assert [match.at for match in batch.matches] == [EVE + seconds for seconds in range(-2, 3) for _ in range(10)]


def test_a_drain_that_is_late_for_the_hour_misses_it_by_nothing() -> None:
    """Whoever drains takes the time first; it may wait before it reads, while the loop goes on into the next hour."""
    counting = Counting()
    counting.fast.lookup(LISTED, now=EVE + 1)

    batch = counting.drain(EVE)

    assert batch.answers == {(hour(EVE + 1), ACME, STANDARD, KSS): 1}


def test_hour_after_hour_nothing_is_lost_and_nothing_comes_twice() -> None:
    counting, answers = Counting(), Batch().answers
    for number in range(100):
        now = EVE + number * 1000
        for _ in range(number):
            counting.fast.lookup(LISTED, now=now)
        if number % 3 == 0:
            answers.update(counting.drain(now + 1).answers)
    answers.update(counting.drain(EVE + 100_000).answers)

    expected: dict[int, int] = {}
    for number in range(100):
        at = hour(EVE + number * 1000)
        expected[at] = expected.get(at, 0) + number
    assert {key[0]: count for key, count in answers.items()} == {at: n for at, n in expected.items() if n}


def test_a_listed_connection_is_remembered_as_it_was() -> None:
    counting = Counting()
    counting.fast.lookup(LISTED, now=cast.NOW + 7)
    counting.fast.lookup("2001:db8::9", database="q")
    counting.fast.lookup(UNLISTED)

    v6 = 0x20010DB8 << 96 | 9
    assert list(counting.drain().matches) == [
        Match(cast.NOW + 7, ACME, STANDARD, KSS, 4, 0xCB007102),
        Match(cast.NOW, ACME, DYNAMIC, DYNAMIC_LISTING, 6, v6),
    ]


@pytest.mark.parametrize(("sample", "remembered"), [(0, 0), (1, 100), (10, 10), (7, 14), (101, 0)])
def test_of_the_others_one_in_so_many_is_remembered(sample: int, remembered: int) -> None:
    counting = Counting(sample)
    for _ in range(100):
        counting.fast.lookup(UNLISTED)

    batch = counting.drain()

    assert len(batch.matches) == remembered
    assert batch.answers.total() == 100
    assert not any(match.code for match in batch.matches)


def test_what_finds_the_ring_full_is_counted_as_lost_and_its_answer_all_the_same() -> None:
    counting = Counting(ring=8)
    for round_ in range(3):
        for number in range(20):
            counting.fast.lookup(LISTED, now=cast.NOW + number)

        batch = counting.drain()

        assert batch.answers.total() == 20, f"round {round_}"
        assert [match.at - cast.NOW for match in batch.matches] == list(range(8))
        assert batch.matches_lost == 12


def test_a_ring_that_is_drained_in_time_goes_round_and_loses_nothing() -> None:
    counting, at = Counting(ring=8), []
    for number in range(1000):
        counting.fast.lookup(LISTED, now=cast.NOW + number)
        if number % 8 == 7:
            batch = counting.drain()
            assert not batch.matches_lost
            at += [match.at - cast.NOW for match in batch.matches]

    assert at == list(range(1000))


@pytest.mark.parametrize("size", [3, 6, 1000])
def test_a_ring_of_another_size_than_a_power_of_two_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="power of two"):
        Tally(ring=size)


def test_an_organization_beyond_the_tally_is_left_to_python() -> None:
    counting = Counting(organizations=BASIC)  # Acme's number alone is below

    assert counting.fast.lookup(LISTED)
    assert counting.fast.lookup(LISTED, code=cast.BASIC_CODE) is None
    assert set(counting.drain().last_asked) == {ACME}


def test_a_drain_gathers_the_tallies_of_all_loops() -> None:
    counters = Counters(sample=1)
    loops = [Fast(cast.snapshot(), counters.new_tally()) for _ in range(3)]
    for number, loop in enumerate(loops, 1):
        for _ in range(number):
            loop.lookup(LISTED)
        loop.lookup(UNLISTED)

    batch = counters.drain(cast.NOW)

    at = hour(cast.NOW)
    assert batch.answers == {(at, ACME, STANDARD, KSS): 6, (at, ACME, STANDARD, 0): 3}
    assert len(batch.matches) == 9
    assert not counters.drain(cast.NOW)


def stranger(number: int) -> str:
    return f"203.0.113.2.{number:031d}.r.{cast.ZONE}"


def ask_from(counting: Counting, network: int, times: int = 1, now: int = cast.NOW) -> None:
    """Under a code that nobody has, from 10.x.y.0/24."""
    counting.fast.client.is_from(4, 10 << 24 | network << 8 | 7, 0)
    for _ in range(times):
        reply = counting.fast.ask(wire.query(stranger(network)), now)
        assert reply is not None and reply.rcode == wire.NXDOMAIN


def test_what_belongs_to_no_organization_is_counted_by_its_kind() -> None:
    counting = Counting(organizations=2)
    for name, qtype in (
        (f"203.{cast.ACME_CODE}.r.{cast.ZONE}", wire.A),
        (f"r.{cast.ZONE}", wire.NS),
        (cast.ZONE, wire.SOA),
        (cast.reversed_name("127.0.0.2"), wire.A),
        (cast.reversed_name(LISTED), wire.MX),
        (stranger(1), wire.A),
    ):
        assert counting.fast.ask(wire.query(name, qtype))

    batch = counting.drain()

    at = hour(cast.NOW)
    assert batch.others == {(at, "partial"): 2, (at, "other"): 2, (at, "test"): 1, (at, "unknown code"): 1}
    assert not batch.answers and not batch.last_asked
    assert not counting.drain()


def test_unknown_codes_are_counted_by_network_and_hour() -> None:
    counting = Counting()
    ask_from(counting, 1, 3, EVE)
    ask_from(counting, 1, 2, EVE + 1)
    ask_from(counting, 2, 1, EVE)
    first = counting.drain()
    ask_from(counting, 1, 4, EVE + 1)
    counting.fast.client.is_from(6, 0x20010DB8 << 96 | 5, 0)
    assert counting.fast.ask(wire.query(stranger(3)), EVE + 1)

    second = counting.drain()

    at = hour(EVE)
    assert first.unknown_codes == {
        (at, "10.0.1.0/24"): 3,
        (at + HOUR, "10.0.1.0/24"): 2,
        (at, "10.0.2.0/24"): 1,
    }
    assert second.unknown_codes == {(at + HOUR, "10.0.1.0/24"): 4, (at + HOUR, "2001:db8::/56"): 1}


def test_neighbouring_networks_find_a_place_hour_after_hour() -> None:
    """A provider's mail servers keep on with a code that was revoked; each of their networks stays named."""
    counting = Counting()
    for later in range(36):
        at = hour(cast.NOW) + later * HOUR
        for network in range(16):
            ask_from(counting, network, 2, at)

        found = counting.drain().unknown_codes

        assert found == {(at, f"10.0.{network}.0/24"): 2 for network in range(16)}, f"{later} hours later"


def test_a_flood_from_many_networks_leaves_room_for_the_next_ones() -> None:
    """Of more networks than find a place all are counted, and some are named; later ones find room again."""
    counting = Counting()
    for network in range(5000):
        ask_from(counting, network)
    flood = counting.drain()
    named = len(flood.unknown_codes)
    assert flood.others == {(hour(cast.NOW), "unknown code"): 5000}
    assert 500 < named <= 1000 and set(flood.unknown_codes.values()) == {1}

    for network in range(6000, 6300):
        ask_from(counting, network, 2)
    later = counting.drain()

    assert len(later.unknown_codes) == 300 and set(later.unknown_codes.values()) == {2}
    for number in range(4):  # and neither table is ever read twice
        ask_from(counting, 7000 + number)
        assert counting.drain().unknown_codes == {
            (hour(cast.NOW), f"10.{7000 + number >> 8}.{7000 + number & 255}.0/24"): 1
        }
