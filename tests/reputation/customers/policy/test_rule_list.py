"""A page of rules is found, sorted and cut in the database as a person would by hand, on both databases."""

from __future__ import annotations

import logging

import pytest

from reputation.customers import policy
from reputation.customers.policy import NewRule, rule_list
from reputation.customers.policy.rule_list import RuleFilter
from tests.conftest import NOON, Cast
from tests.meant import meant

DAY = 86400
NAMES = {"country:DE": "Germany", "isp:AS64500": "Example Net"}
SENDERS = ["203.0.113.9", "203.0.113.0/24", "203.0.0.0/16", "10.0.0.0/8", "2001:db8::/32", "::/0", "country:DE",
           "country:AT", "isp:AS64500", "isp:AS9"]  # fmt: skip


def found(cast: Cast, **wanted: object) -> list[str]:
    rules, total = rule_list.page(
        cast.acme.id,
        RuleFilter("blocked", **wanted), 0, 50, lambda value: NAMES.get(value, "")  # type: ignore[arg-type],
    )  # fmt: skip
    assert total == len(rules)
    return [rule.value for rule in rules]


@pytest.fixture(autouse=True)
def ruled(cast: Cast) -> None:
    """Acme's rules, made one after the other, and Basic's beside them, which nobody of Acme may see."""
    for place, value in enumerate(SENDERS):
        end = NOON + DAY * (10 - place) if place % 3 == 0 else None
        meant(
            policy.add_rule,
            cast.acme.id,
            "blocked",
            value,
            NOON + place,
            f"p{place % 4}@acme.example",
            f"Note {place}",
            end,
        )
    meant(policy.add_rule, cast.acme.id, "approved", "203.0.113.10", NOON, "ada@acme.example", "Note 77")
    meant(policy.add_rules, cast.basic.id, [NewRule("blocked", value, "Note 5") for value in SENDERS], NOON, "boris")


def test_by_sender_addresses_come_first_then_countries_then_isps_by_number(cast: Cast) -> None:
    in_order = ["10.0.0.0/8", "203.0.0.0/16", "203.0.113.0/24", "203.0.113.9", "::/0", "2001:db8::/32", "country:AT",
                "country:DE", "isp:AS9", "isp:AS64500"]  # fmt: skip

    assert found(cast, sort="sender", descending=False) == in_order
    assert found(cast, sort="sender", descending=True) == in_order[::-1]


def test_by_what_else_stands_in_a_row(cast: Cast) -> None:
    assert found(cast, sort="added", descending=True) == SENDERS[::-1]
    assert found(cast, sort="note", descending=False) == SENDERS
    assert found(cast, sort="by", descending=False) == [SENDERS[place] for place in (0, 4, 8, 1, 5, 9, 2, 6, 3, 7)]
    assert found(cast, sort="until", descending=False)[:4] == [SENDERS[place] for place in (9, 6, 3, 0)]


@pytest.mark.parametrize(
    ("search", "senders"),
    [
        ("203.0.113.9", {"203.0.113.9", "203.0.113.0/24", "203.0.0.0/16"}),
        ("203.0.113.0/24", {"203.0.113.9", "203.0.113.0/24", "203.0.0.0/16"}),
        ("203.0.112.0/20", {"203.0.113.9", "203.0.113.0/24", "203.0.0.0/16"}),
        ("2001:db8::1", {"2001:db8::/32", "::/0"}),
        ("255.255.255.255", set()),
        ("GERMANY", {"country:DE"}),
        ("example net", {"isp:AS64500"}),
        ("note 5", {"::/0"}),
        ("p3@", {"10.0.0.0/8", "country:AT"}),
        ("100%", set()),
    ],
)
def test_an_address_finds_what_is_around_and_inside_it_and_words_find_any_text(
    cast: Cast, search: str, senders: set[str]
) -> None:
    assert set(found(cast, search=search)) == senders


def test_one_kind_alone_and_a_piece_of_it(cast: Cast) -> None:
    assert found(cast, kind="country", sort="sender", descending=False) == ["country:AT", "country:DE"]
    rules, total = rule_list.page(
        cast.acme.id, RuleFilter("blocked", sort="note", descending=False), 4, 3, lambda _: ""
    )
    assert ([rule.value for rule in rules], total) == (SENDERS[4:7], 10)


def test_a_search_counts_all_that_match_unless_its_page_is_the_last(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    wanted = RuleFilter("blocked", search="note", sort="note", descending=False)
    pages = {0: SENDERS[:3], 9: SENDERS[9:], 50: []}
    with caplog.at_level(logging.DEBUG, "peewee"):
        for first, senders in pages.items():
            rules, total = rule_list.page(cast.acme.id, wanted, first, 3, lambda _: "")
            assert ([rule.value for rule in rules], total) == (senders, 10)

    # A page that is not full says how many there are before it; one behind the last has no row to say it with.
    assert sum("LIKE" in str(record.msg) for record in caplog.records) == len(pages) + 2


def test_a_rule_that_is_changed_stands_where_it_belongs(cast: Cast) -> None:
    rule = next(one for one in policy.rules(cast.acme.id) if one.value == "10.0.0.0/8")

    policy.change_rule(cast.acme.id, rule.id, NewRule("blocked", "isp:AS70"), NOON)

    assert found(cast, sort="sender", descending=False)[-3:] == ["isp:AS9", "isp:AS70", "isp:AS64500"]
    assert rule_list.rule_exists(cast.acme.id, "blocked", "isp:AS70")
    assert not rule_list.rule_exists(cast.basic.id, "blocked", "isp:AS70")
