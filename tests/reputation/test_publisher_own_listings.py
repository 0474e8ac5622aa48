"""The layer of our own listings says of every address what the listings that hold it say, however they overlap."""

from __future__ import annotations

import random

import pytest

from reputation.addresses.address import Address, parse_network
from reputation.customers import organizations
from reputation.intake import network_listings
from reputation.publisher import own_listings
from reputation.store.db import Store
from reputation.store.models import Listing, OrganizationListing
from reputation.verdict.snapshot import Layer
from reputation.verdict.zones import FOREVER, SLOTS
from tests.conftest import NOON
from tests.neighbour import is_others, others

CORNERS = ("0.0.0.0", "0.0.0.0/8", "255.255.255.255", "255.255.255.0/24", "::", "ffff::/16", "2001:db8::/64")


def listed(network: str, number: int, database: str = "dynamic", source: str = "hand") -> None:
    Listing.create(
        database=database, network=network, category=("KSS", "DUL", "ETL")[number % 3], source=source,
        reason=f"reason {number}", created_at=NOON, expires_at=NOON + 100 + number,
        level1_until=0 if number % 2 else NOON + number, level2_until=NOON + 50 + number % 7,
        level3_until=NOON + 60 + number, level4_until=NOON + 100 + number,
    )  # fmt: skip


def found(layer: Layer, version: int, value: int) -> list[tuple[int, str]]:
    by_slot = {entry.slot: (entry.until, entry.reason) for entry in layer.at(Address(version, value), now=0)}
    return [by_slot.get(slot, (0, "")) for slot in range(SLOTS)]


def expected(version: int, value: int) -> list[int]:
    rows = []
    for row in others(Listing).where(Listing.database == "dynamic"):
        network = parse_network(row.network)
        if network.version == version and network.first <= value <= network.last:
            rows.append((row.level1_until, row.level2_until, row.level3_until, row.level4_until))
    return [max(column) for column in zip(*rows, strict=True)] if rows else [0] * SLOTS


def test_every_address_has_the_longest_stay_of_the_listings_that_hold_it(store: Store) -> None:
    chance = random.Random(5782)
    networks = set(CORNERS)
    for _ in range(60):
        prefix = chance.choice((20, 24, 30, 32, 32))
        network = (203 << 24 | 113 << 8 | chance.randrange(1 << 16)) >> (32 - prefix) << (32 - prefix)
        networks.add(
            f"{'.'.join(str(network >> shift & 255) for shift in (24, 16, 8, 0))}/{prefix}".removesuffix("/32")
        )
    for number, network in enumerate(sorted(networks)):
        listed(network, number)

    layer = own_listings.build(NOON)["dynamic"].layer

    for network in networks:
        parsed = parse_network(network)
        top = (1 << (32 if parsed.version == 4 else 128)) - 1
        for value in {parsed.first, parsed.last, max(parsed.first - 1, 0), min(parsed.last + 1, top)}:
            expiries = [until for until, _ in found(layer, parsed.version, value)]
            assert [until if until > NOON else 0 for until in expiries] == [
                until if until > NOON else 0 for until in expected(parsed.version, value)
            ]


def test_each_slot_has_the_reason_of_the_listing_that_lasts_longest(store: Store) -> None:
    listed("203.0.113.0/24", 2)
    listed("203.0.113.9", 4)

    layer = own_listings.build(NOON)["dynamic"].layer

    value = parse_network("203.0.113.9").first
    assert found(layer, 4, value)[3] == (NOON + 104, "reason 4")
    assert found(layer, 4, value + 1)[3] == (NOON + 102, "reason 2")


def test_in_the_standard_database_the_category_is_the_slot(store: Store) -> None:
    listed("203.0.113.9", 0, database="standard")

    value = parse_network("203.0.113.9").first

    assert found(own_listings.build(NOON)["standard"].layer, 4, value) == [
        (0, ""),
        (NOON + 100, "reason 0"),
        (0, ""),
        (0, ""),
    ]
    assert found(own_listings.build(NOON)["dynamic"].layer, 4, value) == [(0, "")] * SLOTS


