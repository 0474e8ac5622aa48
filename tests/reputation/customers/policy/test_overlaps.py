"""What is said of rules that overlap is what the decision does: checked in small worlds, address by address."""

from __future__ import annotations

import string
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reputation.addresses.address import parse_network
from reputation.customers.policy.overlaps import (
    COVERED,
    EXCEPTION,
    IDLE,
    NEEDLESS,
    OVERRULED,
    SHADOWED,
    STAYS,
    WINS,
    Overlaps,
)
from reputation.customers.policy.values import parse_value
from reputation.publisher import policies
from reputation.publisher.policies import RuleDraft
from reputation.verdict.decision import decide
from reputation.verdict.origins import EMPTY, Origins
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import STANDARD
from tests.executed import executed_lines
from tests.snapshots import origins

Rule = tuple[str, str]

ACTIONS = st.sampled_from(["approved", "blocked"])
# Sixteen addresses of each version, cut into networks of every size, and one network around them.
NETWORKS = [
    f"{base}{end}/{prefix}"
    for base, whole in (("203.0.113.", 32), ("2001:db8::", 128))
    for prefix in range(whole - 4, whole + 1)
    for end in range(0, 10 if whole == 128 else 16, 1 << (whole - prefix))
    if end + (1 << (whole - prefix)) <= 16
] + ["203.0.112.0/22", "2001:db8::/64"]
ADDRESSES = [(4, parse_network("203.0.113.0").first + place) for place in range(16)] + [
    (6, parse_network("2001:db8::").first + place) for place in range(16)
]
OUTSIDE = [(4, parse_network("203.0.113.16").first), (6, parse_network("2001:db8::10").first)]
ORIGINS = origins(
    {
        "203.0.113.0/30": (64500, "AT", "Example Net"),
        "203.0.113.4/30": (64500, "DE", "Example Net"),
        "203.0.113.8/29": (64501, "AT", "Other Net"),
        "2001:db8::/125": (64502, "FR", "Third Net"),
    }
)
BY_ORIGIN = ["isp:AS64500", "isp:AS64501", "isp:AS64502", "country:AT", "country:DE", "country:FR"]

networks = st.tuples(ACTIONS, st.sampled_from([parse_value(text)[1] for text in NETWORKS]))
by_origin = st.tuples(ACTIONS, st.sampled_from(BY_ORIGIN))
Where = tuple[int, int]


def answers(rules: list[Rule], known: Origins) -> dict[Where, tuple[str, str]]:
    """Of every address what decides, and how: approved, blocked or nothing."""
    wishes = [RuleDraft(1, action, *parse_value(value)) for action, value in dict.fromkeys(rules)]
    snapshot = Snapshot(origins=known, policies=policies.of_one(1, False, 0, 0, wishes))
    found = {}
    for where in ADDRESSES + OUTSIDE:
        decision = decide(snapshot, STANDARD, 1, *where, 0)
        nothing = decision.decided_by == "no listing"
        found[where] = (decision.reason, "" if nothing else "blocked" if decision.code else "approved")
    return found


def senses(rules: list[Rule], known: Origins) -> dict[Where, str]:
    return {where: sense for where, (_, sense) in answers(rules, known).items()}


@settings(max_examples=400)
@given(st.lists(networks, max_size=12), networks)
def test_a_network_is_said_to_change_nothing_exactly_where_it_changes_nothing(rules: list[Rule], rule: Rule) -> None:
    others = [other for other in rules if other != rule]
    said = Overlaps(others).of(*rule)

    assert any(one.kind in IDLE for one in said) == (senses(others, EMPTY) == senses([*others, rule], EMPTY))


@settings(max_examples=400)
@given(st.lists(networks, max_size=8), st.lists(by_origin, max_size=6), st.one_of(networks, by_origin))
def test_a_rule_that_is_said_to_change_nothing_changes_nothing(some: list[Rule], more: list[Rule], rule: Rule) -> None:
    others = [other for other in some + more if other != rule]
    said = Overlaps(others, ORIGINS).of(*rule)

    if any(one.kind in IDLE for one in said):
        assert senses(others, ORIGINS) == senses([*others, rule], ORIGINS)


