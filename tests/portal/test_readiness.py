"""/readyz says whether DNS answers, and as of when, to anybody, and without a table."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.app_context import AppContext
from reputation.store import changes
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser


@pytest.fixture
def visitor(app: Flask) -> Browser:
    return Browser(app.test_client())


def test_it_is_not_ready_before_anything_is_published(visitor: Browser) -> None:
    answer = visitor.get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"ready": False, "reason": "DNS answers SERVFAIL: nothing has been published yet."}


def test_it_is_ready_as_of_the_last_look_at_the_tables(visitor: Browser, cast: Cast, app_context: AppContext) -> None:
    app_context.publisher.catch_up(NOON)
    answer = visitor.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"ready": True, "as_of": "2026-09-21T12:00:00Z"})
    assert answer.headers["Cache-Control"] == "no-store"

    app_context.publisher.catch_up(NOON + 61)

    assert visitor.get("/readyz").json == {"ready": True, "as_of": "2026-09-21T12:01:01Z"}


def test_what_cannot_be_built_holds_the_time(
    visitor: Browser, cast: Cast, app_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    app_context.publisher.catch_up(NOON)
    monkeypatch.setattr("reputation.publisher.layers.standard_feeds", lambda: 1 // 0)
    changes.record_change(changes.STANDARD_FEEDS, NOON + 5)

    app_context.publisher.catch_up(NOON + 10)
    app_context.publisher.catch_up(NOON + 20)

    told = visitor.get("/readyz").json
    assert told["ready"] and told["as_of"] == "2026-09-21T12:00:00Z", "when it was last current"
    assert [fault["kind"] for fault in told["faults"]] == ["published part"]


def test_it_is_not_ready_where_dns_is_not_served(visitor: Browser, cast: Cast, app_context: AppContext) -> None:
    app_context.publisher.catch_up(NOON)
    app_context.dns_addresses = []

    assert visitor.get("/readyz").status_code == 503


def test_general_says_as_of_when_it_is_served(ada: Browser, app_context: AppContext) -> None:
    app_context.publisher.catch_up(NOON + 3600)

    assert 'as of <time datetime="2026-09-21T13:00' in ada.get("/").text
