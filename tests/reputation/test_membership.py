"""Membership says of many addresses at once what a list says of each."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.addresses.address import BITS, Network
from reputation.ranges import Entries, Ranges, Stored, build
from reputation.ranges.membership import Membership

# The bottom and the top of both spaces, and where an address passes from its low half into its high one.
PLACES = [(4, 0), (4, 0xC6336400), (4, 2**32 - 80), (6, 0), (6, 2**64 - 30), (6, 2**128 - 80)]
Spans = list[tuple[int, int]]


def ranges_of(version: int, base: int, spans: Spans) -> Ranges:
    entries = {4: Entries(4), 6: Entries(6)}
    for line, (first, length) in enumerate(spans, 1):
        bounds = [(base + first + more).to_bytes(BITS[version] // 8) for more in (0, length)]
        entries[version].add(*bounds, line, line % 3)
    return build(entries[4], entries[6], ["a", "b"])


@given(st.sampled_from(PLACES), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 9)), max_size=8))
def test_it_holds_what_its_list_touches(place: tuple[int, int], spans: Spans) -> None:
    version, base = place
    ranges = ranges_of(version, base, spans)
    members = Membership(Stored(*ranges.to_blobs(), ranges.texts))
    asked = [base + offset for offset in range(80)] + [0, (1 << BITS[version]) - 1]

    held = members.holds(version, asked).tolist()

    assert held == [ranges.touches(Network(version, value, value, BITS[version])) for value in asked]
    assert not members.holds(10 - version, [0, 1, 2**32 - 1]).any()


def test_a_column_of_addresses_is_asked_as_it_is() -> None:
    value = int(ipaddress.ip_address("2001:db8::5"))
    ranges = ranges_of(6, value, [(0, 3)])
    members = Membership(Stored(*ranges.to_blobs(), ranges.texts))
    column = np.array([(value >> 64, (value + 1) & (2**64 - 1)), (0, 0)], np.uint64)

    assert members.holds(6, column).tolist() == [True, False]


@pytest.mark.parametrize("version", [4, 6])
def test_without_a_list_it_holds_nothing(version: int) -> None:
    assert not Membership().holds(version, [0, 1]).any()
    assert len(Membership().holds(version, [])) == 0
