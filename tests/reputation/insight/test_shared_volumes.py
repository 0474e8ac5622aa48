"""What other installations have counted is added to the statistics, and no peer makes a figure alone."""

from __future__ import annotations

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
