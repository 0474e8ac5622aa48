"""A dry run tells what another policy would have answered, and how sure it is."""

from __future__ import annotations

import itertools
import random

import pytest

from reputation.counting.query_log import sample_level
from reputation.customers import organizations, policy
from reputation.customers.policy import NewRule
from reputation.customers.policy import dry_run as room
from reputation.customers.policy.dry_run import ChangedAnswer, dry_run
from reputation.insight.query_log import key_of
from reputation.intake import listings
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store.models import Listing, QueryHour, QueryLogEntry, SenderRule
from reputation.verdict.live import Live
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import BLOCKED_ADDRESS, BLOCKED_COUNTRY, BLOCKED_ISP, DYNAMIC, KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.meant import meant
from tests.neighbour import is_others
from tests.snapshots import origins

DAY = 86400
NUMBERS = itertools.count()
ORIGINS = origins({"192.0.2.0/24": (64500, "AT", "Example Net"), "2001:db8::/32": (64501, "DE", "Other Net")})


def asked(
    cast: Cast, address: str, times: int = 1, at: int = NOON - 60, code: int = 0, weight: int = 1, zone: int = STANDARD
) -> None:
    for _ in range(times):
        QueryLogEntry.create(
            organization=cast.acme.id,
            asked_at=at,
            address=address,
            address_key=key_of(address),
            database=zone,
            code=code,
            weight=weight,
            sample_level=sample_level(next(NUMBERS)),
        )


def served() -> Snapshot:
    live = Live()
    Publisher(live, lambda: ORIGINS, lambda _: ORIGINS, "").catch_up(NOON)
    assert live.current
    return live.current


def test_a_blocked_sender_would_have_been_refused(cast: Cast) -> None:
    asked(cast, "192.0.2.7", times=3)
    asked(cast, "198.51.100.7", times=2)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.0/24")])

    assert (effect.different, effect.of, effect.estimated) == (3, 5, False)
    assert effect.addresses == [ChangedAnswer("192.0.2.7", 3, 0, BLOCKED_ADDRESS, STANDARD)]


def test_a_connection_that_both_databases_were_asked_about_is_one(cast: Cast) -> None:
    """The log has a row for each question; the hour tables tell how many connections these were about."""
    for database in (STANDARD, DYNAMIC):
        asked(cast, "192.0.2.7", times=3, zone=database)
        asked(cast, "198.51.100.7", times=2, zone=database)
        QueryHour.create(organization=cast.acme.id, hour=NOON - 3600, database=database, code=0, queries=5)
    QueryHour.create(organization=cast.basic.id, hour=NOON - 3600, database=STANDARD, code=0, queries=1000)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.0/24")])

    assert (effect.different, effect.of) == (3, 5)


def test_no_more_connections_change_than_there_were(cast: Cast) -> None:
    for database in ("standard", "dynamic"):
        listings.add("192.0.2.7", database, "KSS", DAY, "Spam", NOON)
    for number in (STANDARD, DYNAMIC):  # by a mail server that asks both at once
        asked(cast, "192.0.2.7", times=4, code=KSS, zone=number)
        QueryHour.create(organization=cast.acme.id, hour=NOON - 3600, database=number, code=KSS, queries=4)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("approved", "192.0.2.7")])

    assert (effect.different, effect.of) == (4, 4)


@pytest.mark.parametrize(
    ("value", "address", "code"),
    [("country:at", "192.0.2.7", BLOCKED_COUNTRY), ("isp:64501", "2001:db8::7", BLOCKED_ISP)],
)
def test_rules_by_origin_are_tried_too(cast: Cast, value: str, address: str, code: int) -> None:
    asked(cast, "192.0.2.7")
    asked(cast, "2001:db8::7")

    effect = dry_run(served(), cast.acme.id, NOON, add=[("blocked", value)])

    assert effect.addresses == [ChangedAnswer(address, 1, 0, code, STANDARD)]


def test_what_was_asked_in_a_database_that_is_no_longer_subscribed_to_is_left_out(cast: Cast) -> None:
    for database in ("standard", "dynamic"):
        listings.add("192.0.2.7", database, "KSS", DAY, "Spam", NOON)
    asked(cast, "192.0.2.7", times=2, code=KSS)
    asked(cast, "192.0.2.7", code=KSS, zone=DYNAMIC)
    query = [("approved", "192.0.2.7")]
    assert dry_run(served(), cast.acme.id, NOON, add=query).of == 3

    organizations.change_subscription(cast.acme.id, "standard", NOON, "operator")
    organizations.change_subscription(cast.basic.id, "advanced", NOON, "operator")

    effect = dry_run(served(), cast.acme.id, NOON, add=query)
    assert (effect.different, effect.of) == (2, 2)
    assert effect.addresses == [ChangedAnswer("192.0.2.7", 2, KSS, 0, STANDARD)]


