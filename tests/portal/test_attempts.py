"""What was attempted lately counts by the time that passes, within its window, and is forgotten after it."""

from __future__ import annotations

import time

import pytest

from portal import attempts
from portal.attempts import Attempts
from portal.limits import limiter

KEY, LIMIT, WINDOW = "192.0.2.1", 3, 900


class Passing:
    def __init__(self) -> None:
        self.now = 1000.0
        self.storage = Attempts("attempts://", passes=lambda: self.now)

    def tries(self, key: str = KEY, amount: int = 1) -> bool:
        return self.storage.acquire_entry(key, LIMIT, WINDOW, amount)

    def counted(self, key: str = KEY) -> int:
        return self.storage.get_moving_window(key, LIMIT, WINDOW)[1]


@pytest.fixture
def passing() -> Passing:
    return Passing()


def test_so_many_are_within_a_window_and_each_key_counts_apart(passing: Passing) -> None:
    assert [passing.tries() for _ in range(5)] == [True, True, True, False, False]
    assert passing.counted() == 3 and passing.tries("192.0.2.2") and passing.counted("192.0.2.2") == 1


def test_each_is_forgotten_when_its_window_is_over(passing: Passing) -> None:
    passing.tries()
    passing.now += 600
    passing.tries(amount=2)
    passing.now += 299.9
    assert not passing.tries()
    passing.now += 0.1
    assert passing.counted() == 2 and passing.tries() and not passing.tries()


def test_several_at_once_are_taken_whole_or_not_at_all(passing: Passing) -> None:
    assert not passing.tries(amount=4)
    assert passing.counted() == 0
    assert passing.tries(amount=3) and not passing.tries()


def test_the_beginning_of_the_window_is_told_by_the_clock(passing: Passing) -> None:
    passing.tries()
    passing.now += 100

    begin, _ = passing.storage.get_moving_window(KEY, LIMIT, WINDOW)

    assert 99 <= time.time() - begin <= 130
    assert abs(time.time() - passing.storage.get_moving_window("nobody", LIMIT, WINDOW)[0]) < 30


def test_clients_that_come_once_leave_nothing_behind(passing: Passing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "TIDIED_EVERY", 10)
    for number in range(5000):
        passing.tries(f"2001:db8::{number:x}")
        passing.now += 1

    assert passing.storage.reset() < WINDOW + 2 * WINDOW + attempts.TIDIED_EVERY
    assert passing.storage.reset() == 0


def test_one_key_is_forgotten_and_no_other(passing: Passing) -> None:
    passing.tries(), passing.tries("192.0.2.2")

    passing.storage.clear(KEY)

    assert (passing.counted(), passing.counted("192.0.2.2")) == (0, 1) and passing.storage.check()


def test_fixed_windows_are_not_counted_here(passing: Passing) -> None:
    for call in (lambda: passing.storage.incr(KEY, 1), lambda: passing.storage.get(KEY),
                 lambda: passing.storage.get_expiry(KEY)):  # fmt: skip
        with pytest.raises(NotImplementedError):
            call()


def test_the_portal_limits_by_it() -> None:
    assert limiter._storage_uri == "attempts://"