def test_what_has_ended_is_left_out_and_what_has_no_end_stays(store: Store) -> None:
    listed("203.0.113.9", 0)
    Listing.update(expires_at=NOON, level4_until=NOON).where(is_others(Listing)).execute()
    listed("203.0.113.10", 1)
    Listing.update(expires_at=FOREVER, level4_until=FOREVER).where(Listing.network == "203.0.113.10").execute()

    layer = own_listings.build(NOON)["dynamic"].layer

    value = parse_network("203.0.113.9").first
    assert found(layer, 4, value) == [(0, "")] * SLOTS
    assert found(layer, 4, value + 1)[3] == (FOREVER, "reason 1")


def test_whoever_passes_is_left_out_of_the_networks_that_reports_list_and_of_no_other_listing(store: Store) -> None:
    for network in ("203.0.112.0/22", "203.0.113.0/24", "203.0.113.9", "2001:db8::/48", "2001:db8:0:1::/64"):
        listed(network, 4, source="reports")
    listed("198.51.100.0/24", 4)
    every = (True, True, True, True)
    for network in ("203.0.113.9", "203.0.113.10", "203.0.112.0/24", "198.51.100.7", "2001:db8:0:2::/64", "8.8.8.8"):
        network_listings.save_passes({network: every}, NOON)
    network_listings.save_passes({"203.0.113.11": (False, True, False, False), "2001:db8:0:1::/64": every}, NOON)

    layer = own_listings.build(NOON)["dynamic"].layer

    def levels(text: str) -> list[int]:
        address = parse_network(text)
        return [level for level, (until, _) in enumerate(found(layer, address.version, address.first), 1) if until]

    assert (
        levels("203.0.113.8")
        == levels("203.0.114.1")
        == levels("198.51.100.7")
        == levels("2001:db8::1")
        == [1, 2, 3, 4]
    )
    assert levels("203.0.113.9") == [1, 2, 3, 4], "it is listed itself"
    assert levels("203.0.113.10") == levels("203.0.112.200") == levels("2001:db8:0:2::1") == levels("8.8.8.8") == []
    assert levels("203.0.113.11") == [1, 3, 4]
    assert levels("2001:db8:0:1::1") == [1, 2, 3, 4]


@pytest.mark.alone("nothing is listed yet")
def test_no_listing_is_an_empty_layer(store: Store) -> None:
    assert len(own_listings.build(NOON)["dynamic"].layer.steps4) == 1


# Side by side, at both sides of a gap, and (which no report makes) one inside another.
SIDE_BY_SIDE = (
    "203.0.113.6",
    "203.0.113.7",
    "203.0.113.9",
    "2001:db8:0:1::/64",
    "2001:db8:0:2::/64",
    "2001:db8:9::/64",
)
INSIDE = ("203.0.113.0/29", "203.0.113.7", "2001:db8::/48", "2001:db8:0:1::/64")


def test_what_is_listed_for_one_alone_holds_from_its_first_address_to_its_last(store: Store) -> None:
    owners = {organizations.add(f"Owner {number}", "advanced", NOON)[0].id: number for number in range(3)}
    for owner, number in owners.items():
        for place, network in enumerate((SIDE_BY_SIDE, INSIDE, ())[number]):
            until = NOON + 100 * number + place + 1
            levels = {"level1_until": 0, "level2_until": until, "level3_until": until + 1, "level4_until": until + 2}
            OrganizationListing.create(
                organization=owner, network=network, reported_at=NOON, expires_at=until + 2, **levels
            )
    layer, alone, *_ = own_listings.build(NOON)["dynamic"]

    for network in map(parse_network, (*SIDE_BY_SIDE, *INSIDE)):
        for value in {network.first - 1, network.first, network.last, network.last + 1}:
            for owner in owners:
                entries = layer.entries(alone.value(owner, network.version, value), 0)
                by_slot = {entry.slot: entry.until for entry in entries}
                assert [by_slot.get(slot, 0) for slot in range(SLOTS)] == expected_alone(owner, network.version, value)


def expected_alone(owner: int, version: int, value: int) -> list[int]:
    rows = []
    for row in OrganizationListing.select().where(OrganizationListing.organization == owner):
        network = parse_network(row.network)
        if network.version == version and network.first <= value <= network.last:
            rows.append((row.level1_until, row.level2_until, row.level3_until, row.level4_until))
    return [max(column) for column in zip(*rows, strict=True)] if rows else [0] * SLOTS
