"""Feeds as the portal works with them: changed, paused, compared, and asked for without waiting."""

from __future__ import annotations

from pathlib import Path

import pytest

from reputation.insight import feed_status
from reputation.intake import feeds
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import FeedRevision
from tests.conftest import NOON
from tests.neighbour import apart, others
from tests.reputation.intake.feeds.cast import FeedFile, generation, states

MANY = "".join(f"198.51.100.{n}\n" for n in range(0, 100, 2))


def edited(feed: FeedFile, **changes: object) -> None:
    state = feed.state
    values = {name: getattr(state, name) for name in ("source", "format", "category", "database", "every", "duration")}
    values |= {"bounds": {}} | changes
    feeds.edit("one", now=NOON, who="olga", **values)


def test_what_came_and_went_is_found_range_by_range(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish(f"{MANY}2001:db8::/48\n")
    feed.publish(f"{MANY.replace('198.51.100.0', '192.0.2.0/24')}2001:db8:1::/48\n")
    new, old = feeds.history("one")

    added = feeds.diff("one", old.id, new.id, "added", 0, 10)
    removed = feeds.diff("one", old.id, new.id, "removed", 0, 10)

    assert added.ranges == ("192.0.2.0/24", "2001:db8:1::/48")
    assert removed.ranges == ("198.51.100.0", "2001:db8::/48")
    assert (added.added, added.removed, added.total, removed.total) == (2, 2, 2, 2)
    assert feeds.diff("one", old.id, new.id, "added", 1, 10).ranges == ("2001:db8:1::/48",)
    assert feeds.diff("one", old.id, old.id, "added", 0, 10).ranges == ()


def test_a_part_of_a_network_that_went_is_told_as_that_part(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish("192.0.2.0/24\n")
    feed.publish("192.0.2.0/25\n203.0.113.255\n")
    new, old = feeds.history("one")

    assert feeds.diff("one", old.id, new.id, "removed", 0, 10).ranges == ("192.0.2.128/25",)
    assert feeds.diff("one", old.id, new.id, "added", 0, 10).ranges == ("203.0.113.255",)


def test_another_feeds_list_is_not_compared(store: Store, tmp_path: Path) -> None:
    FeedFile(tmp_path).publish(MANY)
    feeds.add("two", "https://lists.example/x", "plain", "KSS", NOON)
    (row,) = others(FeedRevision, FeedRevision.id)

    with pytest.raises(Refused, match="not kept any more"):
        feeds.diff("two", row.id, row.id, "added", 0, 10)


def test_a_paused_feed_is_not_due_until_it_is_resumed(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish(MANY)
    before = generation()

    feeds.pause("one", feed.now, "olga")
    assert feeds.due(feed.now + 10**6) == [] and feed.state.paused
    assert generation() == before + 1
    assert feed_status.first_feeds(1, feed.now)[0][0].state == "paused"
    with pytest.raises(Refused, match="resume it first"):
        feeds.refresh_soon("one", NOON)
    with pytest.raises(Refused, match="paused already"):
        feeds.pause("one", feed.now, "olga")

    feeds.resume("one", feed.now, "olga")
    assert feeds.due(feed.now) == ["one"] and generation() == before + 2


def test_a_refresh_that_is_asked_for_is_due_at_once(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish(MANY)
    assert feeds.due(feed.now) == []

    feeds.refresh_soon("one", NOON)

    assert feeds.due(feed.now) == ["one"]


def test_an_edit_that_moves_a_feed_publishes_both_databases(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish(MANY)
    before = generation(), generation("dynamic")

    edited(feed, database="dynamic")

    assert (generation(), generation("dynamic")) == (before[0] + 1, before[1] + 1)
    assert feeds.due(feed.now) == []


def test_an_edit_of_the_source_is_fetched_anew_and_judged_whole(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish(MANY)
    other = tmp_path / "other.txt"
    other.write_text(f"{MANY}203.0.113.1\n")

    edited(feed, source=str(other))

    assert feeds.due(feed.now) == ["one"]
    assert feeds.refresh("one", feed.now + 5).status == "new"


def test_an_edit_that_cannot_be_changes_nothing(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    before = feed.state

    for changes in ({"format": "pdf"}, {"category": "XYZ"}, {"every": 0}, {"bounds": {"widest4": 99}}, {"source": ""}):
        with pytest.raises(Refused):
            edited(feed, **changes)

    assert feed.state == before


def test_a_refused_list_is_given_up_and_held_when_it_comes_again(store: Store, tmp_path: Path) -> None:
    feed = FeedFile(tmp_path)
    feed.publish(MANY)
    assert feed.publish("203.0.113.1\n").status == "held"

    feeds.refuse("one", feed.now, "olga")

    assert (feed.state.status, feed.state.held_entries, states()) == ("good", None, ["live", "withdrawn"])
    with pytest.raises(Refused, match="nothing that waits"):
        feeds.refuse("one", feed.now, "olga")
    assert feed.refresh().status == "held"


def test_a_trial_keeps_nothing(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("192.0.2.0/24\n10.0.0.1\nnonsense\n")

    trial = feeds.preview_feed(str(file), "plain", {}, NOON)

    assert (trial.entries, trial.bad, trial.ranges, trial.addresses4, trial.verdict) == (1, 1, 1, 256, "")
    assert trial.examples == ("192.0.2.0/24",)
    assert feeds.preview_feed(str(file), "plain", {"widest4": 25}, NOON).verdict.startswith("The entry on line 1")
    assert apart(feeds.all_feeds()) == [] and not others(FeedRevision).exists()
