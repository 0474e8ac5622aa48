"""Feeds as rows: made, changed and removed."""

from pathlib import Path
from typing import Any

import pytest

from reputation.intake import feeds
from reputation.intake.bounds import FeedBounds
from reputation.refusal import NameTaken, Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, Feed, FeedRevision
from tests.conftest import NOON
from tests.neighbour import apart, others
from tests.reputation.intake.feeds.cast import FeedFile, generation

ADD: dict[str, Any] = {"name": "one", "source": "/lists/one.txt", "format": "drop", "category": "kss", "now": NOON}


def test_a_feed_is_kept_with_what_was_asked_for(store: Store) -> None:
    added = feeds.add(**ADD | {"database": "dynamic", "every": 600, "duration": 7200, "bounds": {"widest4": "16"}})

    assert apart(feeds.all_feeds()) == [added]
    assert added[:7] == ("one", "/lists/one.txt", "drop", "KSS", "dynamic", 600, 7200)
    assert (added.status, added.entries, added.held_entries, added.refreshed_at) == ("waiting", 0, None, None)
    assert added.bounds == FeedBounds.of({"widest4": 16})


def test_a_new_feed_is_due_at_once(store: Store) -> None:
    feeds.add(**ADD)

    assert feeds.due(NOON) == ["one"]


@pytest.mark.parametrize("change,says", [
    ({"name": ""}, "needs a name"),
    ({"name": "a\nb"}, "printable"),
    ({"name": "x" * 101}, "at most 100"),
    ({"format": "xml"}, "the formats are plain"),
    ({"format": "csv"}, "csv:COLUMN"),
    ({"category": "SPAM"}, "write KSS, DUL or ETL"),
    ({"database": "both"}, "write standard or dynamic"),
    ({"every": 0}, "above zero"),
    ({"duration": -1}, "above zero"),
    ({"source": "ftp://lists.example/one"}, "not by ftp"),
    ({"source": ""}, "needs a source"),
    ({"bounds": {"widest4": "40"}}, "from 0 to 32"),
    ({"bounds": {"speed": "1"}}, "no bound 'speed'"),
])  # fmt: skip
def test_a_feed_that_cannot_be_is_refused_and_not_kept(store: Store, change: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused, match=says):
        feeds.add(**ADD | change)

    assert apart(feeds.all_feeds()) == []


def test_a_second_feed_of_the_same_name_is_refused(store: Store) -> None:
    feeds.add(**ADD)

    with pytest.raises(NameTaken, match="a feed 'one' already"):
        feeds.add(**ADD)
    assert others(Feed).count() == 1


def test_feeds_are_in_the_order_of_their_names(store: Store) -> None:
    for name in ("b", "C", "a"):
        feeds.add(**ADD | {"name": name})

    assert [feed.name for feed in apart(feeds.all_feeds())] == ["a", "b", "C"]


def test_a_removed_feed_takes_its_entries_along(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    one.publish("192.0.2.1\n")
    before = generation()

    feeds.remove("one", NOON)

    assert apart(feeds.all_feeds()) == []
    assert others(FeedRevision).count() == 0
    assert generation() == before + 1


@pytest.mark.parametrize("act", [feeds.refresh, feeds.accept, feeds.rollback, feeds.remove])
def test_an_unknown_feed_is_refused_with_those_that_exist(store: Store, act: Any) -> None:
    feeds.add(**ADD)

    with pytest.raises(Refused, match=r"There is no feed 'two' \(neighbours-list, one\)"):
        act("two", NOON)


def test_bounds_are_changed_one_by_one(store: Store) -> None:
    feeds.add(**ADD | {"bounds": {"widest4": 16}})

    feeds.set_bounds("one", {"max_change": "80%"}, NOON)

    assert apart(feeds.all_feeds())[0].bounds == FeedBounds.of({"widest4": 16, "max_change": 0.8})
    with pytest.raises(Refused, match=r"such as 0\.3 or 30%"):
        feeds.set_bounds("one", {"max_change": "lots"}, NOON)


def test_after_a_change_of_bounds_an_unchanged_source_is_judged_anew(store: Store, tmp_path: Path) -> None:
    one = FeedFile(tmp_path)
    assert one.publish("192.0.2.0/24\n").status == "new"
    assert one.refresh().status == "unchanged"

    feeds.set_bounds("one", {"widest4": 25}, NOON)

    assert one.refresh().status == "refused"
    assert one.live == ["192.0.2.0/24"]


def test_who_changed_a_feed_is_in_the_audit_log(store: Store, tmp_path: Path) -> None:
    FeedFile(tmp_path, who="ann@acme.example")
    feeds.set_bounds("one", {"widest4": 16}, NOON, "bob@acme.example")
    feeds.remove("one", NOON)

    assert [(entry.who, entry.what) for entry in others(AuditEntry).order_by(AuditEntry.id)] == [
        ("ann@acme.example", "Feed added: one"),
        ("bob@acme.example", "Bounds of the feed one changed"),
        ("command line", "Feed removed: one"),
    ]
