"""What was counted is in the tables, once, and in the right hour."""

from __future__ import annotations

import pytest

from reputation.counting import hours
from reputation.counting.delivery import Delivery
from reputation.insight import day_summary
from reputation.store.db import Store
from reputation.store.models import LastAsked, OtherHour, QueryHour, SpamHour
from reputation.verdict.counters import HOUR, Counters
from reputation.verdict.decision import NOT_LISTED, Decision
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import DYNAMIC, FOREVER, KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.snapshots import origins

LISTED = Decision(KSS, FOREVER, "KSS", "")
ADDRESS = 0xC0000201


def ask(counters: Counters, organization: int, database: int, decision: Decision, now: int, times: int = 1) -> None:
    for _ in range(times):
        counters.record(organization, database, decision, 4, ADDRESS, now)


def test_two_flushes_of_one_hour_add_up(cast: Cast) -> None:
    counters = Counters()
    for _ in range(2):
        ask(counters, cast.acme.id, STANDARD, LISTED, NOON, times=3)
        hours.flush(Delivery(counters), EMPTY, NOON)

    assert [(row.hour, row.code, row.queries) for row in others(QueryHour)] == [(NOON, KSS, 6)]


def test_a_flush_of_nothing_writes_nothing(cast: Cast) -> None:
    assert hours.flush(Delivery(Counters()), EMPTY, NOON) == "Nothing was asked."


def test_queries_of_an_organization_that_is_gone_harm_nobody_elses(cast: Cast) -> None:
    counters = Counters()
    ask(counters, 9999, STANDARD, LISTED, NOON)
    ask(counters, cast.acme.id, STANDARD, LISTED, NOON)

    hours.flush(Delivery(counters), EMPTY, NOON)

    assert [row.organization_id for row in others(QueryHour)] == [cast.acme.id]


def test_a_flush_that_fails_loses_no_count(store: Store, cast: Cast) -> None:
    counters = Counters()
    counts = Delivery(counters)
    ask(counters, cast.acme.id, STANDARD, LISTED, NOON, times=2)
    store.database.execute_sql("alter table query_hour rename to elsewhere")

    with pytest.raises(Exception, match="query_hour"):
        hours.flush(counts, EMPTY, NOON)
    store.database.execute_sql("alter table elsewhere rename to query_hour")
    hours.flush(counts, EMPTY, NOON)

    assert others(QueryHour).get().queries == 2


def test_matches_are_spam_volume_of_their_isp(cast: Cast) -> None:
    counters = Counters()
    ask(counters, cast.acme.id, STANDARD, LISTED, NOON + 5)
    ask(counters, cast.acme.id, STANDARD, NOT_LISTED, NOON + 6)

    hours.flush(Delivery(counters), origins({"192.0.2.0/24": (64500, "AT", "Example Net")}), NOON)

    assert [(row.asn, row.hour, row.volume) for row in others(SpamHour)] == [(64500, NOON, 1)]


def test_other_packets_are_kept_by_kind_and_unknown_codes_by_network_too(cast: Cast) -> None:
    counters = Counters()
    counters.other("txt", NOON)
    counters.other("unknown code", NOON, "192.0.2.0/24")

    hours.flush(Delivery(counters), EMPTY, NOON)

    assert {(row.kind, row.network, row.packets) for row in others(OtherHour)} == {
        ("txt", "", 1),
        ("unknown code", "", 1),
        ("unknown code", "192.0.2.0/24", 1),
    }
    assert hours.prune(NOON + hours.KEEP_OTHERS + 2 * HOUR) == 3


def test_the_first_and_the_last_query_are_remembered(cast: Cast) -> None:
    counters = Counters()
    for now in (NOON, NOON + 60):
        ask(counters, cast.acme.id, STANDARD, NOT_LISTED, now)
        hours.flush(Delivery(counters), EMPTY, NOON)

    row = others(LastAsked).get()

    assert (row.first_at, row.last_at) == (NOON, NOON + 60)


def test_a_day_counts_connections_once_though_both_databases_were_asked(cast: Cast) -> None:
    counters = Counters()
    ask(counters, cast.acme.id, STANDARD, LISTED, NOON, times=2)
    ask(counters, cast.acme.id, STANDARD, NOT_LISTED, NOON, times=3)
    ask(counters, cast.acme.id, DYNAMIC, LISTED, NOON, times=1)
    ask(counters, cast.acme.id, DYNAMIC, NOT_LISTED, NOON, times=2)
    ask(counters, cast.acme.id, STANDARD, NOT_LISTED, NOON - 24 * HOUR, times=7)
    ask(counters, cast.basic.id, STANDARD, LISTED, NOON, times=50)
    hours.flush(Delivery(counters), EMPTY, NOON)

    day = day_summary.last_24_hours(cast.acme.id, NOON + 1800)

    assert (day.queries, day.refused, day.deferred, day.matched, day.previous_queries) == (5, 2, 1, 3, 7)
    assert len(day.hours) == 24
    assert day.hours[-1] == (NOON, 5, 3)
    assert day.hours[0] == (NOON - 23 * HOUR, 0, 0)