@settings(max_examples=400)
@given(st.lists(networks, max_size=12), st.lists(by_origin, max_size=6), networks)
def test_who_stays_and_whom_a_network_is_an_exception_from_is_so_at_an_address(
    some: list[Rule], more: list[Rule], rule: Rule
) -> None:
    others = [other for other in some + more if other != rule]
    before, after = answers(others, ORIGINS), answers([*others, rule], ORIGINS)

    for statement in Overlaps(others, ORIGINS).of(*rule):
        for action, value in statement.others:
            decided = {where for where in before if is_by(before[where], action, value)}
            inside = {where for where in decided if where in ADDRESSES and is_in(where, rule[1])}
            if statement.kind == STAYS:
                assert any(after[where] == before[where] for where in inside)
            if statement.kind in (EXCEPTION, WINS):
                assert any(is_by(after[where], *rule) for where in inside)


@settings(max_examples=300)
@given(st.lists(by_origin, max_size=6), by_origin)
def test_between_isps_and_countries_too(rules: list[Rule], rule: Rule) -> None:
    others = [other for other in rules if other != rule]
    before, after = answers(others, ORIGINS), answers([*others, rule], ORIGINS)

    for statement in Overlaps(others, ORIGINS).of(*rule):
        for action, value in statement.others:
            decided = [where for where in before if is_by(before[where], action, value)]
            if statement.kind == STAYS:
                assert any(after[where] == before[where] for where in decided)
            if statement.kind == EXCEPTION:
                assert any(is_by(after[where], *rule) for where in decided)
            if statement.kind == WINS:
                assert all(is_by(after[where], *rule) for where in decided)


@settings(max_examples=300)
@given(st.lists(networks, min_size=1, max_size=8), by_origin)
def test_a_network_that_outweighs_an_isp_or_a_country_decides_inside_it(rules: list[Rule], rule: Rule) -> None:
    after = answers([*rules, rule], ORIGINS)
    without = answers([rule], ORIGINS)

    for statement in Overlaps(rules, ORIGINS).of(*rule):
        assert statement.kind == STAYS
        for action, value in statement.others:
            assert any(is_by(after[where], action, value) and without[where][1] == rule[0] for where in after)


@settings(max_examples=100)
@given(st.lists(st.one_of(networks, by_origin), max_size=10), st.one_of(networks, by_origin))
def test_a_rule_that_stands_already_is_told_the_same(rules: list[Rule], rule: Rule) -> None:
    others = [other for other in rules if other != rule]

    assert Overlaps([*others, rule], ORIGINS).of(*rule) == Overlaps(others, ORIGINS).of(*rule)


def is_by(answer: tuple[str, str], action: str, value: str) -> bool:
    """Whether this rule decided: the reason names a network, an ISP or a country."""
    reason, sense = answer
    kind, _, name = value.partition(":") if value.startswith(("isp:", "country:")) else ("", "", value)
    ends = f"({name})" if kind == "isp" else f"country {name}" if kind else f": {name}"
    return sense == action and reason.endswith(ends)


def is_in(where: Where, value: str) -> bool:
    network = parse_network(value)
    return network.version == where[0] and network.first <= where[1] <= network.last


