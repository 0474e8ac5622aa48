"""What several logs say of one message counts once."""

from __future__ import annotations

import pytest

from reputation.intake.maillog.events import AUTHENTICATED, CLEAN, SPAM, LogEvent, ignored
from reputation.intake.maillog.verdicts import PATIENCE, Told, Verdicts
from tests.conftest import NOON

ADDRESS = "203.0.113.9"


def said(kind: str, queue_id: str = "4F1AB2", address: str = ADDRESS) -> Told:
    """An event of a log."""
    event = ignored(AUTHENTICATED, address, queue_id) if kind == "ours" else LogEvent(kind, address, queue_id)
    return Told(event, "postfix", NOON, "")


def settled(verdicts: Verdicts, *told: Told, now: int = NOON) -> list[str]:
    """The kinds that count now."""
    return [each.event.kind for each in verdicts.settle(told, now).counted]


def test_one_log_counts_at_once_and_each_message_once() -> None:
    verdicts = Verdicts()

    assert settled(verdicts, said(SPAM), said(SPAM), said(CLEAN)) == [SPAM]
    assert settled(verdicts, said(SPAM)) == []
    assert settled(verdicts, said(SPAM, ""), said(SPAM, "")) == [SPAM, SPAM]


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (SPAM, CLEAN, [SPAM]),
        (CLEAN, SPAM, [SPAM]),
        (SPAM, SPAM, [SPAM]),
        (SPAM, "ours", []),
        ("ours", SPAM, []),
        (CLEAN, CLEAN, [CLEAN]),
    ],
)
def test_several_logs_count_what_goes_before_all_else(first: str, second: str, counts: list[str]) -> None:
    verdicts = Verdicts(waits=True)

    assert settled(verdicts, said(first)) == []
    assert settled(verdicts, said(second), now=NOON + 1) == []
    assert settled(verdicts, now=NOON + PATIENCE) == counts
    assert settled(verdicts, said(SPAM), now=NOON + PATIENCE) == []


def test_nothing_waits_for_the_hour_by_which_the_clock_was_set_back() -> None:
    verdicts = Verdicts(waits=True)
    assert settled(verdicts, said(SPAM)) == []

    assert verdicts.is_due(NOON - 3600) and settled(verdicts, now=NOON - 3600) == [SPAM]


def test_a_queue_id_of_another_client_is_another_message() -> None:
    verdicts = Verdicts()

    assert settled(verdicts, said(SPAM), said(SPAM, address="203.0.113.10")) == [SPAM, SPAM]


def test_what_could_not_be_written_is_as_if_it_had_not_been_said() -> None:
    verdicts = Verdicts(waits=True)
    verdicts.undo(verdicts.settle([said(SPAM, "A")], NOON))
    verdicts.settle([said(SPAM, "B")], NOON)
    verdicts.undo(verdicts.settle([], NOON + PATIENCE))

    assert settled(verdicts, said(SPAM, "A"), now=NOON + PATIENCE) == [SPAM]
    assert settled(verdicts, now=NOON + 2 * PATIENCE) == [SPAM]
