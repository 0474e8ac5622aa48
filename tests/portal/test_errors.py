"""What goes wrong, in the layout of every other page and in sentences that say what to do."""

from __future__ import annotations

import pytest
from flask import Flask, abort

from portal import create_app
from portal.app_context import AppContext
from portal.errors import PROBLEMS
from portal.security import LARGEST_REQUEST
from reputation.store.db import Store
from tests.conftest import Cast
from tests.portal.conftest import ADA, Browser, content, logged_in


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 500, 503])
def test_each_problem_has_a_title_a_sentence_and_a_way_on(app_context: AppContext, cast: Cast, status: int) -> None:
    app = create_app(app_context)
    app.add_url_rule("/broken", "broken", lambda: abort(status))
    ada = logged_in(app, ADA)

    answer = ada.get("/broken")

    assert answer.status_code == status
    title, sentence = PROBLEMS[status]
    assert f"{status} {title} {sentence} Go to General" == content(answer)
    assert 'aria-label="Menu"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_that_does_not_exist_shows_a_visitor_no_menu(visitor: Browser) -> None:
    answer = visitor.get("/nothing")

    assert answer.status_code == 404
    assert 'aria-label="Menu"' not in answer.text


def test_a_fault_is_told_without_its_cause_which_goes_to_the_log(
    app_context: AppContext, cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(app_context)
    app.add_url_rule("/broken", "broken", broken)

    answer = logged_in(app, ADA).get("/broken")

    assert answer.status_code == 500
    assert "Something went wrong here" in content(answer)
    assert "the secret cause" not in answer.text
    assert "the secret cause" in caplog.text and "GET /broken failed" in caplog.text


def broken() -> str:
    raise RuntimeError("the secret cause")


def test_a_database_that_fails_still_gets_a_page(ada: Browser, store: Store) -> None:
    store.database.execute_sql('ALTER TABLE "session" RENAME TO "lost"')

    answer = ada.get("/")

    store.database.execute_sql('ALTER TABLE "lost" RENAME TO "session"')
    assert answer.status_code == 503
    assert "The database of this installation lacks what this page shows" in content(answer)
    assert answer.headers["Content-Security-Policy"]


def test_a_form_that_is_too_large_is_refused(app: Flask, cast: Cast) -> None:
    answer = app.test_client().post("/login", data={"email": "x" * (LARGEST_REQUEST + 1)})

    assert answer.status_code == 413
    assert "at most 2 MB" in content(answer)


def test_a_wrong_method_says_which_are_right(ada: Browser) -> None:
    answer = ada.get("/logout")

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
