"""The queue that serves its shares in turn."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnsd.fair_queue import FairQueue


def test_whoever_fills_the_queue_makes_another_wait_for_one_item_alone():
    queue: FairQueue[str] = FairQueue()
    for number in range(500):
        queue.put(1, f"flood {number}")

    queue.put(2, "lookup")

    assert [queue.take(), queue.take(), queue.take()] == ["flood 0", "lookup", "flood 1"]
    assert len(queue) == 498


def test_nothing_is_taken_from_an_empty_queue():
    with pytest.raises(IndexError):
        FairQueue().take()


@given(puts=st.lists(st.integers(0, 4), max_size=60))
def test_all_come_out_in_the_order_of_their_share_and_none_waits_longer_than_a_turn(puts: list[int]):
    queue: FairQueue[tuple[int, int]] = FairQueue()
    for number, share in enumerate(puts):
        queue.put(share, (share, number))

    taken = [queue.take() for _ in puts]

    assert sorted(taken, key=lambda item: item[1]) == [(share, number) for number, share in enumerate(puts)]
    for share in set(puts):
        own = [number for each, number in taken if each == share]
        places = [place for place, (each, _) in enumerate(taken) if each == share]
        assert own == sorted(own)
        assert all(after - before <= len(set(puts)) for before, after in itertools.pairwise(places))
    assert len(queue) == 0
