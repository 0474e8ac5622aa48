"""Values by network, held to a comparison of each network with each other."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reputation.addresses.address import Address, Network
from reputation.addresses.scored_networks import BITS, around
from reputation.intake.by_network import ByNetwork

unhurried = settings(deadline=None)  # a busy machine is no fault
# Few addresses, at both ends of both spaces, so that the networks lie inside and beside each other.
addresses = st.sampled_from([4, 6]).flatmap(
    lambda version: st.sampled_from([0, 1, 2, 5, (1 << BITS[version]) - 2, (1 << BITS[version]) - 1]).map(
        lambda value: Address(version, value)
    )
)
networks = st.builds(
    lambda address, free: around(address, BITS[address.version] - min(free, BITS[address.version])),
    addresses,
    st.sampled_from([0, 1, 2, 3, 8, 32, 64, 128]),
)


def holds(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and outer.first <= inner.first and inner.last <= outer.last


@unhurried
@given(st.lists(networks), networks)
def test_those_around_and_inside_a_network_are_found(entries: list[Network], asked: Network) -> None:
    found = ByNetwork((str(one), place) for place, one in enumerate(entries))

    around_it = [place for place, one in enumerate(entries) if holds(one, asked)]
    inside_it = [place for place, one in enumerate(entries) if holds(asked, one) and one != asked]
    assert list(found.around(asked)) == sorted(around_it, key=lambda place: (-entries[place].prefix, place))
    assert sorted(found.inside(asked)) == inside_it
    assert sorted(found.touching(asked)) == sorted(around_it + inside_it)
    assert len(found) == len(entries)
