"""Attempts to read a feed's list: one that ended the program is known at the next start, and not made at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reputation import faults
from reputation.insight import feed_status
from reputation.intake import feeds
from reputation.intake.feeds import attempts, revisions
from reputation.intake.formats.dates import words_of
from reputation.intake.importing import limits
from reputation.store.db import Store
from reputation.store.models import Feed
from tests.conftest import NOON
from tests.neighbour import others
from tests.reputation.intake.feeds.cast import HOUR, FeedFile

MINUTE = 60
DAY = 24 * HOUR


@pytest.fixture(autouse=True)
def usual_limits() -> Iterator[None]:
    limits.use(limits.Limits())
    yield
    limits.use(limits.Limits())


def begun(one: FeedFile, at: int) -> None:
    """The program began to read the list at that second, and was ended."""
    attempts.begin(revisions.by_name("one"), at)


def row() -> Feed:
    found: Feed = others(Feed).get()
    return found


def due(at: int) -> bool:
    return "one" in feeds.due(at)


def test_each_attempt_doubles_the_time_until_the_next_up_to_a_day() -> None:
    waits = [attempts.next_at(number, 0) // MINUTE for number in range(10)]

    assert waits == [0, 15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    assert attempts.next_at(10**9, 0) == DAY


def test_a_list_that_ended_the_program_is_not_read_again_at_once(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    begun(one, NOON)

    assert not due(NOON + 24) and not due(NOON + 15 * MINUTE - 1) and due(NOON + 15 * MINUTE)

    begun(one, NOON + 15 * MINUTE)
    assert not due(NOON + 45 * MINUTE - 1) and due(NOON + 45 * MINUTE)


def test_the_feeds_page_says_so(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    begun(one, NOON)

    state = feed_status.feed("one", NOON + 24)

    said = (
        f"Its list has been being read since {words_of(NOON)}, and that has not ended. Where the program was ended "
        "meanwhile, the list may be too large for this machine: it is tried again at "
        f"{words_of(NOON + 15 * MINUTE)}, or when you say so."
    )
    assert state is not None and state.message == said
    assert one.state.message == state.message and one.state.again_at == NOON + 15 * MINUTE


def test_a_list_that_was_read_forgets_them(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    begun(one, NOON)
    begun(one, NOON)

    one.publish("192.0.2.1\n")

    assert (row().attempts, row().attempted_at, one.state.message) == (0, 0, "")


@pytest.mark.parametrize("text", ["words\nand words\n", "1.1.1.1\n"], ids=["unreadable", "refused by a guard"])
def test_a_list_that_was_refused_was_read_as_well(store: Store, tmp_path: Path, text: str) -> None:
    one = FeedFile(tmp_path)
    begun(one, NOON)

    assert one.publish(text).status == "refused"

    assert (row().attempts, row().attempted_at) == (0, 0)


@pytest.mark.parametrize("act", [
    lambda: feeds.refresh_soon("one", NOON),
    lambda: feeds.set_bounds("one", {"max_bytes": 1000}, NOON),
    lambda: (feeds.pause("one", NOON, "ann"), feeds.resume("one", NOON, "ann")),
], ids=["refresh now", "another bound", "resume"])  # fmt: skip
def test_a_persons_act_forgets_them(store: Store, tmp_path: Path, act: Callable[[], object]) -> None:
    one = FeedFile(tmp_path)
    begun(one, NOON)

    act()

    assert due(NOON + 24) and one.state.again_at == 0


def test_a_clock_that_was_put_back_does_not_keep_it_waiting(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    begun(one, NOON + DAY)

    assert due(NOON)


def test_a_list_that_takes_too_much_says_so_and_what_stands_stays_in_use(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path, format="json:a")
    one.publish('{"a": ["192.0.2.1", "192.0.2.3"]}')
    limits.use(limits.Limits(memory=96 << 20))
    large = '{"a": ["192.0.2.1"' + ', "192.0.2.3"' * 2_500_000 + "]}"

    refreshed = one.publish(large)

    assert refreshed.status == "failed" and refreshed.entries == 2
    assert "The list is too large: to read it takes more than 96 MB of memory." in refreshed.message
    assert "It is tried again at " in refreshed.message and one.state.message == refreshed.message
    assert one.live == ["192.0.2.1", "192.0.2.3"]
    assert row().attempts == 1 and not due(one.now + 14 * MINUTE) and due(one.now + 15 * MINUTE)
    assert [fault.sentence for fault in faults.standing() if fault.name == "import:one"] == [refreshed.message]

    limits.use(limits.Limits())
    assert one.publish('{"a": ["192.0.2.1", "192.0.2.5"]}').status == "new"
    assert row().attempts == 0 and "import:one" not in [fault.name for fault in faults.standing()]


def test_the_fault_of_a_feed_that_is_removed_is_over(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    faults.raised("import:one", "too large", NOON)

    feeds.refresh_due(one.now)
    assert "import:one" in [fault.name for fault in faults.standing()]

    feeds.remove("one", NOON)
    feeds.refresh_due(one.now)
    assert "import:one" not in [fault.name for fault in faults.standing()]


def test_a_stop_while_a_list_is_read_is_not_the_lists_fault(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    limits.chosen.is_stopped = True

    refreshed = one.publish("192.0.2.1\n")

    assert refreshed.status == "failed" and "The program was stopped while it read the list" in refreshed.message
    assert (row().attempts, row().attempted_at) == (0, 0)


def test_a_node_whose_clock_is_behind_does_not_try_what_has_just_ended_another(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    begun(one, one.now)

    assert [due(one.now + later) for later in (0, -60, 15 * MINUTE - 1)] == [False] * 3
    assert due(one.now + 15 * MINUTE) and due(one.now - HOUR)
