"""Spam volume: what counts, where it is added, and how long it stays."""

from __future__ import annotations

from typing import Any

import pytest

from reputation.counting import hours, volumes
from reputation.counting.delivery import Delivery
from reputation.counting.volumes import DAY, WEEK
from reputation.insight import rankings
from reputation.store import db
from reputation.store.db import Store
from reputation.store.models import CountryDay, SpamDay, SpamHour, SpamWeek, VolumeHour
from reputation.verdict.counters import HOUR, Counters
from reputation.verdict.decision import Decision
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
    BLOCKED_COUNTRY,
    BLOCKED_ISP,
    DUL,
    DYNAMIC,
    DYNAMIC_LISTING,
    ETL,
    FOREVER,
    KSS,
    STANDARD,
)
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.snapshots import origins

KNOWN = origins({"192.0.2.0/24": (64500, "AT", "Example Net"), "198.51.100.0/24": (0, "DE", "")})
OF_EXAMPLE_NET, OF_NOBODY, OF_NOWHERE = 0xC0000201, 0xC6336401, 0xCB007101
MIDNIGHT = NOON + 12 * HOUR
MONDAY = volumes.week_of(NOON) + WEEK


def rows(table: Any, *names: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(getattr(row, name) for name in names) for row in others(table))


def add(*at: int, value: int = OF_EXAMPLE_NET) -> None:
    with db.write():
        volumes.add([(timestamp, 4, value) for timestamp in at], KNOWN)


def test_a_week_begins_on_monday_at_midnight_utc() -> None:
    assert rankings.name(MONDAY) != rankings.name(MONDAY - 1)
    assert volumes.week_of(MONDAY) == MONDAY
    assert volumes.week_of(MONDAY - 1) == MONDAY - WEEK


def test_a_sighting_counts_in_its_hour_day_and_week_and_for_its_country(store: Store) -> None:
    add(MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 1)
    add(MIDNIGHT + 2)

    assert rows(SpamHour, "asn", "hour", "volume") == [(64500, MIDNIGHT - HOUR, 1), (64500, MIDNIGHT, 3)]
    assert rows(SpamDay, "day", "volume") == [(MIDNIGHT - DAY, 1), (MIDNIGHT, 3)]
    assert rows(SpamWeek, "week", "volume") == [(volumes.week_of(NOON), 4)]
    assert rows(CountryDay, "day", "country", "volume") == [(MIDNIGHT - DAY, "AT", 1), (MIDNIGHT, "AT", 3)]
    assert rows(VolumeHour, "hour", "volume") == [(MIDNIGHT - HOUR, 1), (MIDNIGHT, 3)]


def test_the_last_second_of_sunday_and_the_first_of_monday_are_two_weeks(store: Store) -> None:
    add(MONDAY - 1, MONDAY)

    assert rows(SpamWeek, "week", "volume") == [(MONDAY - WEEK, 1), (MONDAY, 1)]


def test_an_address_without_a_known_isp_counts_for_its_country_and_the_whole_alone(store: Store) -> None:
    add(NOON, value=OF_NOBODY)
    add(NOON, value=OF_NOWHERE)

    assert others(SpamHour).count() == others(SpamDay).count() == others(SpamWeek).count() == 0
    assert rows(CountryDay, "country", "volume") == [("", 1), ("DE", 1)]
    assert rows(VolumeHour, "volume") == [(2,)]


def test_what_an_organization_blocks_for_itself_is_nobodys_spam_volume(cast: Cast) -> None:
    counters = Counters()
    for database, code in (
        (STANDARD, KSS),
        (STANDARD, DUL),
        (STANDARD, ETL),
        (DYNAMIC, DYNAMIC_LISTING),
        (STANDARD, BLOCKED_ADDRESS),
        (STANDARD, BLOCKED_ISP),
        (STANDARD, BLOCKED_COUNTRY),
    ):
        counters.record(cast.acme.id, database, Decision(code, FOREVER, "", ""), 4, OF_EXAMPLE_NET, NOON)
    hours.flush(Delivery(counters), KNOWN, NOON)

    assert rows(SpamWeek, "asn", "volume") == [(64500, 4)]
    assert rows(VolumeHour, "volume") == [(4,)]


def test_the_ranks_of_weeks_that_are_over_are_stored_and_those_of_the_present_one_are_not(store: Store) -> None:
    for week, volume in ((MONDAY - WEEK, 3), (MONDAY - 2 * WEEK, 2), (MONDAY - 9 * WEEK, 1)):
        add_volumes(week, {64500: volume, 64501: volume, 64502: volume - 1, 64503: volume + 7})

    assert volumes.store_ranks(NOON) == 8
    assert volumes.store_ranks(NOON) == 0

    assert ranks(MONDAY - WEEK) == {64500: None, 64501: None, 64502: None, 64503: None}
    assert ranks(MONDAY - 2 * WEEK) == ranks(MONDAY - 9 * WEEK) == {64500: 2, 64501: 2, 64502: 4, 64503: 1}


def test_a_week_is_over_with_the_first_second_of_monday(store: Store) -> None:
    add_volumes(MONDAY - WEEK, {64500: 1})

    assert (volumes.store_ranks(MONDAY - 1), volumes.store_ranks(MONDAY)) == (0, 1)


def test_a_late_report_for_the_week_that_has_just_ended_changes_its_ranks(store: Store) -> None:
    add_volumes(MONDAY - WEEK, {64500: 1, 64501: 2, 64502: 5})
    volumes.store_ranks(MONDAY)
    add(MONDAY - 1, MONDAY - 2)

    assert volumes.store_ranks(MONDAY + HOUR) == 2
    assert ranks(MONDAY - WEEK) == {64500: 2, 64501: 3, 64502: 1}


@pytest.mark.alone("there is no other week")
def test_weeks_are_found_by_the_key_the_earliest_first(store: Store) -> None:
    assert volumes.weeks_with_spam(0) == []

    for week in (MONDAY, MONDAY - 9 * WEEK, MONDAY - WEEK):
        add_volumes(week, dict.fromkeys(range(1, 40), 1))

    assert volumes.weeks_with_spam(0) == [MONDAY - 9 * WEEK, MONDAY - WEEK, MONDAY]
    assert volumes.weeks_with_spam(MONDAY - 9 * WEEK) == [MONDAY - WEEK, MONDAY]


def add_volumes(week: int, by_asn: dict[int, int]) -> None:
    db.write_rows((SpamWeek.week, SpamWeek.asn, SpamWeek.volume), [(week, *one) for one in by_asn.items()])


def ranks(week: int) -> dict[int, int | None]:
    return dict(SpamWeek.select(SpamWeek.asn, SpamWeek.rank).where(SpamWeek.week == week).tuples())


def test_pruning_removes_what_is_older_than_is_shown_and_leaves_the_whole_volume(store: Store) -> None:
    old, older = NOON - volumes.KEEP_HOURS - HOUR, NOON - volumes.KEEP_DAYS - WEEK
    add(NOON, old, older)

    volumes.prune(NOON)

    assert rows(SpamHour, "hour") == [(NOON,)]
    assert rows(SpamDay, "day") == [(old - old % DAY,), (NOON - NOON % DAY,)]
    assert len(rows(SpamWeek, "week")) == len(rows(CountryDay, "day")) == 2
    assert len(rows(VolumeHour, "hour")) == 3
