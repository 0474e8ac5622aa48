"""The serial of the zone: it is raised and never goes back, also where it wraps (RFC 1982)."""

from __future__ import annotations

import pytest

from reputation.store import changes, db, serials
from reputation.store.db import Store
from reputation.store.models import Part
from tests.conftest import NOON

LAST = serials.MODULUS - 1


def changed() -> int:
    with db.write():
        changes.record_change(changes.POLICIES, NOON)
    return serials.current()


@pytest.mark.parametrize(
    ("serial", "other", "is_after"),
    [
        (1, 0, True),
        (0, 1, False),
        (5, 5, False),
        (0, LAST, True),
        (LAST, 0, False),
        (1 << 31, 0, False),
        (44, (1 << 31) + 45, True),
    ],
)
def test_later_is_what_rfc_1982_says(serial: int, other: int, is_after: bool) -> None:
    assert serials.is_after(serial, other) == is_after


def test_the_first_serial_is_the_clocks_and_each_change_adds_one(store: Store) -> None:
    changed()

    assert serials.raise_to(NOON, NOON) == NOON
    assert [changed(), changed()] == [NOON + 1, NOON + 2]


def test_the_first_serial_is_the_clocks_beyond_2038_too(store: Store) -> None:
    assert serials.raise_to(3 << 30, NOON) == 3 << 30


def test_it_is_raised_and_never_lowered(store: Store) -> None:
    serials.raise_to(NOON, NOON)

    assert serials.raise_to(NOON - 100, NOON) == NOON
    assert serials.raise_to(NOON + 100, NOON) == NOON + 100
    assert serials.raise_to(NOON, NOON) == NOON + 100


def test_a_clock_that_is_decades_ahead_is_no_reason_to_raise_it(store: Store) -> None:
    """By RFC 1982 such a serial is earlier."""
    serials.raise_to(NOON, NOON)

    assert serials.raise_to(NOON + (1 << 31), NOON) == NOON


def test_it_wraps_and_goes_on(store: Store) -> None:
    serials.raise_to(LAST, NOON)

    assert [changed(), changed()] == [0, 1]
    assert serials.raise_to(LAST, NOON) == 1, "what was before the wrap is earlier"
    assert serials.raise_to(100, NOON) == 100
    assert changed() == 101


def test_of_two_nodes_that_raise_it_the_higher_one_stays(store: Store) -> None:
    serials.raise_to(NOON, NOON)
    base = Part.get_by_id(serials.NAME).generation
    Part.update(generation=base + 500).where(Part.name == serials.NAME).execute()

    assert serials.raise_to(NOON + 100, NOON) == NOON + 500
