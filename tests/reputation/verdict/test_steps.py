"""A step function answers as a slow look at the list does."""

from __future__ import annotations

import ipaddress
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.addresses.address import Network, parse_network
from reputation.addresses.nested import NestedNetworks
from reputation.ranges.intersect import starts_of
from reputation.verdict.iterate import Starts
from reputation.verdict.steps import Steps4, steps4, steps4_of, steps6

networks4 = some.lists(some.tuples(some.integers(0, 2**32 - 1), some.sampled_from([0, 1, 7, 8, 15, 16, 24, 31, 32])))
networks6 = some.lists(some.tuples(some.integers(0, 2**128 - 1), some.sampled_from([0, 3, 32, 63, 64, 65, 127, 128])))


def prefixes(pairs: list[tuple[int, int]], bits: int) -> list[Network]:
    make = ipaddress.IPv4Network if bits == 32 else ipaddress.IPv6Network
    return [parse_network(str(make((value >> (bits - size) << (bits - size), size)))) for value, size in pairs]


def innermost(networks: list[Network], value: int) -> int:
    """The slow look: the number of the longest prefix that holds the value, the last of equals; 0 for none."""
    holding = [(one.prefix, at) for at, one in enumerate(networks, 1) if one.first <= value <= one.last]
    return max(holding)[1] if holding else 0


def flat(networks: list[Network], version: int = 4) -> list[tuple[int, int]]:
    nested = NestedNetworks(zip(networks, range(1, 1 << 30), strict=False))
    return [(start, held[-1] if held else 0) for start, held in nested.steps(version)]


@given(networks4, some.lists(some.integers(0, 2**32 - 1), max_size=20))
def test_ipv4_steps_find_the_innermost_network(pairs: list[tuple[int, int]], others: list[int]) -> None:
    networks = prefixes(pairs, 32)
    steps = steps4(flat(networks))

    for value in others + [edge for one in networks for edge in (one.first, one.last, max(one.first - 1, 0))]:
        assert steps.find(value) == innermost(networks, value)


@given(networks6, some.lists(some.integers(0, 2**128 - 1), max_size=20))
def test_ipv6_steps_find_the_innermost_network(pairs: list[tuple[int, int]], others: list[int]) -> None:
    networks = prefixes(pairs, 128)
    steps = steps6(flat(networks, 6))

    for value in others + [edge for one in networks for edge in (one.first, one.last, max(one.first - 1, 0))]:
        assert steps.find(value) == innermost(networks, value)


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9, 15, 16, 17, 18, 31, 33, 99, 300])
@pytest.mark.parametrize("typecode", ["B", "H", "I"])
def test_a_bucket_is_searched_whole_however_many_steps_it_holds(size: int, typecode: str) -> None:
    """Halved while it is large, counted through at the end: both must meet at every step."""
    begin = 0xC0000000
    values = [at % 200 + 1 for at in range(size)]
    pairs = [(0, 0), *((begin + 7 * at, value) for at, value in enumerate(values)), (begin + 0x10000, 250)]
    steps = steps4(pairs, typecode)

    for before, at, value in zip([0, *values], range(size), values, strict=False):
        start = begin + 7 * at
        assert [steps.find(start - 1), steps.find(start), steps.find(start + 6)] == [before, value, value]
    assert [steps.find(begin + 0xFFFF), steps.find(begin + 0x10000)] == [values[-1], 250]


def test_where_a_bucket_has_no_start_at_or_below_the_last_one_before_it_holds() -> None:
    steps = steps4([(0, 0), (0x0A000001, 7), (0x0A020005, 8), (0xC0000000, 9)])

    assert [steps.find(value) for value in (0x0A000000, 0x0A010000, 0x0A020004, 0x0A020005)] == [0, 7, 7, 8]
    assert [steps.find(value) for value in (0x0A03FFFF, 0xBFFFFFFF, 0xC0000000, 0xFFFFFFFF)] == [8, 8, 9, 9]


@given(networks4, some.lists(some.integers(0, 2**32 - 1), max_size=20))
def test_many_addresses_find_at_once_what_each_finds_alone(pairs: list[tuple[int, int]], wanted: list[int]) -> None:
    steps = steps4(flat(prefixes(pairs, 32)))

    assert list(steps.find_all(array("I", wanted))) == list(map(steps.find, wanted))


@given(networks4)
def test_whole_starts_come_back_from_what_is_kept_of_them(pairs: list[tuple[int, int]]) -> None:
    whole = flat(prefixes(pairs, 32))
    steps = steps4(whole)
    expected = [start for start, _ in whole if not start >> 32] or [0]

    assert list(Starts(steps)) == expected
    assert starts_of(steps).tolist() == expected


def test_one_step_holds_everywhere() -> None:
    for steps in (steps4([(0, 7)]), steps4([(0, 7)], "H")):
        assert [steps.find(value) for value in (0, 1, 2**31, 2**32 - 1)] == [7] * 4


def test_the_last_address_of_all_can_be_listed() -> None:
    steps = steps4(flat(prefixes([(2**32 - 1, 32)], 32)))

    assert steps.find(2**32 - 1) == 1
    assert steps.find(2**32 - 2) == 0


def test_steps_that_do_not_begin_at_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="begin at address 0"):
        steps4_of(array("I", [1]), array("I", [0]))
    with pytest.raises(ValueError, match="begin at address 0"):
        steps4_of(array("I", [1 << 16]), array("I", [0]))
    with pytest.raises(ValueError, match="one value each"):
        steps4_of(array("I", [0, 1]), array("I", [0]))


def test_steps_whose_columns_are_no_steps_are_refused() -> None:
    """Compiled, nothing is looked at any more when an address is looked for."""
    index = array("I", [0] + [1] * 65536)
    with pytest.raises(ValueError, match="1, 2 or 4 octets"):
        Steps4(array("H", [0]), array("Q", [0]), index)
    with pytest.raises(ValueError, match="an index of all buckets"):
        Steps4(array("H", [0]), array("B", [0]), index[:-1])
    with pytest.raises(ValueError, match="one value each"):
        Steps4(array("H", [0]), array("B", [0]), array("I", [0] + [1] * 65535 + [2]))
