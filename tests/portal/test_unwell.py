"""Pages while the database is not well: those that need no writing go on, and all others say what is wrong.

The faults are real ones of SQLite: the file is moved away, another program holds it, or it may not be written.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from portal.limits import limiter
from reputation import faults
from reputation.customers import tokens, users
from reputation.customers.tokens import SCOPES
from reputation.intake import listings
from reputation.store import db, health, trouble
from reputation.store.db import SQLITE_NAME, Store
from reputation.store.models import ApiToken, Organization, Session
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.portal.belongings import Belongings, belong
from tests.portal.conftest import ADA, PASSWORD, Browser, Clock, content, words
from tests.portal.walking import Route, routes

GONE = "The database of this installation cannot be opened"
LISTED = "203.0.113.9"
# What visitors may open that needs no table: it answers from memory.
FROM_MEMORY = (
    "/lookup", f"/lookup?address={LISTED}", "/lookup?address=192.0.2.77", "/criteria", "/help", "/help/general",
    "/help?search=feed", "/readyz", "/api/v1/openapi.json", "/.well-known/repute-template",
    "/static/portal.css",
)  # fmt: skip


@pytest.fixture(autouse=True)
def unhurried(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0.1)
    limiter.enabled = False
    yield
    limiter.enabled = True


@pytest.fixture
def listed(cast: Cast, app_context: AppContext) -> None:
    listings.add(LISTED, "standard", "KSS", 86400, "Spam run", NOON)
    app_context.publisher.catch_up(NOON)


@contextmanager
def gone(store: Store, folder: Path) -> Iterator[None]:
    """The file is not there, and no connection is open that would still have it."""
    contexts = list(store.database._state.ctx)
    store.close()
    (folder / SQLITE_NAME).rename(folder / "away")
    try:
        yield
    finally:
        assert not (folder / SQLITE_NAME).exists(), "an empty database was made"
        (folder / "away").rename(folder / SQLITE_NAME)
        store.database.connect(reuse_if_open=True)
        store.database._state.ctx = contexts


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another program writes, and does not end."""
    with closing(sqlite3.connect(folder / SQLITE_NAME, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield


@contextmanager
def not_to_be_written(store: Store) -> Iterator[None]:
    store.database.execute_sql("PRAGMA query_only = 1")
    try:
        yield
    finally:
        store.database.execute_sql("PRAGMA query_only = 0")


def assert_told(answer: TestResponse, sentence: str) -> None:
    assert answer.status_code == 503
    assert sentence in words(answer)
    assert "Something went wrong here" not in words(answer)
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.headers["Content-Security-Policy"]


def csrf_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    assert found
    return found[1]


def assert_well_behaved(route: Route, answer: TestResponse) -> None:
    assert answer.status_code != 500, f"{route.name}: {words(answer)[:300]}"
    if answer.status_code == 503:
        assert int(answer.headers["Retry-After"]) > 0, route.name


def test_what_needs_no_table_is_there_while_the_database_is_gone(
    listed: None, ada: Browser, visitor: Browser, store: Store, tmp_path: Path
) -> None:
    with gone(store, tmp_path):
        for browser in (visitor, ada):
            for path in FROM_MEMORY:
                assert browser.get(path).status_code == 200, path


def test_a_lookup_is_what_mail_servers_are_told_and_says_what_it_does_not_know(
    listed: None, visitor: Browser, store: Store, tmp_path: Path
) -> None:
    before = content(visitor.get(f"/lookup?address={LISTED}"))
    with gone(store, tmp_path):
        text = content(visitor.get(f"/lookup?address={LISTED}"))
        unlisted = content(visitor.get("/lookup?address=192.0.2.77"))

    assert "Listed by this service" in before and "Ask for removal" in before
    assert "KSS: known spam source" in text and "Reason Spam run" in text and "127.0.0.2" in text
    assert "Listed by" not in text and "Ask for removal" not in text
    assert "as of 21 Sep 2026, 12:00 . The database of this service cannot be read at the moment" in text
    assert "Not listed" in unlisted and "cannot be read at the moment" in unlisted
    assert "Listed by this service" in content(visitor.get(f"/lookup?address={LISTED}"))


def test_the_criteria_are_told_without_the_names_of_lists(visitor: Browser, store: Store, tmp_path: Path) -> None:
    with gone(store, tmp_path):
        text = content(visitor.get("/criteria"))

    assert "How an address gets on the lists" in text and "they are named again later" in text


def test_nobody_is_logged_out_by_a_database_that_is_gone(ada: Browser, store: Store, tmp_path: Path) -> None:
    with gone(store, tmp_path):
        assert_told(ada.get("/"), GONE)
        assert_told(ada.get("/policy"), GONE)
        assert ada.get("/policy", HX_Request="true").status_code == 503
        assert GONE in words(ada.get("/lookup")), "why nobody seems to be logged in"
        assert 'aria-label="Menu"' not in ada.get("/lookup").text
    assert "General" in content(ada.get("/"))


def test_a_visitor_of_a_private_page_is_sent_to_the_login_as_ever(
    visitor: Browser, store: Store, tmp_path: Path
) -> None:
    with gone(store, tmp_path):
        assert visitor.get("/policy").location == "/login?next=/policy"


def test_a_login_says_what_is_wrong_and_that_it_is_nobodys_fault(
    visitor: Browser, cast: Cast, store: Store, tmp_path: Path
) -> None:
    form = csrf_of(visitor.get("/login"))
    with gone(store, tmp_path):
        assert_told(visitor.get("/login"), GONE)
        answer = visitor.client.post("/login", data={"csrf_token": form, "email": ADA, "password": PASSWORD})
        assert_told(answer, GONE)
        assert "It is not your fault" in words(answer) and "go back, and send it again" in words(answer)
    assert visitor.log_in(ADA).status_code == 303


def test_a_fragment_is_told_in_a_sentence_and_not_in_a_page(ada: Browser, store: Store, tmp_path: Path) -> None:
    with gone(store, tmp_path):
        answer = ada.fragment("/")

    assert answer.status_code == 503 and answer.content_type.startswith("text/plain")
    assert answer.text.startswith(GONE) and "<" not in answer.text


def test_a_program_is_told_in_a_problem(app: Flask, cast: Cast, store: Store, tmp_path: Path) -> None:
    with gone(store, tmp_path):
        answer = app.test_client().get("/api/v1/check?address=192.0.2.1", headers={"Authorization": "Bearer gp_x"})
        plain = app.test_client().get("/lists/standard.txt", headers={"Authorization": "Bearer gp_x"})

    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert answer.json and answer.json["detail"].startswith(GONE) and int(answer.headers["Retry-After"]) > 0
    assert (plain.status_code, plain.content_type) == (503, "text/plain; charset=utf-8")


def test_only_the_operator_reads_where_the_database_is(
    ada: Browser, olga: Browser, store: Store, tmp_path: Path
) -> None:
    store.database.execute_sql('ALTER TABLE "sender_rule" RENAME TO "lost"')
    try:
        for browser, is_told in ((ada, False), (olga, True)):
            answer = browser.get("/policy")
            assert_told(answer, "lacks what this page shows")
            assert (str(tmp_path) in answer.text) == is_told
    finally:
        store.database.execute_sql('ALTER TABLE "lost" RENAME TO "sender_rule"')


@pytest.fixture
def acmes(cast: Cast, app_context: AppContext) -> Belongings:
    return belong(cast, app_context)


def test_every_page_is_shown_though_nothing_can_be_written(
    app: Flask, acmes: Belongings, olga: Browser, store: Store, clock: Clock, tmp_path: Path
) -> None:
    """Two minutes later, so that it is due to write when the reader was last seen."""
    pages = [route for route in routes(app) if route.reads and route.endpoint not in ("api.document", "readiness.show")]
    before = {route.name: olga.get(route.address(acmes)).status_code for route in pages}
    clock.advance(minutes=2)
    assert set(before.values()) >= {200}

    with not_to_be_written(store):
        during = {route.name: olga.get(route.address(acmes)).status_code for route in pages}
    assert during == before
    clock.advance(minutes=2)
    with held(tmp_path):
        for path in ("/", "/policy", "/installation/system", "/report/queries-per-hour"):
            assert olga.get(path).status_code in (200, 404), path


def test_a_call_of_the_api_is_answered_though_nobody_can_write_when_its_token_was_used(
    app: Flask, cast: Cast, store: Store, app_context: AppContext
) -> None:
    [ada] = [one for one in users.all_users() if one.email == ADA]
    _, secret = tokens.create(ada, "a program", list(SCOPES), 30, NOON)
    with not_to_be_written(store):
        answer = app.test_client().get("/api/v1/check?address=192.0.2.1", headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 200
    assert others(ApiToken).get().last_used_at is None


def test_every_address_answers_while_the_database_is_gone(
    app: Flask, acmes: Belongings, olga: Browser, visitor: Browser, store: Store, tmp_path: Path
) -> None:
    found = [(route, route.address(acmes)) for route in routes(app)]
    with gone(store, tmp_path):
        for browser in (olga, visitor):
            for route, address in found:
                answer = browser.client.open(address, method=route.method, buffered=True)
                assert_well_behaved(route, answer)
                if browser is olga and route.reads and not route.public:
                    assert answer.status_code == 503, route.name


def test_every_form_answers_while_nothing_can_be_written(
    app: Flask, acmes: Belongings, olga: Browser, store: Store
) -> None:
    sent = [(route, route.address(acmes)) for route in routes(app) if not route.reads]
    assert len(sent) > 50
    app.config["WTF_CSRF_ENABLED"] = False
    with not_to_be_written(store):
        for route, address in sent:
            if route.endpoint != "login.leave":
                answer = olga.client.open(address, method=route.method, buffered=True)
                assert_well_behaved(route, answer)


def test_what_was_typed_stands_in_the_form_beside_the_sentence(ada: Browser, cast: Cast, tmp_path: Path) -> None:
    before = others(Organization).count()
    with held(tmp_path):
        answer = ada.send("/policy", sender="198.51.100.0/24", list="blocked", note="from the fair")

    assert_told(answer, "Another program holds the database of this installation")
    assert "Nothing was changed: send the form again in a few seconds." in words(answer)
    assert "198.51.100.0/24" in answer.text and "from the fair" in answer.text
    assert others(Organization).count() == before


def test_a_request_for_removal_keeps_its_text(listed: None, visitor: Browser, tmp_path: Path) -> None:
    with held(tmp_path):
        answer = visitor.send(
            "/lookup", f"/lookup?address={LISTED}", address=LISTED, email="eve@example.net", reason="It was a bot."
        )

    assert_told(answer, "Another program holds the database of this installation")
    assert "It was a bot." in answer.text and 'value="eve@example.net"' in answer.text


def test_a_change_that_is_saved_is_said_to_be_though_it_cannot_be_published_yet(
    ada: Browser, app_context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> list[str]:
        raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(app_context.publisher, "catch_up", away)

    assert ada.send("/policy", sender="198.51.100.0/24", list="blocked").status_code == 303
    assert [fault.name for fault in faults.standing()] == [trouble.DATABASE]


def test_a_page_tells_the_room_of_faults(ada: Browser, store: Store, tmp_path: Path) -> None:
    with gone(store, tmp_path):
        ada.get("/")

    [fault] = faults.standing()
    assert (fault.name, fault.since) == (trouble.DATABASE, NOON)
    health.look(NOON + 5)
    assert faults.standing() == []


def test_a_page_that_asks_for_nothing_opens_no_connection(store: Store, visitor: Browser) -> None:
    contexts = list(store.database._state.ctx)
    store.database.close()
    for path in ("/help", "/static/portal.css", "/readyz", "/lookup"):
        visitor.get(path)
        assert store.database.is_closed(), path
    visitor.get("/criteria")
    assert store.database.is_closed(), "it is given back"
    store.database.connect()
    store.database._state.ctx = contexts


def test_a_fault_stands_on_general_for_the_operator_with_what_to_do(ada: Browser, olga: Browser) -> None:
    faults.raised("feed:<b>drop</b>", "Feed <b>drop</b>: not found. See `feed list`.", NOON - 60)
    assert "Not well now: feed:<b>drop</b> , since 21 Sep 2026, 11:59 : Feed <b>drop</b>" in words(olga.get("/"))
    assert "<b>drop" not in olga.get("/").text and "<code>feed list</code>" in olga.get("/").text
    assert "not well" not in words(ada.get("/")), "a feed has its row there"

    faults.raised(trouble.WRITES, "/secret/place is full.", NOON)
    assert "This installation is not well at the moment" in words(ada.get("/"))
    assert "/secret/place" not in ada.get("/").text and "/secret/place" in olga.get("/").text
    for number in range(10):
        faults.raised(f"job:{number}", "It fails.", NOON)
    assert "And 7 faults more." in words(olga.get("/"))


def test_system_shows_every_fault(olga: Browser) -> None:
    assert "Nothing is known to be wrong" in content(olga.get("/installation/system"))
    faults.raised("disk:/data", "The disk has <1> MB left.", NOON - 3600)

    assert "disk:/data since 21 Sep 2026, 11:00 21 Sep 2026, 11:00 The disk has <1> MB left. 1 h ago" in content(
        olga.get("/installation/system")
    )


def test_readiness_names_kinds_of_faults_and_nothing_of_them(
    visitor: Browser, cast: Cast, app_context: AppContext
) -> None:
    app_context.publisher.catch_up(NOON)
    faults.raised("feed:secret list", "https://secret.example/?key=1 is not found.", NOON - 60)
    faults.raised("feed:other", "Refused.", NOON)
    faults.raised(trouble.WRITES, "/secret/place is full.", NOON)

    answer = visitor.get("/readyz")

    assert answer.status_code == 200 and answer.json, "a fault makes nobody unready"
    assert answer.json["faults"] == [
        {"kind": "feed", "since": "2026-09-21T11:59:00Z", "count": 2},
        {"kind": "database writes", "since": "2026-09-21T12:00:00Z", "count": 1},
    ]
    assert "secret" not in answer.text


def test_whoever_was_seen_is_written_again_once_it_can_be(ada: Browser, store: Store, clock: Clock) -> None:
    clock.advance(minutes=2)
    with not_to_be_written(store):
        assert ada.get("/").status_code == 200
    assert others(Session).get().seen_at == NOON
    assert ada.get("/").status_code == 200
    assert others(Session).get().seen_at == NOON + 120
