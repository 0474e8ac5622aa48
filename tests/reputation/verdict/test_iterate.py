"""The steps inside a range, held to what a lookup says of every address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.addresses.address import ALL_ADDRESSES
from reputation.verdict.iterate import Starts, steps_and_gaps, steps_inside
from reputation.verdict.steps import Steps4, Steps6, steps4, steps6
from tests.reputation.test_ranges import PLACES, SIZE

offsets = st.integers(0, SIZE - 1)


def made(version: int, pairs: dict[int, int]) -> Steps4 | Steps6:
    """Steps at these starts, and a gap before the first of them."""
    found = sorted(({0: 0} | pairs).items())
    return steps4(found) if version == 4 else steps6(found)


@given(st.sampled_from(PLACES), st.dictionaries(offsets, st.integers(0, 2)), offsets, offsets)
def test_every_step_inside_is_told_cut_to_the_bounds(
    place: tuple[int, int], at: dict[int, int], one: int, other: int
) -> None:
    version, base = place
    steps = made(version, {base + offset: value for offset, value in at.items()})
    first, last = base + min(one, other), base + max(one, other)

    told = list(steps_inside(steps, first, last))
    all_of_it = list(steps_and_gaps(steps, first, last))

    addresses = [(address, value) for begin, end, value in told for address in range(begin, end + 1)]
    assert addresses == [(address, steps.find(address)) for address in range(first, last + 1) if steps.find(address)]
    assert [one for one in all_of_it if one[2]] == told
    assert [address for begin, end, _ in all_of_it for address in range(begin, end + 1)] == list(range(first, last + 1))


@pytest.mark.parametrize("version", [4, 6])
def test_the_last_step_reaches_to_the_highest_address(version: int) -> None:
    steps, top = made(version, {10: 7, 20: 0, 30: 8}), ALL_ADDRESSES[version].last

    assert list(steps_inside(steps, 0, top)) == [(10, 19, 7), (30, top, 8)]
    assert list(steps_inside(steps, top, top)) == [(top, top, 8)]
    assert list(steps_inside(steps, 20, 29)) == []


def test_the_starts_of_both_versions_are_numbers() -> None:
    starts = {0: 0, 5: 1, (1 << 31) + 1: 2}

    assert list(Starts(made(4, starts))) == list(starts)
    assert list(Starts(made(6, starts | {(1 << 64) + 3: 4}))) == [*starts, (1 << 64) + 3]


@pytest.mark.parametrize("version", [4, 6])
def test_the_starts_before_an_address_are_counted(version: int) -> None:
    starts = Starts(made(version, {5: 1, 70_000: 2}))

    assert [starts.before(address) for address in (0, 1, 5, 6, 70_000, 70_001)] == [0, 1, 1, 2, 2, 3]
    assert len(starts) == 3