def test_an_approved_sender_would_have_passed_both_databases(cast: Cast) -> None:
    for database in ("standard", "dynamic"):
        listings.add("192.0.2.7", database, "KSS", DAY, "Spam", NOON)
    asked(cast, "192.0.2.7", times=2, code=KSS)
    asked(cast, "192.0.2.7", code=KSS, zone=DYNAMIC)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("approved", "isp:AS64500")])

    assert effect.addresses == [
        ChangedAnswer("192.0.2.7", 2, KSS, 0, STANDARD),
        ChangedAnswer("192.0.2.7", 1, KSS, 0, DYNAMIC),
    ]


def test_taking_a_rule_away_is_tried_too(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.7", NOON - DAY)
    asked(cast, "192.0.2.7", code=BLOCKED_ADDRESS)

    effect = dry_run(served(), cast.acme.id, NOON, remove=[("blocked", " 192.0.2.7 ")])

    assert effect.addresses == [ChangedAnswer("192.0.2.7", 1, BLOCKED_ADDRESS, 0, STANDARD)]


def test_a_category_that_is_switched_off_lets_its_listings_pass(cast: Cast) -> None:
    listings.add("192.0.2.7", "standard", "KSS", DAY, "Spam", NOON)
    asked(cast, "192.0.2.7", code=KSS)
    asked(cast, "192.0.2.8")

    without_kss = dry_run(served(), cast.acme.id, NOON, settings={"kss": False})
    without_dul = dry_run(served(), cast.acme.id, NOON, settings={"dul": False})

    assert (without_kss.different, without_kss.of) == (1, 2)
    assert without_dul.different == 0


def test_another_level_defers_others(cast: Cast) -> None:
    Listing.create(
        database="dynamic",
        network="192.0.2.7",
        category="KSS",
        reason="Reports",
        created_at=NOON - DAY,
        expires_at=NOON + DAY,
        level4_until=NOON + DAY,
    )
    asked(cast, "192.0.2.7", times=2, zone=DYNAMIC)

    assert dry_run(served(), cast.acme.id, NOON, settings={"level": 4}).different == 2
    assert dry_run(served(), cast.acme.id, NOON, settings={"level": 3}).different == 0


def test_a_sample_counts_for_those_it_stands_for_and_says_so(cast: Cast) -> None:
    asked(cast, "192.0.2.7", weight=10)
    asked(cast, "198.51.100.7", code=KSS)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.7")])

    assert (effect.different, effect.of, effect.estimated) == (10, 11, True)


def test_a_masked_address_is_an_estimate(cast: Cast) -> None:
    asked(cast, "192.0.2.0/24")

    effect = dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.0/25")])

    assert effect.estimated
    assert effect.addresses[0].address == "192.0.2.0/24"


def test_a_long_log_is_thinned_out_and_says_so(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LONGEST", 10)
    monkeypatch.setattr(room, "COUNTED_FROM", 0)
    asked(cast, "192.0.2.7", times=70)
    asked(cast, "192.0.2.7", at=NOON - 8 * DAY, times=90)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.7")])

    assert effect.estimated
    assert effect.of == pytest.approx(70, abs=8) == effect.different
    assert effect.of % 8 == 0  # every eighth row stands for eight


def test_the_part_of_a_long_log_holds_the_questions_to_both_databases(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mail server asks both databases in turn: every second row is of the same."""
    monkeypatch.setattr(room, "LONGEST", 50)
    monkeypatch.setattr(room, "COUNTED_FROM", 0)
    monkeypatch.setattr(room, "ENOUGH", 5)
    for database in ("standard", "dynamic"):
        listings.add("192.0.2.7", database, "KSS", DAY, "Spam", NOON)
    for _ in range(60):
        for zone in (STANDARD, DYNAMIC):
            asked(cast, "192.0.2.7", zone=zone, code=KSS)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("approved", "192.0.2.0/24")])

    queries = {one.database: one.queries for one in effect.addresses}
    assert queries == {STANDARD: pytest.approx(60, abs=8), DYNAMIC: pytest.approx(60, abs=8)}
    assert effect.estimated


def test_one_address_of_a_long_log_is_counted_exactly(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LONGEST", 10)
    monkeypatch.setattr(room, "COUNTED_FROM", 0)
    asked(cast, "198.51.100.7", times=100)
    asked(cast, "192.0.2.7", times=3)
    asked(cast, "198.51.100.8", times=97)

    effect = dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.0/24"), ("blocked", "192.0.2.7")])

    assert effect.addresses == [ChangedAnswer("192.0.2.7", 3, 0, BLOCKED_ADDRESS, STANDARD)]
    assert (effect.different, effect.estimated) == (3, True)
    assert effect.of == pytest.approx(200, rel=0.1)


def test_what_is_older_than_seven_days_is_left_out_and_a_young_log_says_since_when(cast: Cast) -> None:
    asked(cast, "192.0.2.7", at=NOON - 2 * DAY)
    young = dry_run(served(), cast.acme.id, NOON)
    asked(cast, "192.0.2.7", at=NOON - 8 * DAY)
    old = dry_run(served(), cast.acme.id, NOON)

    assert (young.since, young.of) == (NOON - 2 * DAY, 1)
    assert (old.since, old.of) == (NOON - 7 * DAY, 1)


def test_nobody_elses_queries_are_counted(cast: Cast) -> None:
    asked(cast, "192.0.2.7")

    effect = dry_run(served(), cast.basic.id, NOON, add=[("blocked", "192.0.2.7")])

    assert (effect.different, effect.of, effect.addresses) == (0, 0, [])


def test_a_rule_that_has_ended_is_not_reckoned_with(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", "192.0.2.7", NOON - DAY, expires_at=NOON)
    asked(cast, "192.0.2.7")

    assert dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.0/24")]).different == 1


def test_nothing_is_changed_by_it(cast: Cast) -> None:
    asked(cast, "192.0.2.7")

    dry_run(served(), cast.acme.id, NOON, add=[("blocked", "192.0.2.7")])

    assert policy.rules(cast.acme.id) == []


def test_an_organization_that_is_not_published_yet_has_asked_nothing(cast: Cast) -> None:
    assert dry_run(Snapshot(), cast.acme.id, NOON, add=[("blocked", "192.0.2.7")]).of == 0


def test_a_rule_that_cannot_be_read_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused, match="country:AT"):
        dry_run(served(), cast.acme.id, NOON, add=[("blocked", "nonsense")])


@pytest.mark.parametrize("seed", range(4))
def test_few_rules_are_tried_without_reading_all_and_come_to_the_same(
    cast: Cast, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(seed)
    senders = [f"192.0.2.{end}/{prefix}" for prefix in (29, 30, 31, 32) for end in range(0, 16, 1 << (32 - prefix))]
    senders += ["192.0.2.0/24", "0.0.0.0/0", "2001:db8::/127", "2001:db8::/32", "2001:db8::1"]
    senders += ["country:AT", "country:DE", "isp:AS64500", "isp:AS64501"]

    def pick(most: int) -> list[tuple[str, str]]:
        return [(chance.choice(policy.ACTIONS), chance.choice(senders)) for _ in range(chance.randrange(most))]

    for address in (*(f"192.0.2.{end}" for end in range(16)), "2001:db8::", "2001:db8::1", "198.51.100.7"):
        for zone in (STANDARD, DYNAMIC):
            asked(cast, address, zone=zone, weight=chance.randrange(1, 3))
    listings.add("192.0.2.0/28", "dynamic", "KSS", DAY, "Spam", NOON)
    for _ in range(4):
        SenderRule.delete().where(is_others(SenderRule)).execute()
        for owner in (cast.acme.id, cast.basic.id):
            meant(policy.add_rules, owner, [NewRule(*rule) for rule in pick(16)], NOON - DAY, "ada@acme.example")
        snapshot, state = served(), sorted(policy.existing_rules(cast.acme.id))
        for _ in range(5):
            change = {"add": pick(4), "remove": chance.sample(state, min(len(state), chance.randrange(3)))}
            few = dry_run(snapshot, cast.acme.id, NOON, **change)
            with monkeypatch.context() as patch:
                patch.setattr(room, "FEW", -1)
                assert few == dry_run(snapshot, cast.acme.id, NOON, **change), (state, change)
