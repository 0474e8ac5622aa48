"""The order of decision, step by step, for both databases."""

from __future__ import annotations

import pytest

from reputation.addresses.address import Address, parse_address
from reputation.verdict.decision import DYNAMIC_STEPS, STANDARD_STEPS, Decision, decide
from reputation.verdict.organization_steps import OrganizationListings, OrganizationSteps
from reputation.verdict.rules import APPROVED
from reputation.verdict.snapshot import Listed, Snapshot
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
from tests.snapshots import ACME, BASIC, layer, snapshot

NOW = 1_800_000_000
ETL_SLOT = (FOREVER, 0, 0, 0)
KSS_SLOT = (0, FOREVER, 0, 0)
DUL_SLOT = (0, 0, FOREVER, 0)
ALL_LEVELS = (FOREVER,) * 4
TEST_NET = {"192.0.2.0/24": (64500, "AT", "Example Net"), "2001:db8::/32": (64500, "AT", "Example Net")}


def ask(snap: Snapshot, text: str, database: int = STANDARD, organization: int = ACME, now: int = NOW) -> Decision:
    address = parse_address(text)
    return decide(snap, database, organization, address.version, address.value, now)


def test_the_steps_of_both_databases_are_told_in_their_order() -> None:
    rules = ("test address", "sender rule", "ISP rule", "country rule")

    assert STANDARD_STEPS == (*rules, "ETL", "KSS", "DUL", "no listing")
    assert DYNAMIC_STEPS == (*rules, "dynamic", "no listing")


@pytest.mark.parametrize("slot,code,name", [(ETL_SLOT, ETL, "ETL"), (KSS_SLOT, KSS, "KSS"), (DUL_SLOT, DUL, "DUL")])
def test_each_category_has_its_return_code(slot: tuple[int, ...], code: int, name: str) -> None:
    snap = snapshot(standard=[("192.0.2.1", slot, "why"), ("2001:db8::/48", slot, "why")])

    assert ask(snap, "192.0.2.1") == Decision(code, FOREVER, name, "why")
    assert ask(snap, "2001:db8::1") == Decision(code, FOREVER, name, "why")
    assert ask(snap, "192.0.2.2").code == 0
    assert ask(snap, "2001:db8:1::1").decided_by == "no listing"


def test_of_several_categories_the_gravest_speaks() -> None:
    snap = snapshot(
        standard=[("192.0.2.1", (FOREVER, FOREVER, FOREVER, 0), ""), ("192.0.2.2", (0, FOREVER, FOREVER, 0), "")]
    )

    assert ask(snap, "192.0.2.1").code == ETL
    assert ask(snap, "192.0.2.2").code == KSS


def test_a_category_that_is_switched_off_lists_nobody() -> None:
    snap = snapshot(standard=[("192.0.2.1", (FOREVER, FOREVER, 0, 0), "")], categories=0b110)

    assert ask(snap, "192.0.2.1").code == KSS
    assert ask(snap, "192.0.2.1", organization=BASIC).code == ETL


def test_an_expired_listing_is_not_served_to_the_second() -> None:
    snap = snapshot(
        own_standard=[("192.0.2.1", (0, NOW + 10, 0, 0), "")], own_dynamic=[("192.0.2.1", (NOW + 10,) * 4, "")]
    )

    for database in (STANDARD, DYNAMIC):
        assert ask(snap, "192.0.2.1", database, now=NOW + 9).until == NOW + 10
        assert ask(snap, "192.0.2.1", database, now=NOW + 10).code == 0


def test_of_a_feed_and_our_own_listing_the_longer_one_holds() -> None:
    snap = snapshot(
        dynamic=[("192.0.2.1", (NOW + 5,) * 4, "feed")], own_dynamic=[("192.0.2.1", (NOW + 10,) * 4, "own")]
    )

    assert ask(snap, "192.0.2.1", DYNAMIC) == Decision(KSS, NOW + 10, "dynamic", "own")
    assert ask(snap, "192.0.2.1", DYNAMIC, now=NOW + 7).reason == "own"


