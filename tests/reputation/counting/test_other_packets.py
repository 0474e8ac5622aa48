"""What an operator should know of the packets that were no connection."""

from __future__ import annotations

from reputation.counting import hours, other_packets
from reputation.counting.delivery import Delivery
from reputation.store.db import Store
from reputation.verdict.counters import HOUR, Counters
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON


def test_unknown_codes_are_told_with_the_networks_that_use_them(store: Store) -> None:
    counters = Counters()
    for network, times in (("192.0.2.0/24", 3), ("198.51.100.0/24", 1)):
        for _ in range(times):
            counters.other("unknown code", NOON, network)
    counters.other("malformed", NOON)
    counters.other("partial", NOON)
    hours.flush(Delivery(counters), EMPTY, NOON)

    found = other_packets.last_24_hours(NOON)

    assert [(other.kind, other.packets, other.networks) for other in found] == [
        ("unknown code", 4, ("192.0.2.0/24", "198.51.100.0/24")),
        ("malformed", 1, ()),
    ]
    assert other_packets.last_24_hours(NOON + 25 * HOUR) == []


def test_a_database_that_is_not_subscribed_to_has_a_line_of_its_own(store: Store) -> None:
    counters = Counters()
    for _ in range(3):
        counters.other("not subscribed", NOON)
    counters.other("unknown code", NOON, "192.0.2.0/24")
    hours.flush(Delivery(counters), EMPTY, NOON)

    found = {other.kind: (other.packets, other.networks) for other in other_packets.last_24_hours(NOON)}

    assert found == {"not subscribed": (3, ()), "unknown code": (1, ("192.0.2.0/24",))}
    assert "standard subscription" in other_packets.TELLING["not subscribed"]
    assert "database" not in other_packets.TELLING["unknown code"], "a code that is known is not among these"


def test_what_a_loop_lost_is_counted_once(store: Store) -> None:
    counters, totals = Counters(), {"queue full": 0}
    counters.watch(lambda: totals)
    for total in (5, 5, 7):
        totals["queue full"] = total
        hours.flush(Delivery(counters), EMPTY, NOON)

    assert [(other.kind, other.packets) for other in other_packets.last_24_hours(NOON)] == [("queue full", 7)]
