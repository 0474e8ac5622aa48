"""What a subscription includes is one table, and everything that offers a choice offers all of it."""

from __future__ import annotations

import pytest

from portal import first_run, organizations
from reputation.verdict import subscriptions
from reputation.verdict.snapshot import Policies, Snapshot
from reputation.verdict.zones import DATABASES, DYNAMIC, STANDARD


def test_only_the_advanced_subscription_includes_the_dynamic_database() -> None:
    assert [subscriptions.includes("standard", database) for database in (STANDARD, DYNAMIC)] == [True, False]
    assert [subscriptions.includes("advanced", database) for database in (STANDARD, DYNAMIC)] == [True, True]


@pytest.mark.parametrize("name", subscriptions.SUBSCRIPTIONS)
def test_dns_is_told_by_a_bit_for_each_database(name: str) -> None:
    bits = (subscriptions.database_bits("standard"), subscriptions.database_bits(name))
    snapshot = Snapshot(policies=Policies(databases=bits))

    assert [snapshot.may_ask(1, each) for each in DATABASES] == [
        subscriptions.includes(name, each) for each in DATABASES
    ]
    assert [snapshot.may_ask(0, each) for each in DATABASES] == [True, False], "another organization's"


def test_the_screens_offer_each_subscription() -> None:
    for offered in (first_run.SUBSCRIPTIONS, organizations.SUBSCRIPTIONS):
        assert sorted(row[0] for row in offered) == sorted(subscriptions.SUBSCRIPTIONS)
