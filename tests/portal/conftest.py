"""The portal over a real data folder, with a clock that is held, and the people who use it.

Ada administers Acme (advanced), Vera may only look, and Boris administers Basic (standard). Olga, of Acme, operates the
installation. Each logs in by the form.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal import create_app
from portal.app_context import AppContext, FirstRunLink
from reputation.counting.delivery import Delivery
from reputation.customers import users
from reputation.publisher import Publisher
from reputation.store.db import SQLITE_NAME, Store, open_store
from reputation.verdict.counters import Counters
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import MIGRATIONS, NOON, Cast, leave_the_neighbour_alone, make_cast, make_passwords_cheap, start_of
from tests.portal import compiled_once

compiled_once.share()

PASSWORD = "a quiet sentence works"
ADA, VERA, BORIS, OLGA = "ada@acme.example", "vera@acme.example", "boris@basic.example", "olga@acme.example"
TOKEN = "a-token-that-was-printed"


@dataclass
class Clock:
    """The portal's time, which passes only when a test says so."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now

    def advance(self, hours: int = 0, minutes: int = 0, seconds: int = 0) -> None:
        self.now += hours * 3600 + minutes * 60 + seconds


@dataclass
class Browser:
    """A client that fills in forms as a person does: it opens the page and sends what stands in it."""

    client: FlaskClient

    def get(self, path: str, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.get(path, headers=named, buffered=True)

    def fragment(self, path: str) -> TestResponse:
        """As htmx asks."""
        return self.get(path, HX_Request="true", HX_Current_URL=f"http://localhost{path}")

    def send(self, path: str, page: str = "", **fields: str) -> TestResponse:
        """Send a form to `path` with the CSRF token of `page`, which is where the form stands."""
        hidden = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', self.get(page or path).text)
        assert hidden, f"no form on {page or path}"
        return self.client.post(path, data={"csrf_token": hidden[1], **fields})

    def log_in(self, email: str, password: str = PASSWORD, path: str = "/login") -> TestResponse:
        return self.send(path, email=email, password=password)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    make_passwords_cheap(monkeypatch)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """A migrated SQLite data folder in which only the neighbour lives."""
    shutil.copy(migrated / start_of(request) / SQLITE_NAME, tmp_path)
    opened = open_store("", tmp_path, MIGRATIONS)
    with opened.database.connection_context():
        yield opened
        leave_the_neighbour_alone(opened, request)
    opened.close()


@pytest.fixture
def app_context(store: Store, tmp_path: Path, clock: Clock) -> AppContext:
    """The house of a new installation: nobody is in it, and nothing is published."""
    live = Live()
    return AppContext(
        publisher=Publisher(live, lambda: EMPTY, lambda _: EMPTY, "http://127.0.0.1/lookup?address="),
        live=live,
        counts=Delivery(Counters()),
        zone="rep.example",
        data=tmp_path,
        lookup_url="http://127.0.0.1",
        dns_addresses=["127.0.0.1:5300"],
        dns_runs="compiled",
        started_at=NOON - 7200,
        secret_key="k" * 64,
        first_run=FirstRunLink(TOKEN),
        clock=clock,
    )


@pytest.fixture
def app(app_context: AppContext) -> Flask:
    return create_app(app_context)


@pytest.fixture
def cast(store: Store, app_context: AppContext) -> Cast:
    """Acme and Basic with their people, published."""
    made = make_cast()
    users.add(ADA, made.acme.id, "administrator", PASSWORD, NOON)
    users.add(VERA, made.acme.id, "viewer", PASSWORD, NOON)
    users.add(BORIS, made.basic.id, "administrator", PASSWORD, NOON)
    users.add(OLGA, made.acme.id, "operator", PASSWORD, NOON)
    app_context.publisher.catch_up(NOON)
    return made


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody who is not logged in."""
    return Browser(app.test_client())


@pytest.fixture
def ada(app: Flask, cast: Cast) -> Browser:
    return logged_in(app, ADA)


@pytest.fixture
def vera(app: Flask, cast: Cast) -> Browser:
    return logged_in(app, VERA)


@pytest.fixture
def boris(app: Flask, cast: Cast) -> Browser:
    return logged_in(app, BORIS)


@pytest.fixture
def olga(app: Flask, cast: Cast) -> Browser:
    return logged_in(app, OLGA)


def logged_in(app: Flask, email: str, password: str = PASSWORD) -> Browser:
    browser = Browser(app.test_client())
    assert browser.log_in(email, password).status_code == 303
    return browser


def words(response: TestResponse) -> str:
    """The text of a page as a reader sees it: without markup, spaces run together."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def content(response: TestResponse) -> str:
    """The text of a page's main part."""
    main = re.search(r"<main.*?</main>", response.text, re.DOTALL)
    assert main, "the page has no main part"
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main[0])).split())
