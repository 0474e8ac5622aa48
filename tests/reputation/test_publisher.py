"""Tables become a snapshot: each part from its own tables, and only those parts that have changed."""

from __future__ import annotations

import json

import pytest

from reputation.addresses.address import parse_address, parse_network
from reputation.customers import activation_codes, organizations, policy
from reputation.durations import LONGEST
from reputation.intake import listings
from reputation.publisher import Publisher, layers
from reputation.publisher.damaged_lists import in_use
from reputation.ranges import Entries, Ranges, build
from reputation.refusal import Refused
from reputation.store import changes, db, serials
from reputation.store.models import Feed, FeedRevision, Listing, OriginRevision, Part, ReputationSettings, SenderRule
from reputation.verdict.decision import Decision, decide
from reputation.verdict.live import Live
from reputation.verdict.origins import Origins
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
    BLOCKED_COUNTRY,
    BLOCKED_ISP,
    DUL,
    DYNAMIC,
    ETL,
    FOREVER,
    KSS,
    STANDARD,
)
from tests.conftest import NOON, Cast
from tests.neighbour import is_others
from tests.snapshots import origins

HOUR = 3600
TEST_NETS = {"192.0.2.0/24": (64500, "AT", "Example Net"), "2001:db8::/32": (64501, "DE", "Other Net")}


def seed() -> Origins:
    return origins(TEST_NETS)


def never(content: bytes) -> Origins:
    raise AssertionError("no table of origins was imported")


@pytest.fixture
def publisher(cast: Cast) -> Publisher:
    made = Publisher(Live(), seed, never, "http://portal.example/lookup?address=")
    made.catch_up(NOON)
    return made


def live(publisher: Publisher) -> Snapshot:
    assert publisher.live.current is not None
    return publisher.live.current


def ask(publisher: Publisher, organization: int, text: str, database: int = STANDARD, now: int = NOON) -> Decision:
    address = parse_address(text)
    return decide(live(publisher), database, organization, address.version, address.value, now)


def listed(*networks: str, text: str = "") -> Ranges:
    entries = {4: Entries(4), 6: Entries(6)}
    for line, network in enumerate(map(parse_network, networks), 1):
        size = 4 if network.version == 4 else 16
        bounds = (bound.to_bytes(size, "big") for bound in (network.first, network.last))
        entries[network.version].add(*bounds, line, int(bool(text)))
    return build(entries[4], entries[6], [text] if text else [])


def add_feed(
    name: str, category: str, ranges: Ranges, database: str = "standard", duration: int = HOUR, seen: int = NOON
) -> FeedRevision:
    with db.write():
        feed, _ = Feed.get_or_create(
            name=name,
            defaults={
                "source": "x", "format": "plain", "category": category, "database": database,
                "every": HOUR, "duration": duration, "created_at": NOON,
            },
        )  # fmt: skip
        four, six = ranges.to_blobs()
        row = FeedRevision.create(
            feed=feed, state="live", fetched_at=seen, seen_at=seen, hash=str(seen), entries=ranges.count,
            ranges4=four, ranges6=six, texts=json.dumps(list(ranges.texts)),
        )  # fmt: skip
        changes.record_change(changes.STANDARD_FEEDS if database == "standard" else changes.DYNAMIC_FEEDS, NOON)
    return row


def test_the_first_call_publishes_every_part_and_the_second_none(cast: Cast) -> None:
    publisher = Publisher(Live(), seed, never, "")

    assert publisher.live.current is None
    assert set(publisher.catch_up(NOON)) == set(changes.PARTS)
    assert publisher.catch_up(NOON) == []


def test_a_code_leads_to_its_organization_until_it_is_revoked(publisher: Publisher, cast: Cast) -> None:
    label = cast.acme_code.label.encode()

    assert live(publisher).organization(label, NOON) == cast.acme.id
    assert live(publisher).organization(cast.stranger_label.encode(), NOON) == -1
    activation_codes.revoke(cast.acme_code.label, NOON)
    assert publisher.catch_up(NOON) == [changes.POLICIES]
    assert live(publisher).organization(label, NOON) == -1


def test_only_an_advanced_subscription_may_ask_the_dynamic_database(publisher: Publisher, cast: Cast) -> None:
    assert live(publisher).may_ask(cast.acme.id, DYNAMIC)
    assert not live(publisher).may_ask(cast.basic.id, DYNAMIC)
    organizations.change_subscription(cast.basic.id, "advanced", NOON, "operator")
    publisher.catch_up(NOON)
    assert live(publisher).may_ask(cast.basic.id, DYNAMIC)


