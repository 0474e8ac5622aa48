"""The listing criteria are public, and say what the tables that decide say."""

from __future__ import annotations

import pytest

from portal.app_context import AppContext
from reputation.intake import agreement, estimate, feeds
from reputation.store.models import Feed
from reputation.verdict import zones
from tests.conftest import NOON, Cast
from tests.neighbour import is_others
from tests.portal.conftest import Browser, content
from tests.reputation.insight.test_lookup import feed, fetch


def test_a_visitor_reads_how_each_database_lists_and_delists(visitor: Browser, cast: Cast) -> None:
    text = content(visitor.get("/criteria"))

    for category, meaning in zones.CATEGORY_NAMES.items():
        assert f"{category}, {meaning}" in text
    assert "r.rep.example" in text and "q.rep.example" in text
    assert text.count("On the list:") == text.count("Off the list:") == 2
    assert "answers within 2 days" in text


def test_thresholds_and_stays_are_those_that_decide(
    visitor: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = content(visitor.get("/criteria"))

    assert "1 95 % 95 % 3 h 3 h 3 2 85 % 88 % 10 h 12 h 3 3 75 % 75 % 10 h 12 h 2 4 60 % 60 % 12 h 12 h 2" in text
    assert "by half in 5 days for an address, in 7 days for a /24" in text
    assert "tried again, 5 min or more after the first try" in text

    monkeypatch.setattr(estimate, "THRESHOLDS", (0.9, 0.8, 0.7, 0.5))
    monkeypatch.setattr(estimate, "RETRY", 600)
    text = content(visitor.get("/criteria"))
    assert "1 90 % 95 % 3 h" in text and "tried again, 10 min or more" in text


def test_the_number_of_reporters_is_the_one_that_is_set(visitor: Browser, cast: Cast) -> None:
    agreement.require((5, 4, 3, 2))
    try:
        text = content(visitor.get("/criteria"))
    finally:
        agreement.require(agreement.NEEDED)

    assert "3 h 3 h 5 2 85 % 88 % 10 h 12 h 4" in text


def test_the_published_lists_in_use_are_named_and_no_others(
    visitor: Browser, app_context: AppContext, cast: Cast
) -> None:
    for name in ("Example DROP", "Paused", "Waiting"):
        made = feed(name)
        fetch(made, "192.0.2.0/24", at=NOON)
    Feed.update(refreshed_at=NOON).where(is_others(Feed), Feed.name != "Waiting").execute()
    Feed.update(paused=True).where(Feed.name == "Paused").execute()

    text = content(visitor.get("/criteria"))

    assert "Example DROP KSS just now" in text
    assert "Paused" not in text and "Waiting" not in text


def test_where_a_list_comes_from_is_not_told_because_it_may_hold_a_key(visitor: Browser, cast: Cast) -> None:
    feeds.add("Example", "https://lists.example/?key=secret", "plain", "KSS", NOON)
    Feed.update(refreshed_at=NOON).where(is_others(Feed)).execute()

    page = visitor.get("/criteria")

    assert "Example" in page.text
    assert "secret" not in page.text


def test_public_pages_lead_to_each_other_and_to_the_login(visitor: Browser, cast: Cast) -> None:
    for path in ("/criteria", "/lookup", "/login", "/help"):
        text = visitor.get(path).text
        assert all(f'href="{other}"' in text for other in ("/lookup", "/criteria", "/login"))
