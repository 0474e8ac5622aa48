"""The draft about a week tells what the tables hold of it, once, and nothing where there is nothing."""

from __future__ import annotations

import pytest

from reputation.counting.delivery import Delivery
from reputation.counting.volumes import WEEK, week_of
from reputation.insight import news
from reputation.insight.weekly_news import Botnet, Grown, draft, grown_lists, largest_ranges, new_botnets, risen
from reputation.jobs import JOBS, JobContext
from reputation.publisher import Publisher
from reputation.store.db import Store
from reputation.store.models import BotHour, Feed, FeedRevision, ListingEvent, SpamWeek
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, make_cast
from tests.neighbour import apart
from tests.snapshots import origins

HOUR, DAY = 3600, 86400
BEGIN = week_of(NOON) - WEEK  # of the week that has ended
BEFORE = BEGIN - WEEK
ONE, TWO, THREE = 64500, 64501, 64502
NAMES = origins(
    {"192.0.2.0/24": (ONE, "AT", "Example *Net* | <b>"), "198.51.100.0/24": (TWO, "DE", "Two")},
)


def volumes(week: int, **by_asn: int) -> None:
    for asn, volume in by_asn.items():
        SpamWeek.create(week=week, asn=int(asn.removeprefix("as")), volume=volume)


def bots(organization: int, asn: int, hour: int, count: int) -> None:
    BotHour.create(organization=organization, asn=asn, hour=hour, bots=count)


def fetch(name: str, at: int, added: int, removed: int = 0, state: str = "old", purpose: str = "list") -> None:
    feed, _ = Feed.get_or_create(
        name=name,
        defaults={
            "source": "x", "format": "plain", "category": "KSS", "database": "standard", "every": HOUR,
            "duration": HOUR, "created_at": NOON, "purpose": purpose,
        },
    )  # fmt: skip
    FeedRevision.create(
        feed=feed, state=state, fetched_at=at, seen_at=at, hash="x", entries=added, added=added, removed=removed,
        ranges4=b"", ranges6=b"",
    )  # fmt: skip


def listed(network: str, at: int, what: str = "listed") -> None:
    ListingEvent.create(database="dynamic", network=network, category="ETL", what=what, at=at, source="reports")


def test_those_that_rose_the_most_come_first_and_the_new_ones_behind(store: Store) -> None:
    volumes(BEFORE, as1=500, as2=400, as3=300, as4=200)
    volumes(BEGIN, as4=500, as3=400, as1=300, as2=200, as9=100)

    assert [(one.asn, one.rank_before, one.rank) for one in risen(BEGIN)] == [(4, 4, 1), (3, 3, 2), (9, None, 5)]


def test_a_botnet_is_new_where_there_was_no_bot_the_week_before(store: Store) -> None:
    cast = make_cast()
    bots(cast.acme.id, ONE, BEFORE + HOUR, 1)
    bots(cast.acme.id, ONE, BEGIN, 9)
    bots(cast.acme.id, TWO, BEGIN, 3)
    bots(cast.basic.id, TWO, BEGIN + HOUR, 5)
    bots(cast.acme.id, THREE, BEGIN + WEEK, 7)
    bots(cast.acme.id, 0, BEGIN, 8)

    assert new_botnets(BEGIN) == [Botnet(TWO, 5)]


def test_what_the_fetches_of_the_week_added_is_summed_by_feed(store: Store) -> None:
    fetch("A", BEGIN, 10, 1)
    fetch("A", BEGIN + DAY, 20, 2, state="live")
    fetch("A", BEGIN - 1, 1000)
    fetch("A", BEGIN + WEEK, 1000)
    fetch("B", BEGIN, 40)
    fetch("B", BEGIN, 1000, state="held")
    fetch("C", BEGIN, 0, 5)
    fetch("good senders", BEGIN, 1000, purpose="approve")

    assert grown_lists(BEGIN) == [Grown("B", 40, 0), Grown("A", 30, 3)]


def test_the_largest_networks_that_were_newly_listed_come_first(store: Store) -> None:
    for network in ("198.51.100.0/24", "192.0.2.0/28", "192.0.2.9", "2001:db8::/56"):
        listed(network, BEGIN)
    listed("198.51.100.0/24", BEGIN + 1)
    listed("203.0.113.0/24", BEGIN, "extended")
    listed("203.0.113.0/25", BEGIN + WEEK)

    assert largest_ranges(BEGIN) == ["198.51.100.0/24", "192.0.2.0/28", "2001:db8::/56"]


def test_the_draft_tells_the_week_and_is_written_once(store: Store) -> None:
    volumes(BEFORE, as64501=500, as64500=400)
    volumes(BEGIN, as64500=1500, as64501=400)
    fetch("A|B", BEGIN, 1234)

    sentence = draft(NAMES, NOON)

    assert sentence.startswith("Wrote a draft of Spam News about week 20")
    [item] = apart(news.all_items())
    assert item.state(NOON) == news.DRAFT
    assert item.title == f"Spam in week {item.week}"
    assert "Spam volume: **1,900**, +111.1 % on the week before (900)." in item.body
    assert "## Who rose" in item.body
    assert r"| 1 | 2 | Example \*Net\* \| \<b\> (AS64500) | 1,500 |" in item.body
    assert r"| A\|B | 1,234 | 0 |" in item.body
    assert "## New botnets" not in item.body
    assert draft(NAMES, NOON + 6 * DAY - 1) == ""
    assert len(apart(news.all_items())) == 1


def test_a_discarded_draft_is_not_made_again_and_the_next_week_has_its_own(store: Store) -> None:
    volumes(BEGIN, as64500=10)
    volumes(BEGIN + WEEK, as64500=10)
    draft(NAMES, NOON)
    news.discard(apart(news.all_items())[0].id, "olga@acme.example", NOON)

    assert draft(NAMES, NOON) == ""
    assert draft(NAMES, NOON + WEEK)
    assert len(apart(news.all_items())) == 2


def test_a_draft_that_was_edited_and_published_is_not_made_again(store: Store) -> None:
    volumes(BEGIN, as64500=10)
    draft(NAMES, NOON)
    [item] = apart(news.all_items())
    news.edit(item.id, news.SPAM, "My words", "My text", NOON, "olga@acme.example", NOON)

    assert draft(NAMES, NOON) == ""
    assert [one.title for one in news.published(NOON)] == ["My words"]


def test_a_week_without_anything_to_tell_makes_no_draft(store: Store) -> None:
    assert draft(NAMES, NOON) == ""
    assert apart(news.all_items()) == []


@pytest.mark.parametrize("timestamp", [BEGIN + WEEK, BEGIN + 2 * WEEK - 1])
def test_the_week_is_the_iso_week_that_has_ended(store: Store, timestamp: int) -> None:
    volumes(BEGIN, as64500=10)
    volumes(BEGIN + WEEK, as64500=99)

    draft(NAMES, timestamp)

    [item] = apart(news.all_items())
    assert "| 10 |" in item.body
    assert "99" not in item.body


def test_the_job_runs_it(store: Store) -> None:
    volumes(BEGIN, as64500=10)
    [job] = [job for job in JOBS if job.name == "draft news"]
    context = JobContext(store, Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, ""), Live(), Delivery(Counters()))

    assert "Wrote a draft" in job.run(context, NOON)
    assert "(AS64500)" not in apart(news.all_items())[0].body  # no names are loaded: the number stands alone
    assert "AS64500" in apart(news.all_items())[0].body
