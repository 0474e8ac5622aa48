"""Several lists of the catalogue become feeds at once: all of them, or none."""

from __future__ import annotations

import pytest

from reputation.intake import feeds
from reputation.intake.feeds.catalogue import BY_KEY, RECOMMENDED
from reputation.refusal import NameTaken, Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, Feed
from tests.conftest import NOON
from tests.neighbour import others


def test_they_are_added_as_the_catalogue_suggests_and_are_due_at_once(store: Store) -> None:
    taken = feeds.take(RECOMMENDED, NOON, who="olga")

    assert [one.name for one in taken.added] == [BY_KEY[key].name for key in RECOMMENDED]
    for one in taken.added:
        known = next(known for known in BY_KEY.values() if known.name == one.name)
        assert (one.source, one.format, one.category, one.database, one.every, one.purpose) == (
            known.source, known.format, known.category, known.database, known.every, "list",
        )  # fmt: skip
    assert {BY_KEY[key].name for key in RECOMMENDED} <= set(feeds.due(NOON))
    assert len([row for row in others(AuditEntry) if row.who == "olga"]) == len(RECOMMENDED)


def test_on_watch_they_are_all_on_watch(store: Store) -> None:
    taken = feeds.take(["drop", "cins"], NOON, on_watch=True)

    assert [(one.purpose, one.watched_since) for one in taken.added] == [("watch", NOON)] * 2


def test_what_is_a_feed_already_is_left_as_it_is(store: Store) -> None:
    known = BY_KEY["drop"]
    feeds.add("our drop", known.source, known.format, "ETL", NOON, every=known.every)

    taken = feeds.take(["drop", "drop6", "drop6"], NOON, on_watch=True)

    assert [one.name for one in taken.added] == ["Spamhaus DROPv6"] and taken.already == ["Spamhaus DROP"]
    assert feeds.named_feeds(["our drop"])["our drop"].purpose == "list"


@pytest.mark.parametrize("keys,says", [(["drop", "nonsense"], "no list 'nonsense'"), ([], "at least one")])
def test_what_cannot_be_taken_is_refused_with_the_reason(store: Store, keys: list[str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        feeds.take(keys, NOON)


def test_where_one_cannot_be_added_none_is(store: Store) -> None:
    feeds.add("CINS Army", "https://lists.example/x", "plain", "KSS", NOON)

    with pytest.raises(NameTaken, match="CINS Army"):
        feeds.take(["drop", "cins"], NOON)

    assert [row.name for row in others(Feed)] == ["CINS Army"]
