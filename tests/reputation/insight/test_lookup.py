"""The public lookup tells what lists an address, under nobody's policy, and keeps the traps to itself."""

from __future__ import annotations

import json
from typing import Any

import pytest

from reputation.addresses.address import parse_address
from reputation.customers import policy
from reputation.insight import lookup
from reputation.insight.lookup import OURSELVES, ListedBy, LookupResult
from reputation.intake import listings, spam_reports
from reputation.publisher import Publisher
from reputation.store import changes, db
from reputation.store.db import Store
from reputation.store.models import Feed, FeedRevision, Listing
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.verdict.snapshot import Snapshot
from tests.conftest import NOON, make_cast
from tests.reputation.test_publisher import listed

HOUR = 3600
CLASHES = "Seen $ sending, see https://bl.example/$"


@pytest.fixture
def publisher(store: Store) -> Publisher:
    return Publisher(Live(), lambda: EMPTY, lambda _: EMPTY, "")


def snapshot(publisher: Publisher) -> Snapshot:
    publisher.catch_up(NOON)
    assert publisher.live.current
    return publisher.live.current


def found(publisher: Publisher, address: str, now: int = NOON) -> list[LookupResult]:
    return lookup.look_up(snapshot(publisher), parse_address(address), now)


def feed(name: str, category: str = "KSS", database: str = "standard", purpose: str = "list") -> Any:
    return Feed.create(
        name=name, source="x", format="plain", category=category, database=database, every=HOUR, duration=2 * HOUR,
        created_at=NOON, purpose=purpose,
    )  # fmt: skip


def fetch(feed: Any, *networks: str, at: int, state: str = "live", text: str = "", ends_at: int | None = None) -> None:
    ranges = listed(*networks, text=text)
    four, six = ranges.to_blobs()
    with db.write():
        FeedRevision.create(
            feed=feed, state=state, fetched_at=at, seen_at=at, hash=ranges.digest(),
            entries=len(networks), ranges4=four,
            ranges6=six, texts=json.dumps(ranges.texts), ends_at=ends_at,
        )  # fmt: skip
        for part in (changes.STANDARD_FEEDS, changes.DYNAMIC_FEEDS):
            changes.record_change(part, NOON)


def test_an_address_that_nothing_lists_finds_nothing(publisher: Publisher) -> None:
    assert found(publisher, "192.0.2.1") == []
    assert not lookup.is_listed(snapshot(publisher), parse_address("192.0.2.1"), NOON)


@pytest.mark.parametrize(("network", "address"), [("192.0.2.0/24", "192.0.2.9"), ("2001:db8::/48", "2001:db8::9")])
def test_our_own_listing_is_told_with_its_category_reason_begin_and_end(
    publisher: Publisher, network: str, address: str
) -> None:
    listings.add(network, "standard", "DUL", HOUR, "Home lines", NOON - 60)

    [one] = found(publisher, address)

    assert (one.database, one.category, one.code, one.reason) == ("standard", "DUL", "127.0.0.3", "Home lines")
    assert one.until == NOON - 60 + HOUR
    assert one.holders == (ListedBy(OURSELVES, NOON - 60, True, NOON - 60 + HOUR, "Home lines"),)
    assert lookup.is_listed(snapshot(publisher), parse_address(address), NOON)


def test_a_listing_that_has_ended_is_not_told_to_the_second(publisher: Publisher) -> None:
    listings.add("192.0.2.9", "standard", "KSS", HOUR, "Spam", NOON)

    assert found(publisher, "192.0.2.9", NOON + HOUR - 1)
    assert not found(publisher, "192.0.2.9", NOON + HOUR)
    assert not lookup.is_listed(snapshot(publisher), parse_address("192.0.2.9"), NOON + HOUR)


def test_every_category_is_told_and_not_the_gravest_alone(publisher: Publisher) -> None:
    for category in ("DUL", "KSS", "ETL"):
        listings.add("192.0.2.9", "standard", category, HOUR, f"As {category}", NOON)
    listings.add("192.0.2.9", "dynamic", "ETL", HOUR, "Of the moment", NOON)

    told = [(one.database, one.category, one.reason) for one in found(publisher, "192.0.2.9")]

    assert told == [
        ("standard", "ETL", "As ETL"),
        ("standard", "KSS", "As KSS"),
        ("standard", "DUL", "As DUL"),
        ("dynamic", "", "Of the moment"),
    ]


def test_no_organizations_rules_and_settings_matter(publisher: Publisher) -> None:
    cast = make_cast()
    listings.add("192.0.2.9", "standard", "KSS", HOUR, "Spam", NOON)
    policy.add_rule(cast.acme.id, "approved", "192.0.2.9", NOON)
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.0/24", NOON)

    assert found(publisher, "192.0.2.9")
    assert not found(publisher, "198.51.100.9")


def test_the_lowest_level_that_lists_is_told(publisher: Publisher) -> None:
    Listing.create(
        database="dynamic", network="192.0.2.9", category="ETL", reason="Spam was seen", source="reports",
        created_at=NOON, expires_at=NOON + 2 * HOUR, level3_until=NOON + HOUR, level4_until=NOON + 2 * HOUR,
    )  # fmt: skip
    changes.record_change(changes.LISTINGS, NOON)

    [one] = found(publisher, "192.0.2.9")

    assert (one.level, one.until) == (3, NOON + 2 * HOUR)
    assert found(publisher, "192.0.2.9", NOON + HOUR)[0].level == 4


