"""What changes of our own listings is served as if all of them had been read again, in whatever order it comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reputation.addresses.address import ALL_ADDRESSES, BITS, Address, parse_network
from reputation.customers import organizations
from reputation.intake import listings, network_listings, report_listings
from reputation.publisher import Publisher, listings_part, own_listings, recent_listings
from reputation.publisher.listings_part import OwnListings
from reputation.refusal import Refused
from reputation.store import changes, db
from reputation.store.db import Store
from reputation.store.models import Listing, OrganizationListing, Part
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.verdict.snapshot import Layer, Policies, Snapshot
from reputation.verdict.zones import DATABASE_NAMES, DATABASES
from tests.conftest import NOON

# Nested and side by side, at the ends of a network and of all addresses.
SUBJECTS = ("203.0.113.0", "203.0.113.7", "203.0.113.8", "203.0.113.255", "198.51.100.9", "255.255.255.255",
            "2001:db8:0:1::/64", "2001:db8:0:2::/64", "ffff:ffff:ffff:ffff::/64")  # fmt: skip
NETWORKS = (*SUBJECTS, "203.0.113.0/24", "203.0.113.0/29", "203.0.112.0/22", "203.0.0.0/8", "203.0.114.0/24",
            "2001:db8::/56", "2001:db8:0:1::1", "2001:db8::/32", "255.255.255.0/24")  # fmt: skip

NEAR = ("203.0.113.0/24", "203.0.114.0/24", "2001:db8::/56")

STAYS = st.integers(1, 5)
STEPS = st.one_of(
    st.tuples(st.just("report"), st.sampled_from(NETWORKS), STAYS),
    st.tuples(st.just("alone"), st.integers(0, 2), st.sampled_from(SUBJECTS), STAYS),
    st.tuples(st.just("hand"), st.sampled_from(NETWORKS), st.sampled_from(DATABASE_NAMES), STAYS),
    st.tuples(st.just("lift"), st.sampled_from(NETWORKS), st.sampled_from(DATABASE_NAMES)),
    st.tuples(st.just("lift alone"), st.sampled_from(SUBJECTS)),
    st.tuples(st.just("passes"), st.sampled_from((*SUBJECTS, *NEAR)), st.tuples(*[st.booleans()] * 4)),
    st.tuples(st.just("passes no more"), st.sampled_from((*SUBJECTS, *NEAR))),
    st.tuples(st.just("wait"), st.integers(1, 3)),
    st.tuples(st.just("back"), st.sampled_from((1, 100))),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("publish")),
    st.tuples(st.just("merge")),
    st.tuples(st.just("unnamed")),
)


class Node:
    """One of several that publish from the same tables, as the publisher does."""

    def __init__(self) -> None:
        self.own, self.full = OwnListings.nothing(), 0

    def catch_up(self, now: int) -> None:
        if not self.own.follow(changes.generations()[changes.LISTINGS], now):
            self.own, self.full = OwnListings.read(now), self.full + 1


class World:
    def __init__(self, owners: list[int]) -> None:
        self.owners, self.now, self.node = owners, NOON, Node()

    def step(self, what: str, *values: Any) -> None:
        getattr(self, what.replace(" ", "_"))(*values)

    def report(self, network: str, stay: int) -> None:
        times = (0, self.now + stay, self.now + 2 * stay, self.now + 3 * stay)
        with db.write():
            report_listings.write({network: (times, f"seen {stay}")}, self.now)

    def alone(self, owner: int, network: str, stay: int) -> None:
        with db.write():
            times = (self.now + 1, self.now + stay, self.now + stay, self.now + 9)
            report_listings.write_alone({(self.owners[owner], network): times}, self.now)

    def hand(self, network: str, database: str, stay: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("reputation.intake.guards.unlistable", lambda network: "")
            listings.add(network, database, "DUL", 2 * stay, f"by hand {stay}", self.now)

    def lift(self, network: str, database: str) -> None:
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("reputation.intake.guards.unlistable", lambda network: "")
                listings.remove(network, database, self.now)
        except Refused:
            pass
        with db.write():
            listings.drop((Listing.network == network) & (Listing.database == database), self.now, "removed")

    def lift_alone(self, network: str) -> None:
        with db.write():
            report_listings.drop_alone([network], self.now)

    def passes(self, network: str, levels: tuple[bool, ...]) -> None:
        with db.write():
            network_listings.save_passes({network: levels}, self.now)

    def passes_no_more(self, network: str) -> None:
        with db.write():
            network_listings.drop_passes([network], self.now)

    def wait(self, seconds: int) -> None:
        self.now += seconds

    def back(self, seconds: int) -> None:
        self.now -= seconds

    def sweep(self) -> None:
        listings.sweep(self.now)

    def publish(self) -> None:
        self.node.catch_up(self.now)

    def merge(self) -> None:
        merged = OwnListings.read(self.now)
        if merged.follow(changes.generations()[changes.LISTINGS], self.now):
            self.node.own = merged

    def unnamed(self) -> None:
        changes.record_change(changes.LISTINGS, self.now)


def snapshot(own: OwnListings, level: int, count: int) -> Snapshot:
    standard, dynamic = (own.listed(name, Layer()) for name in DATABASE_NAMES)
    policies = Policies(
        databases=[3] * count, categories=[7] * count, levels=[level] * count, has_origin_rules=[0] * count
    )
    return Snapshot(standard, dynamic, policies=policies)


def edges() -> Iterator[Address]:
    for network in map(parse_network, NETWORKS):
        top = (1 << BITS[network.version]) - 1
        for value in {network.first, network.last, max(network.first - 1, 0), min(network.last + 1, top)}:
            yield Address(network.version, value)


ADDRESSES = tuple(dict.fromkeys(edges()))


def answers(own: OwnListings, owners: list[int], now: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for level in range(1, 5):
        one = snapshot(own, level, max(owners) + 1)
        for database in DATABASES:
            for owner in owners:
                for address in ADDRESSES:
                    found[level, database, owner, address] = decide(one, database, owner, *address, now)
    for listed in (one.standard, one.dynamic):
        for version in BITS:
            found[listed is one.standard, version] = joined(listed.own_inside(ALL_ADDRESSES[version], now))
        for address in ADDRESSES:
            found[listed is one.standard, address] = listed.own_at(address, now)
            for owner in owners:
                found[listed is one.standard, owner, address] = listed.listed_alone(owner, address, now)
    return found


def joined(ranges: Any) -> list[tuple[int, int, Any]]:
    """Ranges that adjoin and say the same are one."""
    made: list[tuple[int, int, Any]] = []
    for first, last, entries in ranges:
        if made and made[-1][1] + 1 == first and made[-1][2] == entries:
            made[-1] = made[-1][0], last, entries
        else:
            made.append((first, last, entries))
    return made


@pytest.fixture
def owners(store: Store) -> list[int]:
    return [organizations.add(f"Owner {number}", "advanced", NOON)[0].id for number in range(3)]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, max_size=25))
def test_any_changes_are_served_as_if_all_listings_were_read_again(owners: list[int], steps: list[Any]) -> None:
    with db.write():
        Listing.delete().where(Listing.reason.startswith("seen") | (Listing.source == "hand")).execute()
        OrganizationListing.delete().where(OrganizationListing.organization << owners).execute()
        changes.record_change(changes.LISTINGS, NOON)
    world = World(owners)
    for number, network in enumerate(NETWORKS):  # something lies below from the start
        world.report(network, 3 + number)
        world.hand(network, DATABASE_NAMES[number % 2], 4)
    for number, network in enumerate(SUBJECTS):
        world.alone(number % 3, network, 9)
    changes.record_change(changes.LISTINGS, NOON)
    world.publish()
    for step in steps:
        world.step(*step)
    world.publish()
    whole = OwnListings.read(world.now)

    for later in (0, 1, 2, 4, 100):
        assert answers(world.node.own, owners, world.now + later) == answers(whole, owners, world.now + later)


def published(node: Node, *reported: str) -> None:
    """List these for everybody and bring it to a node."""
    with db.write():
        report_listings.write({one: ((0, NOON + 9, NOON + 9, NOON + 9), "seen") for one in reported}, NOON)
    node.catch_up(NOON)


def listed(node: Node, text: str, now: int = NOON) -> bool:
    address = parse_network(text)
    return bool(node.own.listed("dynamic", Layer()).own_at(Address(address.version, address.first), now))


@pytest.fixture
def node(store: Store) -> Node:
    made = Node()
    made.catch_up(NOON)
    assert made.full == 1
    return made


def test_what_a_change_names_is_read_alone(node: Node) -> None:
    published(node, "203.0.113.7")
    listings.add("198.51.100.9", "standard", "DUL", 60, "by hand", NOON)
    listings.remove("203.0.113.7", "dynamic", NOON)
    node.catch_up(NOON)

    assert node.full == 1 and not listed(node, "203.0.113.7")


def test_what_is_lifted_does_not_show_through_from_below(node: Node, owners: list[int]) -> None:
    published(node, "203.0.113.7", "203.0.113.0/24", "2001:db8:0:1::/64")
    with db.write():
        report_listings.write_alone({(owners[0], "198.51.100.9"): (NOON + 5,) * 4}, NOON)
    node.own = OwnListings.read(NOON)
    address = Address(4, parse_network("198.51.100.9").first)
    assert node.own.listed("dynamic", Layer()).listed_alone(owners[0], address, NOON)

    for network in ("203.0.113.7", "203.0.113.0/24", "2001:db8:0:1::/64"):
        assert listed(node, network)
        with db.write():
            listings.drop(Listing.network == network, NOON, "removed")
        node.catch_up(NOON)
    with db.write():
        report_listings.drop_alone(["198.51.100.9"], NOON)
    node.catch_up(NOON)

    assert not any(listed(node, network) for network in ("203.0.113.7", "203.0.113.255", "2001:db8:0:1::/64"))
    assert not node.own.listed("dynamic", Layer()).listed_alone(owners[0], address, NOON)
    assert node.full == 1


def test_a_node_that_sleeps_through_many_changes_sees_them_all(node: Node) -> None:
    other = Node()
    other.catch_up(NOON)
    for network in SUBJECTS:
        published(node, network)

    other.catch_up(NOON)

    assert other.full == 1 and all(listed(other, network) for network in SUBJECTS)


def test_a_change_that_names_nothing_reads_all_again(node: Node) -> None:
    changes.record_change(changes.LISTINGS, NOON)
    published(node, "203.0.113.7")
    assert node.full == 2 and listed(node, "203.0.113.7")


def test_a_change_whose_names_are_no_longer_kept_reads_all_again(node: Node) -> None:
    with db.write():
        report_listings.write({"203.0.113.7": ((0, 0, 0, NOON + 9999), "seen")}, NOON)
    assert changes.prune_listing_changes(NOON + changes.KEPT_SECONDS - 1) == 0
    assert changes.prune_listing_changes(NOON + changes.KEPT_SECONDS) == 1

    node.catch_up(NOON)

    assert node.full == 2 and listed(node, "203.0.113.7")


def test_a_database_put_back_from_a_copy_reads_all_again(node: Node) -> None:
    published(node, "203.0.113.7")
    Listing.delete().where(Listing.network == "203.0.113.7").execute()
    Part.update(generation=Part.generation - 1).where(Part.name == changes.LISTINGS).execute()

    node.catch_up(NOON)

    assert node.full == 2 and not listed(node, "203.0.113.7")


def test_a_clock_set_back_reads_all_again(node: Node) -> None:
    published(node, "203.0.113.7")
    node.catch_up(NOON - listings_part.CLOCK_SLACK)
    assert node.full == 1
    node.catch_up(NOON - listings_part.CLOCK_SLACK - 1)
    assert node.full == 2


def test_so_many_networks_at_once_are_not_named(node: Node) -> None:
    many = [("dynamic", f"198.18.{number >> 8}.{number & 255}") for number in range(changes.MOST_NAMED + 1)]
    before = node.own.generation
    with db.write():
        changes.record_listings(many[:-1], NOON)
    assert len(changes.changed_listings(before, before + 1) or ()) == changes.MOST_NAMED
    with db.write():
        changes.record_listings(many, NOON)
    assert changes.changed_listings(before, before + 2) is None


def test_no_change_makes_no_generation(node: Node) -> None:
    changes.record_listings([], NOON)
    with db.write():
        report_listings.write_alone({}, NOON)
        report_listings.write({}, NOON)
    assert listings.sweep(NOON) == 0
    assert changes.generations()[changes.LISTINGS] == node.own.generation


def test_a_listing_that_is_written_as_it_stands_is_no_change(node: Node) -> None:
    published(node, "203.0.113.7")
    before = node.own.generation
    published(node, "203.0.113.7")
    assert node.own.generation == before


def test_a_wide_network_over_many_listings_reads_all_again(node: Node) -> None:
    published(node, *(f"198.18.{number // 250}.{number % 250}" for number in range(recent_listings.MOST_INSIDE + 1)))
    node.own = OwnListings.read(NOON)
    listings.add("198.18.0.0/16", "dynamic", "DUL", 60, "by hand", NOON)

    node.catch_up(NOON)

    assert node.full == 2 and listed(node, "198.18.255.255") and listed(node, "198.18.8.0", NOON + 10)


def test_many_changes_or_an_hour_make_a_merge_due(node: Node) -> None:
    assert not node.own.is_due(NOON) and not OwnListings.nothing().is_due(NOON)
    assert not node.own.is_due(NOON + listings_part.MERGED_EVERY - 1)
    assert node.own.is_due(NOON + listings_part.MERGED_EVERY) and node.own.is_due(NOON - 1)

    many = [f"198.18.{number // 250}.{number % 250}" for number in range(listings_part.LEAST_MERGED)]
    published(node, *many[1:])
    assert not node.own.is_due(NOON)
    published(node, many[0])
    assert node.own.is_due(NOON)


def test_what_lies_below_a_network_of_others_is_read_for_one_alone(node: Node, owners: list[int]) -> None:
    times = {f"level{level}_until": NOON + 9 for level in range(1, 5)}
    OrganizationListing.create(
        organization=owners[1], network="203.0.113.0/24", reported_at=NOON, expires_at=NOON + 9, **times
    )
    node.own = OwnListings.read(NOON)
    with db.write():
        report_listings.write_alone({(owners[0], "203.0.113.7"): (NOON + 5,) * 4}, NOON)

    node.catch_up(NOON)

    assert node.full == 2, "a network that no report lists may hold what is listed alone"
    found = node.own.listed("dynamic", Layer())
    assert found.listed_alone(owners[0], Address(4, parse_network("203.0.113.7").first), NOON)
    assert found.listed_alone(owners[1], Address(4, parse_network("203.0.113.7").first), NOON)


def test_a_merge_keeps_what_changed_while_it_was_read(store: Store) -> None:
    publisher = Publisher(Live(), lambda: EMPTY, lambda content: EMPTY, "")
    publisher.catch_up(NOON)
    published(Node(), "203.0.113.7")
    later = NOON + listings_part.MERGED_EVERY
    listings.add("203.0.113.8", "dynamic", "DUL", 2 * listings_part.MERGED_EVERY, "by hand", NOON)

    assert publisher.merge_listings(later - 1) == 0
    assert publisher.merge_listings(later) > 0

    snapshot_now = publisher.live.current
    assert snapshot_now is not None and publisher.catch_up(later) == []
    assert snapshot_now.dynamic.own_at(Address(4, parse_network("203.0.113.8").first), later)
    assert publisher.merge_listings(later) == 0, "it is not due any more"


def test_a_merge_that_is_overtaken_is_left(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    publisher = Publisher(Live(), lambda: EMPTY, lambda content: EMPTY, "")
    publisher.catch_up(NOON)
    later = NOON + listings_part.MERGED_EVERY
    build = own_listings.build

    def overtaken(now: int) -> Any:
        made = build(now)
        monkeypatch.setattr(own_listings, "build", build)
        changes.record_change(changes.LISTINGS, later)  # all are read again by another thread
        assert publisher.catch_up(later) == [changes.LISTINGS]
        return made

    monkeypatch.setattr(own_listings, "build", overtaken)
    publisher.merge_listings(later)
    served = publisher.live.current
    assert served is not None and publisher.catch_up(later) == [] and publisher.live.current is served