@pytest.mark.parametrize("address,database,code", [
    ("127.0.0.2", STANDARD, KSS), ("127.0.0.3", STANDARD, DUL), ("127.0.0.4", STANDARD, ETL),
    ("127.0.0.10", STANDARD, BLOCKED_ADDRESS), ("127.0.0.11", STANDARD, BLOCKED_ISP),
    ("127.0.0.12", STANDARD, BLOCKED_COUNTRY), ("::ffff:127.0.0.2", STANDARD, KSS),
    ("127.0.0.2", DYNAMIC, KSS), ("127.0.0.3", DYNAMIC, 0), ("127.0.0.1", STANDARD, 0), ("127.0.0.1", DYNAMIC, 0),
    ("127.0.0.5", STANDARD, 0), ("127.1.0.2", STANDARD, 0), ("127.0.0.34", STANDARD, 0), ("127.0.1.2", STANDARD, 0),
    ("127.0.0.0", STANDARD, 0), ("127.255.255.255", DYNAMIC, 0), ("::ffff:127.0.0.2", DYNAMIC, KSS),
])  # fmt: skip
def test_test_addresses_answer_with_their_own_code(address: str, database: int, code: int) -> None:
    assert ask(snapshot(), address, database) == ask(
        snapshot(sender_rules={"127.0.0.0/8": APPROVED if code else BLOCKED_ADDRESS}, level=0, categories=0),
        address,
        database,
    )
    assert ask(snapshot(), address, database).code == code
    assert ask(snapshot(), address, database).decided_by == "test address"


@pytest.mark.parametrize("address", ["126.0.0.2", "128.0.0.2", "::127.0.0.2", "2001:db8::7f00:2"])
def test_an_address_that_looks_like_a_test_address_is_none(address: str) -> None:
    assert ask(snapshot(), address) == ask(snapshot(), address, DYNAMIC) == Decision(0, FOREVER, "no listing", "")


def test_a_test_address_says_what_it_is() -> None:
    said = "Test address: $ is always listed, and means no sender"

    assert ask(snapshot(), "127.0.0.2") == Decision(KSS, FOREVER, "test address", said)
    assert ask(snapshot(), "127.0.0.1") == Decision(0, FOREVER, "test address", "")


def test_a_listing_without_a_reason_is_told_by_its_category_or_database() -> None:
    slots = {"192.0.2.1": ETL_SLOT, "192.0.2.2": KSS_SLOT, "192.0.2.3": DUL_SLOT}
    snap = snapshot(
        standard=[(text, slot, "") for text, slot in slots.items()], own_dynamic=[("192.0.2.1", ALL_LEVELS, "")]
    )

    assert [ask(snap, text).reason for text in slots] == [
        "emerging threat list",
        "known spam source",
        "dynamic user list",
    ]
    assert ask(snap, "192.0.2.1", DYNAMIC).reason == "dynamic"


def test_of_a_feed_and_our_own_listing_of_the_same_length_the_feed_gives_the_reason() -> None:
    both = [("192.0.2.1", (0, NOW + 5, 0, 0), "feed")], [("192.0.2.1", (0, NOW + 5, 0, 0), "own")]

    assert ask(snapshot(standard=both[0], own_standard=both[1]), "192.0.2.1").reason == "feed"
    assert ask(snapshot(standard=both[0]), "192.0.2.1").reason == "feed"
    assert ask(snapshot(own_standard=both[1]), "192.0.2.1").reason == "own"


def test_a_graver_category_that_has_ended_leaves_the_word_to_the_next() -> None:
    snap = snapshot(
        standard=[("192.0.2.1", (0, NOW + 50, FOREVER, 0), "feed")],
        own_standard=[("192.0.2.1", (NOW, 0, NOW + 9, 0), "own")],
    )

    assert ask(snap, "192.0.2.1") == Decision(KSS, NOW + 50, "KSS", "feed")
    assert ask(snap, "192.0.2.1", now=NOW - 1) == Decision(ETL, NOW, "ETL", "own")
    assert ask(snap, "192.0.2.1", now=NOW + 50) == Decision(DUL, FOREVER, "DUL", "feed")


@pytest.mark.parametrize(("categories", "code"), [(0b001, ETL), (0b010, KSS), (0b100, DUL), (0b000, 0), (0b110, KSS)])
def test_a_category_speaks_where_it_is_switched_on(categories: int, code: int) -> None:
    snap = snapshot(standard=[("192.0.2.1", (FOREVER, FOREVER, FOREVER, 0), "")], categories=categories)

    assert ask(snap, "192.0.2.1").code == code


