"""What is said of rules in the store is what is said of the same rules in memory, whoever else has rules beside."""

from __future__ import annotations

import random

import pytest

from reputation.addresses.address import parse_network
from reputation.customers import policy
from reputation.customers.policy import NewRule, stored_networks
from reputation.customers.policy.overlaps import NEEDLESS, SHADOWED, STAYS, Overlaps
from reputation.customers.policy.sort_keys import address_of, network_keys
from reputation.customers.policy.stored_networks import StoredNetworks
from reputation.customers.policy.stored_overlaps import StoredOverlaps
from reputation.store.models import SenderRule
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.meant import meant
from tests.reputation.customers.policy.test_overlaps import BY_ORIGIN, NETWORKS, ORIGINS, Rule

ANY = [*NETWORKS, "0.0.0.0/0", "::/0", "255.255.255.255", "ffff::/16", *BY_ORIGIN]
ALL_OF = ["203.0.113.0/30", *(f"203.0.113.{end}" for end in range(4))]


def some(chance: random.Random, most: int) -> list[Rule]:
    return [
        (chance.choice(policy.ACTIONS), policy.parse_value(chance.choice(ANY))[1])
        for _ in range(chance.randrange(most))
    ]


def stand(organization_id: int, rules: list[Rule]) -> None:
    """Let an organization have these rules and no others."""
    SenderRule.delete().where(SenderRule.organization == organization_id).execute()
    meant(policy.add_rules, organization_id, [NewRule(*rule) for rule in rules], NOON, "ada@acme.example")


@pytest.mark.parametrize("seed", range(6))
def test_rules_in_the_store_are_told_as_rules_in_memory(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        rules, rule = some(chance, 24), some(chance, 2) or [("blocked", "203.0.113.0/28")]
        stand(cast.acme.id, rules)
        stand(cast.basic.id, some(chance, 24))

        for origins in (ORIGINS, EMPTY):
            assert StoredOverlaps(cast.acme.id, origins).of(*rule[0]) == Overlaps(rules, origins).of(*rule[0]), rules


def test_the_rule_that_is_changed_says_nothing_against_itself(cast: Cast) -> None:
    stand(cast.acme.id, [("blocked", value) for value in ALL_OF])
    stand(cast.basic.id, [("blocked", value) for value in ALL_OF])
    cut = SenderRule.get((SenderRule.organization == cast.acme.id) & (SenderRule.value == ALL_OF[2]))

    whole = StoredOverlaps(cast.acme.id).of("approved", "203.0.113.0/30")
    without = StoredOverlaps(cast.acme.id, without=cut.id).of("approved", "203.0.113.0/30")

    assert [one.kind for one in whole] == [SHADOWED]
    assert [one.kind for one in without] == ["wins", STAYS]


def test_the_last_addresses_of_all_have_an_end_that_sorts_behind_them() -> None:
    for text in ("255.255.255.255", "0.0.0.0/0", "ffff::/16", "192.0.2.0/24"):
        network = parse_network(text)
        first, end = network_keys(network)

        assert first < end
        assert (address_of(first), address_of(end)) == (network.first, network.last + 1)


def test_what_is_left_over_comes_in_order_however_many_parts_there_are(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_networks, "FIRST_AT_ONCE", 1)
    monkeypatch.setattr(stored_networks, "MOST_AT_ONCE", 3)
    stand(cast.acme.id, [("blocked", f"203.0.113.{end}") for end in range(1, 31, 2)])
    stand(cast.basic.id, [("blocked", "203.0.113.0/28")])
    network = parse_network("203.0.113.0/27")

    parts = list(StoredNetworks(cast.acme.id).left_over(network))

    single = [(network.first + place,) * 2 for place in range(0, 30, 2)]
    assert parts == [*single, (network.last - 1, network.last)]


def test_where_very_many_networks_stay_at_least_so_many_are_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StoredNetworks.that_decide_first, "__defaults__", (5,))
    stand(cast.acme.id, [("approved", f"203.0.113.{end}") for end in range(8)])
    stand(cast.basic.id, [("approved", "203.0.113.9")])

    (said,) = StoredOverlaps(cast.acme.id, ORIGINS).of("blocked", "country:AT")

    assert said.sentence.startswith("203.0.113.0, 203.0.113.1, 203.0.113.2 and at least 1 more are approved")


def test_where_very_many_networks_lie_inside_at_least_so_many_are_told(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_networks, "MOST_COUNTED", 5)
    stand(cast.acme.id, [("approved", f"203.0.113.{end}") for end in range(6)])
    stand(cast.basic.id, [("approved", "203.0.113.9")])

    (said,) = StoredOverlaps(cast.acme.id, ORIGINS).of("approved", "203.0.113.0/24")
    SenderRule.delete().where(SenderRule.value == "203.0.113.5").execute()
    (all_told,) = StoredOverlaps(cast.acme.id, ORIGINS).of("approved", "203.0.113.0/24")

    assert said.sentence.startswith("203.0.113.0, 203.0.113.1, 203.0.113.2 and at least 2 more, approved too, lie")
    assert all_told.sentence.startswith("203.0.113.0, 203.0.113.1, 203.0.113.2 and 2 more, approved too, lie")


def test_networks_that_decide_nothing_are_counted_and_not_named(cast: Cast) -> None:
    stand(cast.acme.id, [("blocked", value) for value in ALL_OF])
    stand(cast.basic.id, [("blocked", "203.0.113.0/29")])

    (said,) = StoredOverlaps(cast.acme.id).of("blocked", "203.0.113.0/24")

    assert (said.kind, said.sentence.split(" more")[0]) == (
        NEEDLESS, "203.0.113.0, 203.0.113.1, 203.0.113.2 and 2",
    )  # fmt: skip
