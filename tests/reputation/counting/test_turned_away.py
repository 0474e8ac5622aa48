"""Who was turned away under a valid code: counted in full, and with the networks of a few."""

from __future__ import annotations

from pathlib import Path

from reputation.counting import hours, other_packets, turned_away
from reputation.counting.delivery import Delivery
from reputation.counting.turned_away import NAMED, TurnedAway
from reputation.store.db import Store
from reputation.store.models import TurnedAwayHour
from reputation.verdict.counters import ELSEWHERE, OVER_QUOTA, Counters
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.neighbour import others

HOUR, DAY = 3600, 86400


def come(counters: Counters, organization: int, network: str, now: int = NOON, kind: str = ELSEWHERE) -> None:
    counters.turn_away(organization, kind, network, now)


def test_it_is_told_by_network_the_busiest_first_and_to_nobody_else(cast: Cast) -> None:
    counters = Counters()
    for network, times in (("192.0.2.0/24", 1), ("198.51.100.0/24", 3)):
        for hour in range(times):
            come(counters, cast.acme.id, network, NOON + hour * HOUR)
    come(counters, cast.acme.id, "203.0.113.0/24", kind=OVER_QUOTA)
    hours.flush(Delivery(counters), EMPTY, NOON)

    assert turned_away.networks(cast.acme.id, ELSEWHERE, NOON) == [
        TurnedAway("198.51.100.0/24", 3, NOON, NOON + 2 * HOUR),
        TurnedAway("192.0.2.0/24", 1, NOON, NOON),
    ]
    assert turned_away.total(cast.acme.id, ELSEWHERE, NOON) == 4
    assert turned_away.total(cast.acme.id, ELSEWHERE, NOON + HOUR) == 2
    assert turned_away.total(cast.acme.id, ELSEWHERE, NOON + HOUR + 1800) == 2, "to the hour"
    assert len(turned_away.networks(cast.acme.id, ELSEWHERE, NOON + HOUR + 1800)) == 1
    assert turned_away.total(cast.basic.id, ELSEWHERE, NOON) == 0
    assert turned_away.networks(cast.basic.id, ELSEWHERE, NOON) == []


def test_the_operator_sees_both_kinds_among_the_other_packets(cast: Cast) -> None:
    counters = Counters()
    for _ in range(2):
        come(counters, cast.acme.id, "192.0.2.0/24")
    come(counters, cast.basic.id, "198.51.100.0/24", kind=OVER_QUOTA)
    hours.flush(Delivery(counters), EMPTY, NOON)

    found = {other.kind: (other.packets, other.networks) for other in other_packets.last_24_hours(NOON)}

    assert found == {ELSEWHERE: (2, ("192.0.2.0/24",)), OVER_QUOTA: (1, ("198.51.100.0/24",))}


def test_a_flood_of_forged_addresses_fills_no_table_and_every_packet_counts(cast: Cast) -> None:
    counters, flushes = Counters(), 3
    for flush in range(flushes):
        for number in range(5000):
            come(counters, cast.acme.id, f"{flush + 1}.{number >> 8}.{number & 255}.0/24")
        hours.flush(Delivery(counters), EMPTY, NOON + flush)

    assert others(TurnedAwayHour).count() == NAMED + 1
    found = turned_away.networks(cast.acme.id, ELSEWHERE, NOON)
    assert sum(one.packets for one in found) == turned_away.total(cast.acme.id, ELSEWHERE, NOON) == 5000 * flushes
    assert found[-1].network == "", "the rest stands last"
    assert "" not in turned_away.busiest(ELSEWHERE, NOON), "what the operator reads are networks"


def test_the_flood_of_one_organization_takes_no_row_of_another(cast: Cast) -> None:
    counters = Counters()
    for number in range(5000):
        come(counters, cast.acme.id, f"10.{number >> 8}.{number & 255}.0/24")
    hours.flush(Delivery(counters), EMPTY, NOON)
    come(counters, cast.basic.id, "192.0.2.0/24")
    hours.flush(Delivery(counters), EMPTY, NOON)

    assert [one.network for one in turned_away.networks(cast.basic.id, ELSEWHERE, NOON)] == ["192.0.2.0/24"]


def test_what_waited_on_disk_is_counted(store: Store, cast: Cast, tmp_path: Path) -> None:
    counters = Counters()
    counts = Delivery(counters, tmp_path)
    come(counters, cast.acme.id, "192.0.2.0/24")
    counts.keep(NOON, always=True)
    come(counters, cast.acme.id, "192.0.2.0/24")

    hours.flush(counts, EMPTY, NOON)

    assert turned_away.total(cast.acme.id, ELSEWHERE, NOON) == 2


def test_an_organization_that_is_gone_harms_nobody(cast: Cast) -> None:
    counters = Counters()
    come(counters, 9999, "192.0.2.0/24")
    come(counters, cast.acme.id, "192.0.2.0/24")

    hours.flush(Delivery(counters), EMPTY, NOON)

    assert [row.organization_id for row in others(TurnedAwayHour)] == [cast.acme.id]


def test_it_is_kept_for_ninety_days(cast: Cast) -> None:
    counters = Counters()
    come(counters, cast.acme.id, "192.0.2.0/24")
    hours.flush(Delivery(counters), EMPTY, NOON)

    assert hours.prune(NOON + 90 * DAY) == 0
    assert hours.prune(NOON + 90 * DAY + HOUR) == 2  # with the row of the sum
    assert others(TurnedAwayHour).count() == 0
