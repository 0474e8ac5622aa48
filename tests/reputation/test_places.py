"""The places of a door: who goes for a newcomer."""

from __future__ import annotations

import time

from reputation.places import Places, Rivals


def full(*holders: tuple[str, str], in_all: int = 3, of_client: int = 3) -> Places[str]:
    places: Places[str] = Places(in_all, of_client)
    for holder, whose in holders:
        places.enter(holder, whose)
    return places


def test_while_there_is_room_nobody_goes() -> None:
    assert full(("a", "x"), ("b", "x")).rivals("x") is None


def test_beyond_the_bound_of_all_the_quietest_goes_whoevers_it_is() -> None:
    places = full(("a", "x"), ("b", "y"), ("c", "z"))

    assert places.rivals("new") == Rivals("a", None)
    places.rest("a")
    assert places.rivals("new") == Rivals("b", None)


def test_a_client_that_has_its_share_loses_its_own() -> None:
    places = full(("a", "x"), ("b", "y"), ("c", "y"), in_all=10, of_client=2)

    assert places.rivals("y") == Rivals("b", "y") and places.of("y") == ["b", "c"]
    assert places.rivals("x") is None
    assert places.rivals("y", has_share=False) is None


def test_nobody_who_is_at_work_goes_for_another() -> None:
    places = full(("a", "x"), ("b", "y"), ("c", "z"))
    places.work("a")
    assert places.rivals("new") == Rivals("b", None)

    places.work("b")
    places.work("c")
    assert places.rivals("new") == Rivals(None, None) and places.of(None) == ["a", "b", "c"]
    places.rest("c")
    assert places.quietest() == "c"


def test_a_place_is_given_up_once_and_then_free() -> None:
    places = full(("a", "x"), ("b", "x"), ("c", "x"))
    for _ in range(2):
        places.leave("b")

    assert len(places) == places.many("x") == 2 and "b" not in places
    places.rest("b")
    assert places.rivals("x") is None and list(places) == ["a", "c"]


def test_ten_thousand_newcomers_at_the_bound_cost_no_time() -> None:
    places: Places[int] = Places(5000, 5000)
    for number in range(5000):
        places.enter(number, str(number % 7))
    began = time.process_time()
    for number in range(5000, 15_000):
        rivals = places.rivals(str(number % 7))
        assert rivals and rivals.quietest == number - 5000
        places.leave(rivals.quietest)
        places.enter(number, str(number % 7))

    assert time.process_time() - began < 2  # a scan of all for each would take a minute