def test_feeds_of_several_categories_lie_over_each_other(publisher: Publisher, cast: Cast) -> None:
    add_feed("drop", "KSS", listed("198.51.100.0/24", "2001:db8:1::/48", text="SBL1"))
    add_feed("home", "DUL", listed("198.51.100.0/25", "203.0.113.0/24"))
    add_feed("bots", "ETL", listed("203.0.113.9"))

    assert publisher.catch_up(NOON) == [changes.STANDARD_FEEDS]
    answers = {
        text: ask(publisher, cast.acme.id, text)
        for text in ("198.51.100.1", "203.0.113.1", "203.0.113.9", "2001:db8:1::1")
    }
    assert [answer.code for answer in answers.values()] == [KSS, DUL, ETL, KSS]
    assert "SBL1" in answers["198.51.100.1"].reason and "drop" in answers["198.51.100.1"].reason
    assert ask(publisher, cast.acme.id, "192.0.2.1").code == 0


def test_a_dynamic_feed_lists_until_its_stay_after_the_last_fetch_that_held_it(
    publisher: Publisher, cast: Cast
) -> None:
    first = add_feed("traps", "KSS", listed("203.0.113.1", "203.0.113.2"), "dynamic", seen=NOON)
    first.state = "old"
    first.save()
    add_feed("traps", "KSS", listed("203.0.113.2"), "dynamic", seen=NOON + 600)
    publisher.catch_up(NOON + 600)

    assert ask(publisher, cast.acme.id, "203.0.113.1", DYNAMIC, NOON + 700).until == NOON + HOUR
    assert ask(publisher, cast.acme.id, "203.0.113.2", DYNAMIC, NOON + 700).until == NOON + 600 + HOUR
    assert ask(publisher, cast.acme.id, "203.0.113.1", DYNAMIC, NOON + HOUR).code == 0


def test_a_withdrawn_revision_is_not_served(publisher: Publisher, cast: Cast) -> None:
    for database in ("standard", "dynamic"):
        row = add_feed(f"bad {database}", "KSS", listed("203.0.113.1"), database)
        row.state = "withdrawn"
        row.save()
    publisher.catch_up(NOON)

    assert ask(publisher, cast.acme.id, "203.0.113.1").code == 0
    assert ask(publisher, cast.acme.id, "203.0.113.1", DYNAMIC).code == 0


def test_own_listings_keep_each_its_own_end_where_they_are_nested(publisher: Publisher, cast: Cast) -> None:
    listings.add("203.0.113.0/24", "standard", "KSS", 2 * HOUR, "wide", NOON)
    listings.add("203.0.113.9", "standard", "KSS", HOUR, "narrow", NOON)
    listings.add("203.0.113.9", "standard", "ETL", HOUR, "threat", NOON)
    assert publisher.catch_up(NOON) == [changes.LISTINGS]

    assert ask(publisher, cast.acme.id, "203.0.113.9").reason == "threat"
    assert ask(publisher, cast.acme.id, "203.0.113.9", now=NOON + HOUR) == Decision(KSS, NOON + 2 * HOUR, "KSS", "wide")
    assert ask(publisher, cast.acme.id, "203.0.113.9", now=NOON + 2 * HOUR).code == 0


def test_rules_of_each_organization_are_its_own(publisher: Publisher, cast: Cast) -> None:
    rules = [
        ("blocked", "203.0.113.0/24"), ("approved", "203.0.113.128/25"), ("blocked", "2001:db8:5::/48"),
        ("blocked", "isp:AS64500"), ("blocked", "country:DE"), ("blocked", "198.51.100.1"),
    ]  # fmt: skip
    for action, value in rules:
        policy.add_rule(cast.acme.id, action, value, NOON)
    policy.add_rule(cast.basic.id, "blocked", "198.51.100.2", NOON)
    assert publisher.catch_up(NOON) == [changes.POLICIES]

    expected = {
        "203.0.113.1": BLOCKED_ADDRESS, "203.0.113.200": 0, "203.0.112.255": 0, "203.0.114.0": 0,
        "2001:db8:5::1": BLOCKED_ADDRESS, "192.0.2.1": BLOCKED_ISP, "2001:db8::1": BLOCKED_COUNTRY,
        "198.51.100.1": BLOCKED_ADDRESS, "198.51.100.2": 0,
    }  # fmt: skip
    assert {text: ask(publisher, cast.acme.id, text).code for text in expected} == expected
    basics = {text: ask(publisher, cast.basic.id, text).code for text in expected}
    assert {text for text, code in basics.items() if code} == {"198.51.100.2"}


