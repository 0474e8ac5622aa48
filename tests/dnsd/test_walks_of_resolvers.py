"""What a lookup costs through real resolvers that minimise names: what never changes is not asked for again."""

from __future__ import annotations

import json

import pytest

from benchmarks.peers import Absent
from benchmarks.resolvers import network
from benchmarks.resolvers.programs import KINDS
from tests import debian

Costs = dict[str, dict[str, int]]
ROOM = 1  # a packet that a resolver sends once more where the machine is too busy to answer in time


@pytest.fixture(scope="module")
def costs() -> Costs:
    """How many packets each lookup took, by resolver and case."""
    for kind in KINDS:
        debian.need(kind.package)
    try:
        found: Costs = json.loads(network.run("packets", module="tests.dnsd.walked"))
    except Absent as reason:
        debian.need_root("may make a network namespace on this system")
        debian.do_without(str(reason))
    return found


@pytest.mark.parametrize("resolver", ["unbound", "PowerDNS Recursor"])
def test_a_neighbour_costs_one_packet_once_the_network_is_known(costs: Costs, resolver: str) -> None:
    assert costs[resolver]["cold"] >= 5
    assert costs[resolver]["same network"] <= 1 + ROOM


@pytest.mark.parametrize("resolver", ["unbound", "PowerDNS Recursor"])
def test_a_neighbour_of_ipv6_costs_what_lies_below_its_64(costs: Costs, resolver: str) -> None:
    assert costs[resolver]["same network, IPv6"] <= 4 + ROOM


@pytest.mark.parametrize("resolver", ["unbound", "PowerDNS Recursor"])
def test_another_network_costs_its_own_octets_alone(costs: Costs, resolver: str) -> None:
    assert costs[resolver]["another network"] <= 4 + ROOM


@pytest.mark.parametrize(("resolver", "most"), [("BIND", 3), ("Knot Resolver", 2), ("dnsmasq", 1)])
def test_who_asks_for_few_names_asks_for_no_more_than_these(costs: Costs, resolver: str, most: int) -> None:
    warm = {case: count for case, count in costs[resolver].items() if not case.startswith("cold")}

    assert max(warm.values()) <= most + ROOM