@pytest.mark.parametrize(
    ("rules", "rule", "kind", "sentence"),
    [
        ([("approved", "192.0.2.0/24")], ("approved", "192.0.2.7"), COVERED,
         "Covered already by 192.0.2.0/24, approved: this rule changes nothing."),
        ([("blocked", "192.0.2.0/24")], ("approved", "192.0.2.7"), EXCEPTION,
         "An exception from 192.0.2.0/24, blocked: the longer prefix decides."),
        ([("approved", "203.0.113.25")], ("blocked", "203.0.113.0/24"), STAYS,
         "203.0.113.25 is approved and stays approved: the longer prefix decides."),
        ([("blocked", f"203.0.113.{end}") for end in range(1, 6)], ("approved", "203.0.113.0/24"), STAYS,
         "203.0.113.1, 203.0.113.2, 203.0.113.3 and 2 more are blocked and stay blocked: the longer prefix decides."),
        ([("blocked", "203.0.113.1"), ("blocked", "203.0.113.2")], ("blocked", "203.0.113.0/24"), NEEDLESS,
         "203.0.113.1 and 203.0.113.2, blocked too, lie inside it."),
        ([("approved", "192.0.2.7")], ("blocked", "192.0.2.7"), OVERRULED,
         "192.0.2.7 is approved too, and approved wins: this rule changes nothing."),
        ([("blocked", "192.0.2.7")], ("approved", "192.0.2.7"), WINS,
         "192.0.2.7 is blocked too: approved wins over it."),
        ([("approved", "192.0.2.6"), ("blocked", "192.0.2.7")], ("blocked", "192.0.2.6/31"), SHADOWED,
         "More specific rules decide every address of 192.0.2.6/31: this rule changes nothing."),
        ([("blocked", "isp:AS64500")], ("blocked", "203.0.113.1"), COVERED,
         "Covered already by Example Net (isp:AS64500), blocked: this rule changes the return code alone."),
        ([("approved", "country:AT"), ("approved", "country:DE")], ("approved", "isp:AS64500"), COVERED,
         "Covered already by Austria (country:AT) and Germany (country:DE), approved: this rule changes nothing."),
        ([("blocked", "country:AT")], ("approved", "isp:AS64500"), EXCEPTION,
         "An exception from Austria (country:AT), blocked: an ISP is more specific."),
        ([("approved", "isp:AS64500")], ("blocked", "country:DE"), STAYS,
         "Example Net (isp:AS64500) is approved and stays approved: an ISP is more specific."),
        ([("approved", "203.0.113.25")], ("blocked", "isp:AS64501"), None, ""),
        ([], ("blocked", "country:UK"), "no country",
         "ISO 3166 has no country UK, so no sender is from there. Did you mean GB, United Kingdom?"),
    ],
)  # fmt: skip
def test_the_sentences(rules: list[Rule], rule: Rule, kind: str | None, sentence: str) -> None:
    said = Overlaps(rules, ORIGINS).of(*rule)

    assert [(one.kind, one.sentence) for one in said] == ([(kind, sentence)] if kind else [])


def test_no_origins_and_no_rules_say_nothing() -> None:
    assert Overlaps([]).of("blocked", "192.0.2.0/24") == []
    assert Overlaps([("blocked", "isp:AS64500")]).of("blocked", "192.0.2.7") == []


def test_one_rule_more_by_isp_or_country_costs_no_look_at_every_origin_and_every_rule() -> None:
    # Two thousand networks, each with an ISP and a rule of its own, in as many countries as two letters allow.
    letters = [f"{first}{second}" for first in string.ascii_uppercase for second in string.ascii_uppercase]
    known = origins({f"10.{n // 250}.{n % 250}.0/24": (n + 1, letters[n % 676], "") for n in range(2000)})
    rules = [("approved", f"10.{n // 250}.{n % 250}.0/24") for n in range(2000)]
    rules += [("approved", f"country:{country}") for country in letters]
    for senders in ([f"isp:AS{n + 1}" for n in range(520)], [f"country:{country}" for country in letters[:520]]):
        few, many = (executed_lines(partial(look_at, rules, known, some)) for some in (senders[:20], senders))

        assert (many - few) / 500 < 200


def look_at(rules: list[Rule], known: Origins, senders: list[str]) -> None:
    """All that a page says which would block these senders."""
    others = Overlaps(rules, known)
    for sender in senders:
        assert others.of("blocked", sender)