def test_each_level_has_its_own_end_in_a_feed_and_in_our_own_listings() -> None:
    ends, later = (NOW + 1, NOW + 2, NOW + 3, NOW + 4), (NOW + 8, NOW + 7, NOW + 6, NOW + 5)
    address = "2001:db8::1"
    for where in ({"dynamic": [(address, ends, "a")]}, {"own_dynamic": [(address, ends, "a")]}):
        answers = [ask(snapshot(level=level, **where), address, DYNAMIC) for level in (1, 2, 3, 4)]
        assert [answer[:2] for answer in answers] == [(KSS, end) for end in ends]
    snap = [snapshot([], [(address, ends, "a")], own_dynamic=[(address, later, "b")], level=level) for level in (1, 4)]
    assert [ask(one, address, DYNAMIC) for one in snap] == [
        Decision(KSS, NOW + 8, "dynamic", "b"), Decision(KSS, NOW + 5, "dynamic", "b"),
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1"])
def test_what_has_changed_of_our_own_listings_stands_above_what_was_built_before(address: str) -> None:
    ends, gone, later = (NOW + 9,) * 4, (0,) * 4, (NOW + 5,) * 4
    own, feeds = layer([(address, ends, "before")]), layer([(address, (NOW + 3,) * 4, "feed")])

    def said(listed: Listed, database: int) -> Decision:
        made = snapshot()
        return ask(Snapshot(listed, listed, made.origins, made.policies), address, database)

    for database, by in ((STANDARD, "ETL"), (DYNAMIC, "dynamic")):
        made = [
            said(Listed(lists, own, recent=layer([(address, until, "since")])), database)
            for lists in (None, feeds)
            for until in (gone, later)
        ]
        assert [(one.until, one.reason, one.decided_by) for one in made] == [
            (FOREVER, "", "no listing"), (NOW + 5, "since", by), (NOW + 3, "feed", by), (NOW + 5, "since", by),
        ]  # fmt: skip
        other = layer([("198.51.100.9", ends, "since"), ("2001:db8:9::", ends, "since")])
        assert said(Listed(None, own, recent=other), database).reason == "before"


def test_what_has_changed_for_one_organization_alone_stands_above_what_was_built_before() -> None:
    value = parse_address("192.0.2.1").value
    steps = OrganizationSteps([0, 0, 2, 2], [value, value + 1], [0, 0, 0, 0])
    alone = OrganizationListings(steps, [1, 0], [])
    own = layer([("198.51.100.1", (NOW + 9,) * 4, "before")])
    made = snapshot()
    for until, code in (((0,) * 4, 0), ((NOW + 5,) * 4, KSS)):
        recent = layer([("198.51.100.2", until, "since")])
        both = Listed(None, own, alone, recent, alone)
        said = ask(Snapshot(None, both, made.origins, made.policies), "192.0.2.1", DYNAMIC)
        assert said.code == code and said.reason == ("since" if code else "")
        assert both.listed_alone(ACME, Address(4, value), NOW) == recent.at(Address(4, 0xC6336402), NOW)
        assert not both.for_everybody().listed_alone(ACME, Address(4, value), NOW)
    only = Listed(None, own, alone)
    assert ask(Snapshot(None, only, made.origins, made.policies), "192.0.2.1", DYNAMIC).reason == "before"


def test_an_approved_isp_or_country_says_so_and_is_never_deferred() -> None:
    listed = {"dynamic": [("192.0.2.1", ALL_LEVELS, "")], "known_origins": TEST_NET}

    for database in (STANDARD, DYNAMIC):
        assert ask(snapshot(isps={64500: APPROVED}, **listed), "192.0.2.1", database) == Decision(
            0, FOREVER, "ISP rule", "Approved sender: Example Net (AS64500)"
        )
        assert ask(snapshot(countries={"AT": APPROVED}, **listed), "192.0.2.1", database) == Decision(
            0, FOREVER, "country rule", "Approved sender: country AT"
        )
    assert ask(snapshot(isps={64500: BLOCKED_ISP}, **listed), "192.0.2.1", DYNAMIC).decided_by == "dynamic"


def test_a_sender_rule_stands_above_every_list() -> None:
    snap = snapshot(
        standard=[("192.0.2.0/24", KSS_SLOT, "")],
        sender_rules={"192.0.2.1": APPROVED, "198.51.100.0/24": BLOCKED_ADDRESS, "2001:db8::/32": BLOCKED_ADDRESS},
    )

    assert ask(snap, "192.0.2.1") == Decision(0, FOREVER, "sender rule", "Approved sender: 192.0.2.1")
    assert ask(snap, "192.0.2.2").code == KSS
    assert ask(snap, "198.51.100.9").code == BLOCKED_ADDRESS
    assert ask(snap, "2001:db8::9").code == BLOCKED_ADDRESS
    assert ask(snap, "192.0.2.1", organization=BASIC).code == KSS
    assert ask(snap, "198.51.100.9", organization=BASIC).code == 0


def test_a_decision_by_a_rule_holds_until_the_rule_ends() -> None:
    blocked, approved = (BLOCKED_ADDRESS, NOW + 10), (APPROVED, NOW + 20)
    snap = snapshot(
        sender_rules={"198.51.100.1": blocked, "198.51.100.2": approved, "2001:db8:5::/48": blocked},
        isps={64500: (BLOCKED_ISP, NOW + 30)},
        countries={"DE": (BLOCKED_COUNTRY, NOW + 40)},
        known_origins=TEST_NET | {"203.0.113.0/24": (64501, "DE", "Another")},
    )

    ends = {"198.51.100.1": 10, "198.51.100.2": 20, "2001:db8:5::1": 10, "192.0.2.1": 30, "203.0.113.1": 40}
    assert {text: ask(snap, text).until - NOW for text in ends} == ends
    assert ask(snap, "198.51.100.2", DYNAMIC).until == NOW + 20
    assert ask(snap, "198.51.100.3").until == FOREVER


def test_a_rule_that_has_ended_holds_until_what_follows_it_is_published() -> None:
    snap = snapshot(sender_rules={"192.0.2.1": (BLOCKED_ADDRESS, NOW)}, standard=[("192.0.2.1", KSS_SLOT, "")])

    assert ask(snap, "192.0.2.1", now=NOW + 1).code == BLOCKED_ADDRESS


def test_the_longer_prefix_decides_between_sender_rules() -> None:
    snap = snapshot(
        sender_rules={"192.0.2.0/24": BLOCKED_ADDRESS, "192.0.2.128/25": APPROVED, "192.0.2.200": BLOCKED_ADDRESS}
    )

    assert [ask(snap, f"192.0.2.{last}").code for last in (1, 129, 200)] == [BLOCKED_ADDRESS, 0, BLOCKED_ADDRESS]


def test_an_address_rule_decides_before_the_isp_and_the_isp_before_the_country() -> None:
    chosen = {"isps": {64500: BLOCKED_ISP}, "countries": {"AT": APPROVED}, "known_origins": TEST_NET}

    assert ask(snapshot(**chosen), "192.0.2.1") == Decision(
        BLOCKED_ISP, FOREVER, "ISP rule", "Blocked sender: Example Net (AS64500)"
    )
    assert ask(snapshot(**chosen), "2001:db8::1").code == BLOCKED_ISP
    assert ask(snapshot(sender_rules={"192.0.2.0/24": APPROVED}, **chosen), "192.0.2.1").decided_by == "sender rule"
    only_country = snapshot(countries={"AT": BLOCKED_COUNTRY}, known_origins=TEST_NET)
    assert ask(only_country, "192.0.2.1") == Decision(
        BLOCKED_COUNTRY, FOREVER, "country rule", "Blocked sender: country AT"
    )
    assert ask(only_country, "198.51.100.1").code == 0
    assert ask(only_country, "192.0.2.1", organization=BASIC).code == 0


def test_an_approved_country_passes_what_a_list_holds() -> None:
    snap = snapshot(standard=[("192.0.2.0/24", KSS_SLOT, "")], countries={"AT": APPROVED}, known_origins=TEST_NET)

    assert ask(snap, "192.0.2.1").code == 0
    assert ask(snap, "192.0.2.1").decided_by == "country rule"


def test_the_dynamic_database_lists_where_the_level_is_reached() -> None:
    listed = [("192.0.2.1", (0, 0, NOW + 300, NOW + 600), "trap")]

    answers = [ask(snapshot(own_dynamic=listed, level=level), "192.0.2.1", DYNAMIC) for level in range(5)]

    assert [answer.code for answer in answers] == [0, 0, 0, KSS, KSS]
    assert [answer.until for answer in answers[3:]] == [NOW + 300, NOW + 600]


def test_an_approved_sender_is_never_deferred() -> None:
    snap = snapshot(dynamic=[("192.0.2.1", ALL_LEVELS, "")], sender_rules={"192.0.2.1": APPROVED})

    assert ask(snap, "192.0.2.1", DYNAMIC).decided_by == "sender rule"
    assert ask(snap, "192.0.2.1", DYNAMIC).code == 0


def test_a_blocked_sender_is_not_consulted_in_the_dynamic_database() -> None:
    rule = {"192.0.2.0/24": BLOCKED_ADDRESS}

    assert ask(snapshot(sender_rules=rule), "192.0.2.1", DYNAMIC).code == 0
    listed = snapshot(dynamic=[("192.0.2.1", ALL_LEVELS, "feed")], sender_rules=rule)
    assert ask(listed, "192.0.2.1", DYNAMIC).decided_by == "dynamic"
