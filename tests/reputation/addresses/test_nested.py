"""Nested networks answer as a list of networks does that is searched one by one."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reputation.addresses.address import BITS, Network, parse_network
from reputation.addresses.nested import NestedNetworks


def network_around(version: int, value: int, free: int) -> Network:
    free = min(free, BITS[version])
    first = value >> free << free
    return Network(version, first, first + (1 << free) - 1, BITS[version] - free)


# Few addresses, at both ends of both spaces, so that the networks lie inside and beside each other.
networks = st.sampled_from([4, 6]).flatmap(
    lambda version: st.builds(
        network_around,
        st.just(version),
        st.sampled_from([0, 1, 2, 5, 8, (1 << BITS[version]) - 9, (1 << BITS[version]) - 2, (1 << BITS[version]) - 1]),
        st.sampled_from([0, 1, 2, 3, 8, 32, 64, 128]),
    )
)
entries = st.lists(networks, max_size=12)


class Naive:
    """The model: the values are the places in the list, and every question goes through all of it."""

    def __init__(self, all_of_them: list[Network]) -> None:
        self.entries = list(enumerate(all_of_them))

    def around(self, asked: Network) -> list[int]:
        found = [(-one.prefix, place) for place, one in self.entries if holds(one, asked)]
        return [place for _, place in sorted(found)]

    def inside(self, asked: Network) -> list[int]:
        found = [(one.first, one.prefix, place) for place, one in self.entries if holds(asked, one) and one != asked]
        return [place for *_, place in sorted(found)]

    def at(self, version: int, value: int) -> list[int]:
        """The values at one address, from the widest network to the most specific one."""
        found = [
            (one.prefix, place)
            for place, one in self.entries
            if one.version == version and one.first <= value <= one.last
        ]
        return [place for _, place in sorted(found)]

    def edges(self, version: int) -> list[int]:
        """Every address at which something may change."""
        found = {0} | {edge for _, one in self.entries if one.version == version for edge in (one.first, one.last + 1)}
        return sorted(edge for edge in found if not edge >> BITS[version])


def holds(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and outer.first <= inner.first and inner.last <= outer.last


def nested(given_networks: list[Network]) -> NestedNetworks[int]:
    return NestedNetworks((one, place) for place, one in enumerate(given_networks))


@given(entries, networks)
def test_those_around_and_inside_a_network_are_found(given_networks: list[Network], asked: Network) -> None:
    model, found = Naive(given_networks), nested(given_networks)

    assert list(found.around(asked)) == model.around(asked)
    assert list(found.inside(asked)) == model.inside(asked)
    assert list(found.touching(asked)) == model.around(asked) + model.inside(asked)
    assert found.count_inside(asked) == len({given_networks[place] for place in model.inside(asked)})


@given(entries, networks)
def test_what_is_left_over_is_what_no_network_inside_takes(given_networks: list[Network], asked: Network) -> None:
    model = Naive([one for one in given_networks if holds(asked, one) and one != asked])

    parts = list(nested(given_networks).left_over(asked))

    edges = sorted({asked.first, *model.edges(asked.version)})
    for value in (edge for edge in edges if asked.first <= edge <= asked.last):
        is_left_over = any(first <= value <= last for first, last in parts)
        assert is_left_over == (not model.at(asked.version, value))
    assert all(asked.first <= first <= last <= asked.last for first, last in parts)
    assert all(before[1] < after[0] for before, after in pairwise(parts))


@given(entries)
def test_the_steps_hold_at_every_address_what_holds_there(given_networks: list[Network]) -> None:
    model, found = Naive(given_networks), nested(given_networks)

    for version in BITS:
        steps = list(found.steps(version))
        starts = [start for start, _ in steps]
        assert starts[0] == 0 and starts == sorted(set(starts))
        assert not starts[-1] >> BITS[version]
        for value in model.edges(version):
            at = max(place for place, start in enumerate(starts) if start <= value)
            assert steps[at][1] == model.at(version, value)


@given(entries)
def test_all_of_them_come_in_the_order_of_their_addresses(given_networks: list[Network]) -> None:
    found = nested(given_networks)

    assert [given_networks[place] for place in found] == sorted(
        given_networks, key=lambda one: (one.version, one.first, one.prefix)
    )
    assert len(found) == len(set(given_networks))


def test_the_same_network_twice_keeps_both_values_in_their_order() -> None:
    network = parse_network("192.0.2.0/24")

    found = NestedNetworks([(network, "second"), (network, "first")])

    assert list(found.around(network)) == ["second", "first"]
    assert dict(found.steps(4)) == {0: [], network.first: ["second", "first"], network.last + 1: []}


def test_without_networks_there_is_one_gap() -> None:
    empty: NestedNetworks[str] = NestedNetworks([])

    assert list(empty.steps(4)) == list(empty.steps(6)) == [(0, [])]
    assert list(empty.left_over(parse_network("192.0.2.0/31"))) == [(0xC0000200, 0xC0000201)]
    assert not any(empty.touching(parse_network("::/0")))
