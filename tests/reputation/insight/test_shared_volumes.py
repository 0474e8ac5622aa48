"""What other installations have counted is added to the statistics, and no peer makes a figure alone."""

from __future__ import annotations

import logging

import pytest

from reputation.counting.volumes import WEEK, week_of
from reputation.exchange import introductions, peers
from reputation.exchange.keys import Key
from reputation.insight import rankings, shared_volumes, trends
from reputation.insight.rankings import Ranked
from reputation.intake.estimate import DAY
from reputation.store.db import Store
from reputation.store.models import CountryDay, ExchangedVolume, ExchangePeer, SpamWeek
from tests.conftest import NOON
from tests.neighbour import COUNTRY

WEEK_NOW, TODAY = week_of(NOON), NOON - NOON % DAY


def peer(name: str, introduced_by: str = "", **volumes: int) -> None:
    """A peer that has told of volumes today."""
    document = introductions.write(name, f"https://{name}.example/exchange/", Key.new())
    peers.add(introductions.read(document), NOON, introduced_by=introduced_by)
    for subject, volume in volumes.items():
        ExchangedVolume.create(peer=peers.row_of(name).id, subject=subject, day=TODAY, volume=volume)


def test_volumes_of_others_are_added_and_ranked(store: Store) -> None:
    SpamWeek.create(week=WEEK_NOW, asn=64500, volume=10)
    peer("beta", AS64500=4, AS64501=30)
    peer("gamma", AS64501=20)

    assert rankings.ranking(WEEK_NOW, 99) == [Ranked(64501, 1, None, 40), Ranked(64500, 2, None, 14)]
    assert rankings.rank_of(64501, WEEK_NOW) == 1 and rankings.rank_of(64502, WEEK_NOW) is None
    assert rankings.ranking(WEEK_NOW - WEEK, 99) == []
    assert shared_volumes.installations(WEEK_NOW, WEEK_NOW + WEEK) == 2


def test_countries_are_added_up_too(store: Store) -> None:
    CountryDay.create(country="AT", day=TODAY, volume=5)
    CountryDay.create(country="", day=TODAY, volume=1)
    peer("beta", AT=2, AS=9, DE=9)
    peer("gamma", AS=9)

    assert [tuple(one) for one in trends.countries(1, NOON) if one.code != COUNTRY] == [("AS", 18), ("AT", 7), ("", 1)]


def test_no_peer_and_no_group_makes_a_figure_alone(store: Store) -> None:
    SpamWeek.create(week=WEEK_NOW, asn=64500, volume=10)
    peer("liar", AS64500=10**12, AS64501=10**12)
    peer("friend", "liar", AS64501=10**12)

    assert rankings.ranking(WEEK_NOW, 99) == [Ranked(64500, 1, None, 20)]
    assert shared_volumes.installations(WEEK_NOW, WEEK_NOW + WEEK) == 1


def test_who_is_paused_revoked_or_believed_nothing_adds_nothing(store: Store) -> None:
    SpamWeek.create(week=WEEK_NOW, asn=64500, volume=10)
    for name in ("beta", "gamma", "delta"):
        peer(name, AS64500=4)
    ExchangePeer.update(weight=0).where(ExchangePeer.name == "beta").execute()
    ExchangePeer.update(revoked_at=NOON).where(ExchangePeer.name == "gamma").execute()
    peers.pause("delta", True, NOON)

    assert rankings.ranking(WEEK_NOW, 99) == [Ranked(64500, 1, None, 10)]


def reads_of_volumes(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The statements that have read figures, and not whether there are any."""
    asked = [str(record.msg[0]) for record in caplog.records if isinstance(record.msg, tuple)]
    return [sql for sql in asked if "SUM(" in sql and "exchanged_volume" in sql]


def test_what_peers_have_told_is_read_once_until_they_tell_more(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("beta", "gamma"):
        peer(name, AS64500=4, AT=3)
        ExchangePeer.update(cursor_hash=f"{name} 1").where(ExchangePeer.name == name).execute()
    with caplog.at_level(logging.DEBUG, "peewee"):
        for _ in range(2):
            assert rankings.ranking(WEEK_NOW, 99) == [Ranked(64500, 1, None, 8)]
            assert rankings.count(WEEK_NOW) == 1 and rankings.rank_of(64500, WEEK_NOW) == 1
            assert shared_volumes.installations(WEEK_NOW, WEEK_NOW + WEEK) == 2
            assert ("AT", 6) in [tuple(one) for one in trends.countries(7, NOON)]
        assert len(reads_of_volumes(caplog)) == 2  # ISPs of this week, and countries

        ExchangedVolume.update(volume=5).where(ExchangedVolume.subject == "AS64500").execute()
        ExchangePeer.update(cursor_hash="beta 2").where(ExchangePeer.name == "beta").execute()
        assert rankings.ranking(WEEK_NOW, 99) == [Ranked(64500, 1, None, 10)]
        assert len(reads_of_volumes(caplog)) == 3


def test_figures_that_were_forgotten_are_not_shown_though_their_peer_tells_nothing_new(store: Store) -> None:
    for name in ("beta", "gamma"):
        peer(name, AS64500=4)
        ExchangePeer.update(cursor_hash=name).where(ExchangePeer.name == name).execute()
    assert rankings.ranking(WEEK_NOW, 99) == [Ranked(64500, 1, None, 8)]

    for takes in (False, True):
        peers.take("beta", True, False, takes, NOON)
    assert rankings.ranking(WEEK_NOW, 99) == [] == rankings.ranking(WEEK_NOW - WEEK, 99)


def test_a_year_of_countries_is_read_by_the_key_and_a_week_of_isps_by_the_day(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    if not store.is_sqlite:
        pytest.skip("the plan for a small table says nothing in PostgreSQL")
    peer("beta", AS64500=4, AT=3)
    with caplog.at_level(logging.DEBUG, "peewee"):
        trends.countries(365, NOON)
        rankings.ranking(WEEK_NOW, 99)

    asked = [record.msg for record in caplog.records if isinstance(record.msg, tuple) and "SUM(" in str(record.msg)]
    plans = [
        " ".join(row[3] for row in store.database.execute_sql(f"explain query plan {sql}", values))
        for sql, values in asked
        if "exchanged_volume" in sql
    ]
    assert "peer_id=? AND subject=? AND day>? AND day<?" in plans[0]
    assert "exchanged_volume_day (day>? AND day<?)" in plans[1]
