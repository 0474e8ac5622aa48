"""Passwords as they are stored: no more than two at work, whoever asks."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest
from argon2 import PasswordHasher

from reputation.customers import password_hash
from reputation.customers.password_hash import AT_ONCE, WAITING, Busy


class Watched(PasswordHasher):
    """Counts how many are at work, and holds each until it is told to go on."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8, parallelism=1)
        self.go_on, self._lock = threading.Event(), threading.Lock()
        self.now = self.most = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        assert self.go_on.wait(30)
        with self._lock:
            self.now -= 1
        return super().verify(hash, password)


def test_sixty_at_once_take_the_memory_of_two_and_most_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    stored = watched.hash("a quiet sentence works")
    monkeypatch.setattr(password_hash, "hasher", watched)
    answers: list[str] = []

    def compare(_: int) -> None:
        try:
            answers.append(str(password_hash.is_right(stored, "a quiet sentence works")))
        except Busy:
            answers.append("busy")
            if answers.count("busy") == 60 - AT_ONCE - WAITING:
                watched.go_on.set()

    with ThreadPoolExecutor(60) as pool:
        list(pool.map(compare, range(60)))

    assert watched.most == AT_ONCE
    assert answers.count("busy") == 60 - AT_ONCE - WAITING and answers.count("True") == AT_ONCE + WAITING


def test_who_waits_too_long_is_sent_away_and_the_next_one_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    watched = Watched()
    stored = watched.hash("a quiet sentence works")
    monkeypatch.setattr(password_hash, "hasher", watched)
    monkeypatch.setattr(password_hash, "LONGEST_WAIT", 0.05)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        held = [pool.submit(password_hash.is_right, stored, "wrong") for _ in range(AT_ONCE)]
        while watched.now < AT_ONCE:
            threading.Event().wait(0.005)
        with pytest.raises(Busy):
            password_hash.is_right(stored, "wrong")
        watched.go_on.set()
        assert [one.result() for one in held] == [False] * AT_ONCE

    assert password_hash.is_right(stored, "a quiet sentence works")
