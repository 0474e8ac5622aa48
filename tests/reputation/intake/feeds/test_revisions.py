"""Which revision is served: accept, rollback, and what is kept."""

from pathlib import Path

import pytest

from reputation.intake import feeds
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, FeedRevision
from tests.neighbour import others
from tests.reputation.intake.feeds.cast import HOUR, FeedFile, generation, revision_of, states
from tests.reputation.intake.lists import plain_list


@pytest.fixture
def one(store: Store, tmp_path: Path) -> FeedFile:
    return FeedFile(tmp_path)


def test_a_held_list_is_served_once_a_person_accepts_it(one: FeedFile) -> None:
    one.publish(plain_list(100))
    one.publish(plain_list(40))
    before = generation()

    assert feeds.accept("one", one.now, "ann@acme.example") == 40

    assert len(one.live) == 40
    assert (states(), generation()) == (["old", "live"], before + 1)
    assert (one.state.status, one.state.message, one.state.held_entries) == ("good", "", None)
    assert one.refresh().status == "unchanged"
    assert others(AuditEntry).where(AuditEntry.what == "Accepted the held list of the feed one").count() == 1


def test_nothing_that_is_held_cannot_be_accepted(one: FeedFile) -> None:
    one.publish(plain_list(100))

    with pytest.raises(Refused, match="nothing that waits"):
        feeds.accept("one", one.now)


def test_a_rollback_serves_the_list_before(one: FeedFile) -> None:
    one.publish("192.0.2.1\n")
    one.publish("192.0.2.2\n")
    before = generation()

    assert feeds.rollback("one", one.now) == 1

    assert one.live == ["192.0.2.1"]
    assert generation() == before + 1
    assert one.state.status == "held"
    assert "rolled back" in one.state.message


@pytest.mark.parametrize("again", ["", "# the same, written anew\n"])
def test_what_was_rolled_back_does_not_come_back_by_itself(one: FeedFile, again: str) -> None:
    one.publish("192.0.2.1\n")
    one.publish("192.0.2.2\n")
    feeds.rollback("one", one.now)

    refreshed = one.publish(again + "192.0.2.2\n") if again else one.refresh()

    assert refreshed.status == "held"
    assert one.live == ["192.0.2.1"]
    assert states() == ["live", "held"]


def test_what_was_rolled_back_can_be_accepted(one: FeedFile) -> None:
    one.publish("192.0.2.1\n")
    one.publish("192.0.2.2\n")
    feeds.rollback("one", one.now)

    feeds.accept("one", one.now)

    assert one.live == ["192.0.2.2"]


def test_after_a_rollback_the_next_list_is_served(one: FeedFile) -> None:
    one.publish("192.0.2.1\n")
    one.publish("192.0.2.2\n")
    feeds.rollback("one", one.now)

    assert one.publish("192.0.2.3\n").status == "new"
    assert one.state.status == "good"


def test_two_rollbacks_go_back_twice_and_neither_list_comes_back_by_itself(one: FeedFile) -> None:
    for number in (1, 2, 3):
        one.publish(f"192.0.2.{number}\n")
    feeds.rollback("one", one.now)
    feeds.rollback("one", one.now)

    assert one.live == ["192.0.2.1"]
    assert revision_of("held") == ["192.0.2.2"]
    assert one.publish("192.0.2.3\n").status == "held"
    assert one.live == ["192.0.2.1"]


def test_there_is_nothing_before_the_first_list(one: FeedFile) -> None:
    with pytest.raises(Refused, match="no earlier list"):
        feeds.rollback("one", one.now)
    one.publish("192.0.2.1\n")
    with pytest.raises(Refused, match="no earlier list"):
        feeds.rollback("one", one.now)
    assert one.live == ["192.0.2.1"]


def test_the_last_five_lists_are_kept_beside_the_live_one(one: FeedFile) -> None:
    for number in range(1, 10):
        one.publish(f"192.0.2.{number}\n")

    assert states() == ["old"] * 5 + ["live"]
    for number in (8, 7, 6, 5, 4):
        feeds.rollback("one", one.now)
        assert one.live == [f"192.0.2.{number}"]


def test_the_dynamic_database_keeps_every_list_whose_stay_has_not_ended(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path, database="dynamic", duration=8 * HOUR)
    for number in range(1, 21):
        one.publish(f"192.0.2.{number}\n")

    kept = others(FeedRevision).order_by(FeedRevision.id)
    served = [row for row in kept if row.seen_at + 8 * HOUR > one.now]
    assert len(served) == 8
    assert states() == ["old"] * 12 + ["live"]  # seven served ones, five more, and the live one


def test_what_was_rolled_back_in_the_dynamic_database_is_not_served(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path, database="dynamic")
    one.publish("192.0.2.1\n")
    one.publish("192.0.2.2\n")

    feeds.rollback("one", one.now)

    assert states() == ["live", "held"]
