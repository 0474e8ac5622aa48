"""Guesses: how many wrong ones there may be, in turn and at once."""

from __future__ import annotations

import pytest
from werkzeug.exceptions import TooManyRequests

from portal.attempts import TIDIED_EVERY
from portal.guesses import Guesses


class Held:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def wrong(guesses: Guesses, key: str) -> bool:
    guesses.begin(key)
    return guesses.end(key, was_wrong=True)


def test_a_wrong_guess_counts_for_a_while_and_the_refusal_says_for_how_long() -> None:
    clock = Held()
    guesses = Guesses(3, 900, clock)
    assert [wrong(guesses, "ada") for _ in range(3)] == [False, False, True], "the last one that is allowed is told"
    clock.now += 100

    with pytest.raises(TooManyRequests) as refused:
        guesses.begin("ada")

    assert refused.value.retry_after == 800
    guesses.begin("boris")
    clock.now += 800
    guesses.begin("ada")


def test_what_is_being_compared_counts_as_wrong_until_it_was_right() -> None:
    guesses = Guesses(3, 900, Held())
    for _ in range(3):
        guesses.begin("ada")
    with pytest.raises(TooManyRequests) as refused:
        guesses.begin("ada")
    assert refused.value.retry_after == 1

    guesses.end("ada", was_wrong=False)

    guesses.begin("ada")
    for _ in range(3):
        guesses.end("ada", was_wrong=True)
    with pytest.raises(TooManyRequests):
        guesses.begin("ada")


def test_right_guesses_are_never_too_many() -> None:
    guesses = Guesses(3, 900, Held())
    for _ in range(50):
        guesses.begin("ada")
        guesses.end("ada", was_wrong=False)


def test_nobody_is_remembered_for_longer_than_it_counts() -> None:
    clock = Held()
    guesses = Guesses(3, 900, clock)
    for number in range(TIDIED_EVERY - 1):
        wrong(guesses, f"{number}@acme.example")
    clock.now += 901
    wrong(guesses, "ada")

    assert len(guesses._wrong._windows) == 1 and not guesses._at_work