def test_a_trap_keeps_its_name_to_itself(publisher: Publisher) -> None:
    evidence = "Mail to trap-17@secret.example"
    spam_reports.accept("192.0.2.9", "trap", NOON, evidence=evidence, reporter="trap-17@secret.example")

    [one] = found(publisher, "192.0.2.9")
    assert one.reason == (
        "Spam was seen from this sender: about 9 of 10 messages are likely to be spam; the listing ends by itself"
    )
    assert "secret" not in repr((found(publisher, "192.0.2.9"), lookup.own_listings(parse_address("192.0.2.9"), NOON)))


def test_a_published_list_is_named_with_the_fetch_since_which_it_holds_the_address(publisher: Publisher) -> None:
    drop = feed("Example DROP")
    fetch(drop, "198.51.100.0/24", at=NOON - 4 * HOUR, state="old")
    fetch(drop, "192.0.2.0/24", at=NOON - 3 * HOUR, state="old")
    fetch(drop, "192.0.2.0/28", at=NOON - 2 * HOUR, text=CLASHES)

    [one] = found(publisher, "192.0.2.9")

    assert one.reason == "Seen 192.0.2.9 sending, see https://bl.example/192.0.2.9"
    assert one.until is None
    assert one.holders == (ListedBy("Example DROP", NOON - 3 * HOUR, True, None),)


def test_where_all_that_is_kept_of_a_list_holds_the_address_it_may_be_there_for_longer(publisher: Publisher) -> None:
    fetch(feed("Example DROP"), "2001:db8::/32", at=NOON - 2 * HOUR)

    [one] = found(publisher, "2001:db8:5::1")

    assert one.holders == (ListedBy("Example DROP", NOON - 2 * HOUR, False, None),)


def test_every_list_that_holds_the_address_is_named_and_no_other(publisher: Publisher) -> None:
    for name, network in (("A", "192.0.2.0/24"), ("B", "192.0.2.9"), ("C", "198.51.100.0/24")):
        fetch(feed(name), network, at=NOON)
    fetch(feed("D", "DUL"), "192.0.2.0/24", at=NOON)
    fetch(feed("Held"), "192.0.2.0/24", at=NOON, state="held")
    listings.add("192.0.2.9", "standard", "KSS", HOUR, "Spam", NOON)

    told = {one.category: [holder.name for holder in one.holders] for one in found(publisher, "192.0.2.9")}

    assert told == {"KSS": [OURSELVES, "A", "B"], "DUL": ["D"]}


@pytest.mark.parametrize("database", ["standard", "dynamic"])
def test_a_list_of_good_senders_is_not_told_as_one_that_lists(publisher: Publisher, database: str) -> None:
    fetch(feed("good", database=database, purpose="approve"), "192.0.2.0/24", at=NOON)
    fetch(feed("spam", database=database), "192.0.2.0/23", at=NOON)

    assert lookup.published_lists(parse_address("192.0.2.9"), database, NOON) == []
    assert [one.name for one in lookup.published_lists(parse_address("192.0.3.9"), database, NOON)] == ["spam"]


@pytest.mark.parametrize("database", ["standard", "dynamic"])
def test_a_list_that_has_ended_is_not_told(publisher: Publisher, database: str) -> None:
    fetch(feed("ended", database=database), "192.0.2.9", at=NOON, ends_at=NOON + 60)
    fetch(feed("other", database=database), "192.0.2.9", at=NOON)

    def told(now: int) -> list[str]:
        return [one.name for one in lookup.published_lists(parse_address("192.0.2.9"), database, now)]

    assert (told(NOON + 59), told(NOON + 60)) == (["ended", "other"], ["other"])
    [first, _] = lookup.published_lists(parse_address("192.0.2.9"), database, NOON)
    assert first.until == NOON + 60


def test_an_older_fetch_is_told_where_the_newest_has_ended(publisher: Publisher) -> None:
    """The dynamic database serves each fetch to its own end."""
    one = feed("one", database="dynamic")
    fetch(one, "192.0.2.9", at=NOON - 60, state="old")
    fetch(one, "192.0.2.9", at=NOON, ends_at=NOON + 60)

    [holder] = lookup.published_lists(parse_address("192.0.2.9"), "dynamic", NOON + 60)

    assert (holder.since, holder.until) == (NOON - 60, NOON - 60 + 2 * HOUR)


def test_a_dynamic_list_holds_what_an_older_fetch_held_until_its_stay_has_ended(publisher: Publisher) -> None:
    timestamp = feed("Moment", "ETL", "dynamic")
    fetch(timestamp, "192.0.2.9", at=NOON - HOUR, state="old")
    fetch(timestamp, "198.51.100.9", at=NOON)

    [one] = found(publisher, "192.0.2.9")

    assert one.until == NOON + HOUR
    assert [(holder.name, holder.until) for holder in one.holders] == [("Moment", NOON + HOUR)]
    assert not found(publisher, "192.0.2.9", NOON + HOUR)


@pytest.mark.parametrize("address", ["127.0.0.2", "127.0.0.1", "::ffff:127.0.0.2"])
def test_a_test_address_is_no_sender(publisher: Publisher, address: str) -> None:
    assert lookup.is_test(parse_address(address))
    assert found(publisher, address) == []
    assert not lookup.is_listed(snapshot(publisher), parse_address(address), NOON)
