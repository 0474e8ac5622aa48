"""What goes out says of every address what DNS says of it."""

from __future__ import annotations

import ipaddress
import itertools
from bisect import bisect_right

import pytest

from reputation.customers import organizations
from reputation.export.listed import ExportEntry, entries
from reputation.intake import listings
from reputation.store.db import Store
from reputation.store.models import ReputationSettings
from reputation.verdict.zones import DYNAMIC, STANDARD
from tests.conftest import NOON
from tests.neighbour import is_others
from tests.reputation.export.cast import answer, published, sampled, some_listings


def code_in(found: list[ExportEntry], value: ipaddress.IPv4Address | ipaddress.IPv6Address) -> int:
    networks = [ipaddress.ip_network(entry.network) for entry in found]
    place = bisect_right([int(network.network_address) for network in networks], int(value)) - 1
    return found[place].code if place >= 0 and value in networks[place] else 0


@pytest.mark.parametrize("database", [STANDARD, DYNAMIC])
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("level", [1, 2, 3, 4])
@pytest.mark.parametrize("now", [NOON, NOON + 600, NOON + 3599])
def test_an_export_answers_as_dns_does(store: Store, database: int, version: int, level: int, now: int) -> None:
    organizations.add("Acme", "advanced", NOON)
    ReputationSettings.update(level=level).where(is_others(ReputationSettings)).execute()
    some_listings("an export", 60)
    snapshot = published()

    found = list(entries(snapshot, database, version, level, now))

    asked = sampled("asked", version, 500)
    assert [code_in(found, value) for value in asked] == [answer(snapshot, database, value, now) for value in asked]
    if (level, now) == (4, NOON):
        assert any(code_in(found, value) for value in asked), "nothing that was asked about is listed"
    networks = [ipaddress.ip_network(entry.network) for entry in found]
    assert all(int(one[-1]) < int(two[0]) for one, two in itertools.pairwise(networks)), "they overlap"
    assert all(entry.until > now for entry in found)


def test_an_entry_says_until_when_and_why(store: Store) -> None:
    listings.add("203.0.113.0/24", "standard", "DUL", 3600, "Home lines: paid $50, $$ and $", NOON)

    assert list(entries(published(), STANDARD, 4, 2, NOON)) == [
        ExportEntry("203.0.113.0/24", 3, "DUL", NOON + 3600, "Home lines: paid $$50, $$$$ and $$")  # a template
    ]
    assert list(entries(published(), STANDARD, 6, 2, NOON)) == []
