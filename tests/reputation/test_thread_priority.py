"""A thread that gives way to DNS does so alone, and for good."""

from __future__ import annotations

import os
import threading

import pytest

from reputation.thread_priority import LOWEST, NICENESS, lower_priority


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.parametrize(("before", "after"), [(0, NICENESS), (3, NICENESS), (NICENESS, NICENESS), (15, 15)])
def test_a_thread_gives_way_and_never_pushes_forward(before: int, after: int) -> None:
    found: list[int] = []

    def run() -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), mine + before)
        for _ in range(2):
            lower_priority()
            found.append(niceness())

    mine = niceness()
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert found == [min(LOWEST, mine + after)] * 2
    assert niceness() == mine