def test_at_equal_specificity_approved_wins(publisher: Publisher, cast: Cast) -> None:
    for value in ("203.0.113.0/24", "isp:AS64500", "country:DE"):
        for action in ("approved", "blocked"):
            policy.add_rule(cast.acme.id, action, value, NOON)
            policy.add_rule(cast.basic.id, "blocked" if action == "approved" else "approved", value, NOON)
    publisher.catch_up(NOON)

    for organization in (cast.acme.id, cast.basic.id):
        for text in ("203.0.113.1", "192.0.2.1", "2001:db8::1"):
            assert ask(publisher, organization, text) == Decision(0, 2**32 - 1, *ask(publisher, organization, text)[2:])
            assert ask(publisher, organization, text).decided_by.endswith("rule")


def test_a_rule_is_published_with_its_end(publisher: Publisher, cast: Cast) -> None:
    rules = {"203.0.113.0/24": 600, "203.0.113.7": None, "2001:db8:5::/48": 700, "isp:AS64500": 800, "country:DE": 900}
    for value, seconds in rules.items():
        policy.add_rule(cast.acme.id, "blocked", value, NOON, expires_at=seconds and NOON + seconds)
    policy.add_rule(cast.acme.id, "approved", "country:DE", NOON, expires_at=NOON + 50)
    publisher.catch_up(NOON)

    ends = {"203.0.113.1": 600, "203.0.113.7": None, "2001:db8:5::1": 700, "192.0.2.1": 800, "2001:db8::1": 50}
    expected = {text: FOREVER if seconds is None else NOON + seconds for text, seconds in ends.items()}
    assert {text: ask(publisher, cast.acme.id, text).until for text in ends} == expected


def test_settings_choose_categories_and_the_level(publisher: Publisher, cast: Cast) -> None:
    add_feed("drop", "KSS", listed("203.0.113.1"))
    listings.add("203.0.113.2", "dynamic", "KSS", HOUR, "trap", NOON)
    with db.write():
        ReputationSettings.update(kss=False, level=0).where(ReputationSettings.organization == cast.acme.id).execute()
        changes.record_change(changes.POLICIES, NOON)
    publisher.catch_up(NOON)

    assert ask(publisher, cast.acme.id, "203.0.113.1").code == 0
    assert ask(publisher, cast.basic.id, "203.0.113.1").code == KSS
    assert ask(publisher, cast.acme.id, "203.0.113.2", DYNAMIC).code == 0


def changed(publisher: Publisher, now: int = NOON) -> int:
    """The serial that is served after one more change."""
    with db.write():
        changes.record_change(changes.LISTINGS, NOON)
    publisher.catch_up(now)
    return live(publisher).serial


def another_node() -> Publisher:
    """A node that starts on the same tables."""
    return Publisher(Live(), seed, never, "")


def test_the_serial_rises_with_every_change_whatever_the_clock_says(publisher: Publisher) -> None:
    said = [live(publisher).serial, *(changed(publisher, now) for now in (NOON + 100, NOON - 5000, NOON - 4000))]

    assert said == sorted(set(said))


def test_a_start_raises_the_serial_to_the_clock_and_one_with_a_clock_set_back_leaves_it(publisher: Publisher) -> None:
    assert serials.raise_to(NOON, NOON) == NOON
    publisher.catch_up(NOON)
    assert live(publisher).serial == NOON
    before = changed(publisher)

    serials.raise_to(NOON - 86400, NOON - 86400)
    restarted = another_node()
    restarted.catch_up(NOON - 86400)

    assert before == NOON + 1
    assert live(restarted).serial == before, "the same content, the same serial"
    assert changed(restarted, NOON - 86400) == before + 1


def test_two_nodes_say_the_same_serial_of_the_same_content(publisher: Publisher) -> None:
    other = another_node()
    serials.raise_to(NOON, NOON)
    said = []
    for node, beside in ((publisher, other), (other, publisher)) * 3:
        said.append(changed(node))
        beside.catch_up(NOON)
        assert live(beside).serial == said[-1]

    assert said == sorted(set(said))


