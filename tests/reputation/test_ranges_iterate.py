"""The walk over steps, held to what a lookup says of every address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reputation.ranges.iterate import TOP, Starts, steps_inside
from reputation.verdict.steps import Steps4, Steps6, steps4, steps6
from tests.reputation.test_ranges import PLACES, SIZE, unhurried

offsets = st.integers(0, SIZE - 1)


def made(version: int, pairs: dict[int, int]) -> Steps4 | Steps6:
    """Steps at these starts, and a gap before the first of them."""
    found = sorted(({0: 0} | pairs).items())
    return steps4(found) if version == 4 else steps6(found)


@unhurried
@given(st.sampled_from(PLACES), st.dictionaries(offsets, st.integers(0, 2)), offsets, offsets)
def test_every_step_inside_is_told_cut_to_the_bounds(
    place: tuple[int, int], at: dict[int, int], one: int, other: int
) -> None:
    version, base = place
    steps = made(version, {base + offset: value for offset, value in at.items()})
    first, last = base + min(one, other), base + max(one, other)

    told = list(steps_inside(steps, first, last))

    addresses = [(address, value) for begin, end, value in told for address in range(begin, end + 1)]
    assert addresses == [(address, steps.find(address)) for address in range(first, last + 1) if steps.find(address)]


@pytest.mark.parametrize("version", [4, 6])
def test_the_last_step_reaches_to_the_highest_address(version: int) -> None:
    steps = made(version, {10: 7, 20: 0, 30: 8})

    assert list(steps_inside(steps, 0, TOP[version])) == [(10, 19, 7), (30, TOP[version], 8)]
    assert list(steps_inside(steps, TOP[version], TOP[version])) == [(TOP[version], TOP[version], 8)]
    assert list(steps_inside(steps, 20, 29)) == []


def test_the_starts_of_both_versions_are_numbers() -> None:
    starts = {0: 0, 5: 1, (1 << 31) + 1: 2}

    assert list(Starts(made(4, starts))) == list(starts)
    assert list(Starts(made(6, starts | {(1 << 64) + 3: 4}))) == [*starts, (1 << 64) + 3]
