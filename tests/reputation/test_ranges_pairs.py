"""Pairs of numbers: what stands beside a number is what a look at each row finds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reputation.ranges.pairs import NumberPairs

NUMBERS = st.sampled_from([0, 1, 2, 676, 65535, 65536, 2**31, 2**32 - 2, 2**32 - 1])


@given(st.lists(st.tuples(NUMBERS, NUMBERS)), NUMBERS)
def test_what_stands_beside_a_number_is_found_in_either_column(rows: list[tuple[int, int]], wanted: int) -> None:
    pairs = NumberPairs([left for left, _ in rows], [right for _, right in rows])

    assert pairs.beside_left(wanted) == sorted({right for left, right in rows if left == wanted})
    assert pairs.beside_right(wanted) == sorted({left for left, right in rows if right == wanted})