def test_a_node_that_starts_with_a_clock_ahead_takes_the_others_along(publisher: Publisher) -> None:
    serials.raise_to(NOON, NOON)
    publisher.catch_up(NOON)
    serials.raise_to(NOON + 3600, NOON + 3600)

    assert publisher.catch_up(NOON) == [], "no part has changed"
    assert live(publisher).serial == NOON + 3600


def test_a_part_that_cannot_be_built_does_not_take_the_serial_back(publisher: Publisher) -> None:
    listings.add("203.0.113.77", "standard", "KSS", HOUR, "by hand", NOON)
    before = changed(publisher) + 1
    break_listings()

    restarted = another_node()
    restarted.catch_up(NOON)

    assert list(restarted.failed) == ["listings"]
    assert live(restarted).serial == before


def test_tables_that_were_put_back_from_a_copy_do_not_take_the_serial_back(publisher: Publisher) -> None:
    serials.raise_to(NOON, NOON)
    kept = list(Part.select().dicts())
    for _ in range(5):
        before = changed(publisher)
    Part.delete().execute()
    Part.insert_many(kept).execute()

    publisher.catch_up(NOON)
    still_serving = live(publisher).serial
    serials.raise_to(NOON + 60, NOON + 60)
    restarted = another_node()
    restarted.catch_up(NOON + 60)

    assert still_serving == before + 1
    assert live(restarted).serial == NOON + 60


def test_a_merge_of_listings_changes_no_content_and_no_serial(publisher: Publisher) -> None:
    before = changed(publisher)

    assert publisher.merge_listings(NOON + 2 * HOUR) > 0
    assert live(publisher).serial == before


def test_a_snapshot_that_was_taken_does_not_change(publisher: Publisher, cast: Cast) -> None:
    before = live(publisher)
    listings.add("203.0.113.1", "standard", "KSS", HOUR, "trap", NOON)
    publisher.catch_up(NOON)

    assert decide(before, STANDARD, cast.acme.id, 4, parse_address("203.0.113.1").value, NOON).code == 0
    assert before is not live(publisher)
    assert before.policies is live(publisher).policies


def test_what_another_process_changed_is_published_when_it_is_noticed(publisher: Publisher, cast: Cast) -> None:
    other = Publisher(Live(), seed, never, "")
    other.catch_up(NOON)
    policy.add_rule(cast.acme.id, "blocked", "203.0.113.1", NOON)
    publisher.catch_up(NOON)

    assert ask(other, cast.acme.id, "203.0.113.1").code == 0
    assert other.catch_up(NOON) == [changes.POLICIES]
    assert ask(other, cast.acme.id, "203.0.113.1").code == BLOCKED_ADDRESS


def test_a_list_that_goes_while_it_is_read_takes_no_other_away(publisher: Publisher, cast: Cast) -> None:
    add_feed("going", "KSS", listed("203.0.113.1"))
    (row,) = layers._revisions("standard")
    with db.write():
        FeedRevision.delete().where(is_others(FeedRevision)).execute()

    assert in_use(row) is None
    assert publisher.catch_up(NOON) == [changes.STANDARD_FEEDS] and "standard feeds" not in publisher.failed


def test_a_damaged_list_takes_no_other_away(publisher: Publisher, cast: Cast) -> None:
    add_feed("good", "KSS", listed("203.0.113.1"))
    row = add_feed("damaged", "KSS", listed("203.0.113.2"))
    row.ranges4 = b"not a list"
    row.save()
    publisher.catch_up(NOON)

    assert ask(publisher, cast.acme.id, "203.0.113.1").code == KSS
    assert ask(publisher, cast.acme.id, "203.0.113.2").code == 0


def test_a_damaged_table_of_origins_gives_way_to_the_bundled_one(cast: Cast) -> None:
    def unpack(content: bytes) -> Origins:
        raise ValueError("damaged")

    with db.write():
        OriginRevision.create(loaded_at=NOON, dated="2026-01-01", source="x", rows=1, content=b"?")
    publisher = Publisher(Live(), seed, unpack, "")
    publisher.catch_up(NOON)

    assert live(publisher).origins.asn(4, parse_address("192.0.2.1").value) == 64500


def break_listings(text: str = "no network") -> None:
    """Leave a row in the table that nobody could have written by a door."""
    with db.write():
        Listing.update(network=text).where(Listing.network == "203.0.113.77").execute()
        changes.record_change(changes.LISTINGS, NOON)


