"""When the clock was last looked at is kept over a restart, and is no part of the snapshot."""

from __future__ import annotations

from reputation.store import changes, clock_seen, serials
from reputation.store.db import Store
from tests.conftest import NOON


def test_the_last_look_is_kept_also_where_it_is_earlier(store: Store) -> None:
    assert clock_seen.last() == 0
    for now in (NOON, NOON + 3600, NOON - 3600):
        clock_seen.note(now)
        assert clock_seen.last() == now


def test_a_difference_of_less_than_a_minute_is_not_written(store: Store) -> None:
    clock_seen.note(NOON)
    clock_seen.note(NOON + 59)
    assert clock_seen.last() == NOON
    clock_seen.note(NOON + 60)
    assert clock_seen.last() == NOON + 60


def test_it_changes_no_part_and_no_serial(store: Store) -> None:
    before = changes.states(), serials.current()

    clock_seen.note(NOON)

    assert (changes.states(), serials.current()) == before
