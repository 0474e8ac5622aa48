"""The swap: what is live from then on, whom it waits for, and how long a snapshot is kept that is no longer served.

What loops read meanwhile is tested where there are loops: tests/dnsd/test_swaps.py.
"""

from __future__ import annotations

import sys
import threading

import pytest

from reputation.verdict.live import Live
from reputation.verdict.snapshot import Snapshot

WAIT = 30.0  # seconds for what must happen


@pytest.fixture
def live() -> Live:
    return Live()


def swap_aside(live: Live, snapshot: Snapshot) -> threading.Thread:
    """A swap that may have to wait, in a thread of its own."""
    swapping = threading.Thread(target=live.swap, args=(snapshot,), daemon=True)
    swapping.start()
    return swapping


def is_waiting(swapping: threading.Thread) -> bool:
    swapping.join(0.05)
    return swapping.is_alive()


def test_nothing_is_live_before_the_first_swap(live: Live) -> None:
    assert live.current is None


def test_each_snapshot_is_live_when_its_swap_has_returned(live: Live) -> None:
    for serial in range(1, 8):
        snapshot = Snapshot(serial=serial)
        live.swap(snapshot)
        assert live.current is snapshot


def test_a_swap_waits_for_no_loop_that_does_not_run(live: Live) -> None:
    never_ran, ended = live.watch(), live.watch()
    ended.run()
    ended.rest()

    for serial in range(1, 8):
        live.swap(Snapshot(serial=serial))

    assert never_ran.idle and ended.idle
    assert live.current is not None and live.current.serial == 7


def test_a_half_is_written_again_when_no_loop_may_still_read_it(live: Live) -> None:
    first, second, third = (Snapshot(serial=serial) for serial in range(3))
    live.swap(first)
    one, other = live.watch(), live.watch()
    one.run()
    other.run()
    live.swap(second)  # the other half is free
    assert live.current is second

    swapping = swap_aside(live, third)  # this half held the first one, which both loops may be reading

    assert is_waiting(swapping)
    assert live.current is second
    one.rest()
    assert is_waiting(swapping)
    other.rest()
    swapping.join(WAIT)
    assert not swapping.is_alive()
    assert live.current is third


def test_a_snapshot_is_kept_until_the_swap_after_the_next_and_then_let_go(live: Live) -> None:
    snapshot = Snapshot()
    alone = sys.getrefcount(snapshot)

    live.swap(snapshot)
    assert sys.getrefcount(snapshot) == alone + 1
    live.swap(Snapshot())
    assert sys.getrefcount(snapshot) == alone + 1, "a loop may be reading it"
    live.swap(Snapshot())
    assert sys.getrefcount(snapshot) == alone


def test_threads_that_read_what_is_live_never_see_an_older_one_than_before(live: Live) -> None:
    live.swap(Snapshot(serial=1))
    over, went_back = threading.Event(), []

    def read() -> None:
        seen = 0
        while not over.is_set():
            current = live.current
            if current is None or current.serial < seen:
                went_back.append((seen, current))
                return
            seen = current.serial

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for serial in range(2, 3000):
        live.swap(Snapshot(serial=serial))
    over.set()
    for reader in readers:
        reader.join(WAIT)

    assert not went_back