def test_a_part_that_cannot_be_built_stays_as_it_was_and_holds_up_no_other(publisher: Publisher, cast: Cast) -> None:
    listings.add("203.0.113.77", "standard", "KSS", HOUR, "by hand", NOON)
    publisher.catch_up(NOON)
    break_listings()
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.9", NOON, "ada")

    assert publisher.catch_up(NOON + 1) == ["policies"]
    assert ask(publisher, cast.acme.id, "198.51.100.9").code == BLOCKED_ADDRESS
    assert ask(publisher, cast.acme.id, "203.0.113.77").code == KSS
    failed = publisher.failed["listings"]
    assert (failed.since, failed.tried_at) == (NOON + 1, NOON + 1) and "no network" in failed.reason


def test_a_part_that_failed_is_tried_again_when_it_changes_and_every_minute(publisher: Publisher) -> None:
    listings.add("203.0.113.77", "standard", "KSS", HOUR, "by hand", NOON)
    break_listings()
    publisher.catch_up(NOON)
    publisher.catch_up(NOON + 59)
    assert publisher.failed["listings"].tried_at == NOON
    publisher.catch_up(NOON + 60)
    assert publisher.failed["listings"].tried_at == NOON + 60 and publisher.failed["listings"].since == NOON

    with db.write():
        Listing.update(network="203.0.113.78").where(Listing.network == "no network").execute()
        changes.record_change(changes.LISTINGS, NOON)
    assert publisher.catch_up(NOON + 61) == ["listings"]
    assert publisher.failed == {}


def test_what_fails_at_the_start_is_left_out_and_the_rest_is_served(cast: Cast) -> None:
    listings.add("203.0.113.77", "standard", "KSS", HOUR, "by hand", NOON)
    break_listings()
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.9", NOON, "ada")
    starting = Publisher(Live(), seed, never, "http://portal.example/lookup?address=")
    starting.catch_up(NOON)

    assert ask(starting, cast.acme.id, "198.51.100.9").code == BLOCKED_ADDRESS
    assert list(starting.failed) == ["listings"]


@pytest.mark.parametrize("end", [FOREVER, FOREVER + 1, 253402214400])
def test_an_end_that_no_snapshot_can_hold_is_none(publisher: Publisher, cast: Cast, end: int) -> None:
    listings.add("203.0.113.77", "standard", "KSS", HOUR, "by hand", NOON)
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.9", NOON, "ada")
    with db.write():
        Listing.update(expires_at=end).where(Listing.network == "203.0.113.77").execute()
        SenderRule.update(expires_at=end).where(SenderRule.value == "198.51.100.9").execute()
        for part in (changes.LISTINGS, changes.POLICIES):
            changes.record_change(part, NOON)
    publisher.catch_up(NOON)

    assert publisher.failed == {}
    assert ask(publisher, cast.acme.id, "203.0.113.77", now=FOREVER - 2).code == KSS
    assert ask(publisher, cast.acme.id, "198.51.100.9", now=FOREVER - 2).code == BLOCKED_ADDRESS


def test_no_end_that_anybody_writes_stops_the_publication(publisher: Publisher, cast: Cast) -> None:
    code = activation_codes.active(cast.acme.id, NOON)[0].id
    for end in (2**33, 2**62):
        for database in ("standard", "dynamic"):
            with pytest.raises(Refused, match="at most ten years"):
                listings.add("198.51.100.0/24", database, "KSS", end, "Spam", NOON)
        with pytest.raises(Refused, match="too far away"):
            policy.add_rule(cast.acme.id, "blocked", "198.51.100.7", NOON, expires_at=end)
        with pytest.raises(Refused, match="too far away"):
            activation_codes.end_at(cast.acme.id, code, end, NOON, "olga")
    listings.add("198.51.100.0/24", "standard", "KSS", LONGEST, "Spam", NOON)
    listings.add("198.51.100.0/24", "dynamic", "KSS", LONGEST, "Spam", NOON)
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.7", NOON, expires_at=FOREVER - 1)
    activation_codes.end_at(cast.acme.id, code, FOREVER - 1, NOON, "olga")
    publisher.catch_up(NOON)

    assert ask(publisher, cast.acme.id, "198.51.100.7").code == BLOCKED_ADDRESS
    assert ask(publisher, cast.acme.id, "198.51.100.8").until == NOON + LONGEST
