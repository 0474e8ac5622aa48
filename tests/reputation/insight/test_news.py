"""News is shown from its moment on, and what was put away can come back."""

from __future__ import annotations

import re

import pytest

from reputation.insight import news
from reputation.insight.news import DISCARDED, DRAFT, PUBLISHED, RELEASE, SCHEDULED, SPAM, Item
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, NewsItem
from tests.conftest import NOON
from tests.neighbour import apart, others

OLGA = "olga@acme.example"
HOUR = 3600


def write(title: str = "A wave", publish_at: int | None = NOON, kind: str = SPAM, body: str = "It *rose*.") -> Item:
    return news.write(kind, title, body, publish_at, OLGA, NOON)


def titles(now: int = NOON, kind: str = "") -> list[str]:
    return [item.title for item in news.published(now, kind)]


def test_a_draft_is_shown_to_nobody(store: Store) -> None:
    draft = write(publish_at=None)

    assert draft.state(NOON) == DRAFT
    assert titles() == []
    assert news.read(draft.id, SPAM, NOON) is None
    assert news.find(draft.id) == draft


def test_an_item_shows_itself_from_its_second_on(store: Store) -> None:
    item = write(publish_at=NOON + HOUR)

    assert item.state(NOON + HOUR - 1) == SCHEDULED
    assert titles(NOON + HOUR - 1) == []
    assert news.read(item.id, SPAM, NOON + HOUR - 1) is None
    assert item.state(NOON + HOUR) == PUBLISHED
    assert titles(NOON + HOUR) == ["A wave"]
    assert news.read(item.id, SPAM, NOON + HOUR) == item


def test_the_latest_stands_first_and_each_kind_by_itself(store: Store) -> None:
    write("Old", NOON - 2 * HOUR)
    write("New", NOON)
    write("Ours", NOON - HOUR, RELEASE)

    assert titles() == ["New", "Ours", "Old"]
    assert titles(kind=RELEASE) == ["Ours"]
    assert [item.title for item in news.published(NOON, SPAM, limit=1, skip=1)] == ["Old"]
    assert news.count_published(NOON, SPAM) == 2


def test_an_item_is_read_under_its_own_kind_alone(store: Store) -> None:
    assert news.read(write().id, RELEASE, NOON) is None


def test_an_edit_is_dated_and_the_day_of_publication_stays(store: Store) -> None:
    item = write()

    edited = news.edit(item.id, SPAM, "A wave ebbs", "It fell.", item.published_at, OLGA, NOON + HOUR)

    assert (edited.published_at, edited.updated_at) == (NOON, NOON + HOUR)
    assert titles(NOON + HOUR) == ["A wave ebbs"]


def test_what_is_unpublished_is_a_draft_and_can_be_published_again_under_its_day(store: Store) -> None:
    item = write(publish_at=NOON - HOUR)

    before = news.unpublish(item.id, OLGA, NOON)
    assert titles() == []
    assert before.published_at == NOON - HOUR
    again = news.publish(item.id, NOON - HOUR, OLGA, NOON)

    assert again.published_at == NOON - HOUR
    assert titles() == ["A wave"]


def test_what_is_discarded_is_gone_until_it_is_brought_back(store: Store) -> None:
    item = write()

    assert news.discard(item.id, OLGA, NOON).state(NOON) == DISCARDED
    assert titles() == []
    assert news.read(item.id, SPAM, NOON) is None
    with pytest.raises(Refused, match="restore it first"):
        news.edit(item.id, SPAM, "x", "x", None, OLGA, NOON)
    assert news.restore(item.id, OLGA, NOON).state(NOON) == PUBLISHED
    assert titles() == ["A wave"]
    with pytest.raises(Refused, match="not discarded"):
        news.restore(item.id, OLGA, NOON)


@pytest.mark.parametrize(
    ("kind", "title", "body", "at", "sentence"),
    [
        ("weather", "A", "b", None, "Choose Spam News or Release News"),
        (SPAM, " \n ", "b", None, "Write a title"),
        (SPAM, "x" * 201, "b", None, "Write a title of at most 200"),
        (SPAM, "A", "\x00", None, "Write a text"),
        (SPAM, "A", "x" * 50_001, None, "at most 50,000"),
        (SPAM, "A", "b", NOON + 400 * 86400, "look at the year"),
    ],
)
def test_what_cannot_be_news_is_refused(
    store: Store, kind: str, title: str, body: str, at: int | None, sentence: str
) -> None:
    with pytest.raises(Refused, match=re.escape(sentence)):
        news.write(kind, title, body, at, OLGA, NOON)

    assert not others(NewsItem).exists()


def test_signs_that_no_feed_may_hold_are_left_out(store: Store) -> None:
    item = write("A\x0b wave\nrose", body="One\r\ntwo\x00\x1b\ufffe three")

    assert (item.title, item.body) == ("A wave rose", "One\ntwo three")


def test_the_list_of_those_who_write_holds_every_state(store: Store) -> None:
    write("Published", NOON - HOUR)
    news.discard(write("Discarded", NOON - 2 * HOUR).id, OLGA, NOON)
    write("Scheduled", NOON + HOUR)
    write("Draft", None)

    assert [item.title for item in apart(news.all_items())] == ["Scheduled", "Draft", "Published", "Discarded"]


def test_a_week_has_one_draft_even_when_it_was_discarded(store: Store) -> None:
    assert news.add_draft(SPAM, "Week", "Text", "2026-W38", NOON)
    [draft] = apart(news.all_items())
    assert (draft.week, draft.state(NOON)) == ("2026-W38", DRAFT)
    assert not news.add_draft(SPAM, "Week", "Text", "2026-W38", NOON)
    news.discard(draft.id, OLGA, NOON)
    assert not news.add_draft(SPAM, "Week", "Text", "2026-W38", NOON)
    assert news.add_draft(SPAM, "Week", "Text", "2026-W39", NOON)


def test_every_change_stands_in_the_audit_log(store: Store) -> None:
    item = write()
    news.edit(item.id, SPAM, "A flood", "More.", NOON, OLGA, NOON)
    news.unpublish(item.id, OLGA, NOON)
    news.discard(item.id, OLGA, NOON)
    news.restore(item.id, OLGA, NOON)

    told = [(row.what, row.before, row.after) for row in others(AuditEntry).order_by(AuditEntry.id)]

    assert [what for what, _, _ in told] == [
        "News written: A wave",
        "News edited: A flood",
        "News unpublished: A flood",
        "News discarded: A flood",
        "News brought back: A flood",
    ]
    assert told[1][1:] == ("Spam News, published: It *rose*.", "Spam News, published: More.")
