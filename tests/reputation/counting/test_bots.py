"""A bot counts once an hour and organization, whatever flush it comes in."""

from __future__ import annotations

import pytest

from reputation.counting import bots, hours
from reputation.counting.delivery import Delivery
from reputation.customers import organizations
from reputation.store import db
from reputation.store.models import BotHour, BotSeen, Organization
from reputation.verdict.counters import HOUR, Counters
from reputation.verdict.decision import NOT_LISTED, Decision
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
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

ORIGINS = origins({"192.0.2.0/24": (64500, "AT", "Example Net"), "2001:db8::/32": (64501, "DE", "Other Net")})
FIRST, SECOND, ELSEWHERE = 0xC0000201, 0xC0000202, 0xCB007101
ETL_LISTED = Decision(ETL, FOREVER, "ETL", "")
DEFERRED = Decision(DYNAMIC_LISTING, FOREVER, "dynamic", "")


def flushed(counters: Counters) -> None:
    hours.flush(Delivery(counters), ORIGINS, NOON)


def counts() -> list[tuple[int, int, int, int]]:
    rows = others(BotHour, BotHour.organization, BotHour.asn, BotHour.hour, BotHour.bots).order_by(
        BotHour.hour, BotHour.organization, BotHour.asn
    )
    return list(rows.tuples())


def test_an_address_counts_once_an_hour_though_both_databases_and_two_flushes_tell_of_it(cast: Cast) -> None:
    counters = Counters()
    for _ in range(2):
        counters.record(cast.acme.id, STANDARD, ETL_LISTED, 4, FIRST, NOON + 5)
        counters.record(cast.acme.id, DYNAMIC, DEFERRED, 4, FIRST, NOON + 6)
        counters.record(cast.acme.id, DYNAMIC, DEFERRED, 4, SECOND, NOON + 7)
        flushed(counters)

    assert counts() == [(cast.acme.id, 64500, NOON, 2)]


def test_two_nodes_that_saw_the_same_address_count_it_once(cast: Cast) -> None:
    for node in (Counters(), Counters()):
        node.record(cast.acme.id, DYNAMIC, DEFERRED, 4, FIRST, NOON)
        flushed(node)

    assert counts() == [(cast.acme.id, 64500, NOON, 1)]


def test_a_new_hour_and_another_organization_count_anew(cast: Cast) -> None:
    counters = Counters()
    counters.record(cast.acme.id, DYNAMIC, DEFERRED, 4, FIRST, NOON + HOUR - 1)
    counters.record(cast.acme.id, DYNAMIC, DEFERRED, 4, FIRST, NOON + HOUR)
    counters.record(cast.basic.id, STANDARD, ETL_LISTED, 4, FIRST, NOON)
    flushed(counters)

    assert counts() == [
        (cast.acme.id, 64500, NOON, 1),
        (cast.basic.id, 64500, NOON, 1),
        (cast.acme.id, 64500, NOON + HOUR, 1),
    ]


def test_bots_belong_to_the_isp_of_their_address_and_to_none_where_it_is_unknown(cast: Cast) -> None:
    counters = Counters()
    counters.record(cast.acme.id, STANDARD, ETL_LISTED, 6, 0x20010DB8 << 96 | 7, NOON)
    counters.record(cast.acme.id, STANDARD, ETL_LISTED, 4, ELSEWHERE, NOON)
    flushed(counters)

    assert counts() == [(cast.acme.id, 0, NOON, 1), (cast.acme.id, 64501, NOON, 1)]


@pytest.mark.parametrize("code", [KSS, DUL, BLOCKED_ADDRESS])
def test_what_else_matches_in_the_standard_database_is_no_bot(cast: Cast, code: int) -> None:
    counters = Counters(sample=1)
    counters.record(cast.acme.id, STANDARD, Decision(code, FOREVER, "KSS", ""), 4, FIRST, NOON)
    counters.record(cast.acme.id, STANDARD, NOT_LISTED, 4, SECOND, NOON)
    flushed(counters)

    assert counts() == []


def test_a_flush_that_fails_counts_no_bot_twice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    counters = Counters()
    delivery = Delivery(counters)
    counters.record(cast.acme.id, DYNAMIC, DEFERRED, 4, FIRST, NOON)
    with monkeypatch.context() as broken, pytest.raises(ZeroDivisionError):
        broken.setattr(hours, "_touch", lambda _: 1 // 0)
        hours.flush(delivery, ORIGINS, NOON)
    hours.flush(delivery, ORIGINS, NOON)

    assert counts() == [(cast.acme.id, 64500, NOON, 1)]


def test_an_organization_that_is_gone_takes_its_bots_along(cast: Cast) -> None:
    gone, _ = organizations.add("Gone", "advanced", NOON)
    counters = Counters()
    counters.record(gone.id, DYNAMIC, DEFERRED, 4, FIRST, NOON)
    flushed(counters)
    with db.write():
        Organization.delete().where(Organization.id == gone.id).execute()
    counters.record(gone.id, DYNAMIC, DEFERRED, 4, SECOND, NOON)
    flushed(counters)

    assert counts() == [] and others(BotSeen).count() == 0


@pytest.mark.touches("BotHour", reason="counts of bots are removed after their time, whoever met them")
def test_who_was_seen_is_forgotten_when_the_hour_is_final_and_its_count_stays(cast: Cast) -> None:
    counters = Counters()
    counters.record(cast.acme.id, DYNAMIC, DEFERRED, 4, FIRST, NOON)
    flushed(counters)

    assert bots.prune_seen(NOON + bots.KEEP_SEEN + HOUR - 1) == 0
    assert bots.prune_seen(NOON + bots.KEEP_SEEN + HOUR) == 1
    assert counts() == [(cast.acme.id, 64500, NOON, 1)]
    assert bots.prune(NOON + bots.KEEP_HOURS) == 1, "the neighbour's, which is an hour older"
    assert bots.prune(NOON + bots.KEEP_HOURS + 1) == 1
