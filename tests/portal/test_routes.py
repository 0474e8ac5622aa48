"""Every route of the portal, also those that come later: who is let in, who may send, and who sees what.

The walk reads the URL map. A route with a place that it cannot fill makes it fail, and says what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from portal.guesses import Guesses
from portal.limits import limiter
from reputation.customers import tokens, users
from reputation.customers.tokens import OPERATOR_SCOPES, SCOPES
from tests.conftest import NOON, Cast
from tests.portal.belongings import Belongings, belong, owned
from tests.portal.conftest import PASSWORD, Browser
from tests.portal.walking import Form, Offered, Route, routes

# What visitors may open. Whoever opens a view in portal/screens.py says so here too.
PUBLIC = {
    "criteria.show",
    "exchange_files.document", "exchange_files.batch",
    "first_run.show", "first_run.save",
    "help.index", "help.show",
    "firewall_lists.fetch",  # with a token in its address
    "login.show", "login.enter", "login.ask_code", "login.enter_code",
    "lookup.show", "lookup.ask", "lookup.follow",
    "news_feed.show", "release_news.item", "spam_news.item",
    "one_time_link.invitation", "one_time_link.accept", "one_time_link.new_password", "one_time_link.choose_password",
    "password.strength",
    "readiness.show",
    "well_known.repute_template",
}  # fmt: skip
API = "api."  # its calls have no session: they are public here, and want a token
WITHOUT_TOKEN = {"api.document", "api.text"}


@pytest.fixture(autouse=True)
def unhurried(app: Flask) -> Iterator[None]:
    """Nobody is slowed down for asking often: the walk asks for everything."""
    limiter.enabled = Guesses.enabled = False
    yield
    limiter.enabled = Guesses.enabled = True


@pytest.fixture
def acmes(cast: Cast, app_context: AppContext) -> Belongings:
    """Something of everything, Acme's."""
    return belong(cast, app_context)


def csrf_token(browser: Browser) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', browser.get("/check").text or "")
    found = found or re.search(r'name="csrf_token"[^>]* value="([^"]+)"', browser.get("/login").text)
    assert found, "no form to take a token from"
    return found[1]


def call(browser: Browser, route: Route, address: str, token: str = "", **headers: str) -> TestResponse:
    """As the browser would send it, with a token that is in force."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    data = None if route.reads else {"csrf_token": token}
    return browser.client.open(address, method=route.method, data=data, headers=named, buffered=True)


def test_what_is_open_to_visitors_is_written_down(app: Flask) -> None:
    open_ = {route.endpoint for route in routes(app) if route.public and not route.endpoint.startswith(API)}

    assert open_ == PUBLIC, "portal/screens.py and PUBLIC of this test disagree about what visitors may open"


def test_every_other_page_wants_a_login(app: Flask, acmes: Belongings, visitor: Browser) -> None:
    token = csrf_token(visitor)
    private = [route for route in routes(app) if not route.public]
    assert private
    for route in private:
        answer = call(visitor, route, route.address(acmes), token)
        assert (answer.status_code, answer.headers.get("Location", "")[:6]) == (303, "/login"), route.name

        part = call(visitor, route, route.address(acmes), token, HX_Request="true")
        assert (part.status_code, part.headers.get("HX-Redirect", "")[:6]) == (401, "/login"), route.name


def test_every_call_of_the_api_wants_a_token(app: Flask, acmes: Belongings, ada: Browser) -> None:
    calls = [route for route in routes(app) if route.endpoint.startswith(API) and route.endpoint not in WITHOUT_TOKEN]
    assert calls
    for route in calls:
        answer = call(ada, route, route.address(acmes))
        assert answer.status_code == 401, f"{route.name} lets a session in"


@pytest.mark.parametrize("who", ["ada", "vera", "boris"])
def test_pages_of_the_operator_are_not_there_for_anybody_else(
    app: Flask, acmes: Belongings, request: pytest.FixtureRequest, who: str
) -> None:
    browser: Browser = request.getfixturevalue(who)
    token = csrf_token(browser)
    operators = [route for route in routes(app) if route.operator]
    assert operators
    for route in operators:
        assert call(browser, route, route.address(acmes), token).status_code == 404, route.name


def test_the_operator_opens_every_page(app: Flask, acmes: Belongings, olga: Browser) -> None:
    pages = [route for route in routes(app) if route.operator and route.reads]
    assert pages
    for route in pages:
        assert call(olga, route, route.address(acmes)).status_code in (200, 303), route.name


def test_a_viewer_can_send_nothing(app: Flask, acmes: Belongings, vera: Browser) -> None:
    before, token = owned(acmes.organization), csrf_token(vera)
    sent = [route for route in routes(app) if not route.reads and not route.public and not route.own]
    assert sent
    for route in sent:
        answer = call(vera, route, route.address(acmes), token)
        assert answer.status_code == (404 if route.operator else 403), route.name

    assert owned(acmes.organization) == before


def test_a_viewer_sees_no_form_but_for_what_is_the_viewers_own(app: Flask, acmes: Belongings, vera: Browser) -> None:
    free = {
        (route.method, route.address(acmes)) for route in routes(app) if not route.reads and (route.public or route.own)
    }
    offered = [
        (form, address)
        for address in pages_of(app, acmes, vera)
        for form in Offered(address, vera.get(address).text).forms
        if form.method != "GET"
    ]
    assert offered, "a viewer may at least log out"
    for form, address in offered:
        assert (form.method, form.action) in free, f"{address} shows {form}"


def test_nobody_sees_another_organization(app: Flask, acmes: Belongings, ada: Browser, boris: Browser) -> None:
    seen = {address for route in readable(app) for address in (route.address(acmes),)}
    for address in pages_of(app, acmes, ada):
        seen |= Offered(address, ada.get(address).text).links

    assert len(seen) > len(readable(app)), "addresses of the table, and links that stand in pages"
    for address in sorted(seen):
        for answer in (boris.get(address), boris.fragment(address)):
            assert answer.status_code < 500, address
            assert_nothing_of(acmes, answer, unquote(address))


def test_what_nobody_else_sees_is_seen_by_its_owner(app: Flask, acmes: Belongings, ada: Browser) -> None:
    """Otherwise the test before would find nothing because there is nothing to find."""
    text = " ".join(ada.get(address).text for address in pages_of(app, acmes, ada)).lower()

    shown_once = {acmes.invitation_token, acmes.secret}
    assert [each for each in acmes.texts if each.lower() not in text and each not in shown_once] == []


def test_nobody_changes_another_organization(app: Flask, acmes: Belongings, ada: Browser, boris: Browser) -> None:
    forms = [form for address in pages_of(app, acmes, ada) for form in Offered(address, ada.get(address).text).forms]
    assert [form for form in forms if str(acmes.server) in form.fields.values()], "no form holds a number of Acme's"
    before, token = owned(acmes.organization), csrf_token(boris)

    sent: list[Form] = []
    for form in forms:
        if form.method != "GET" and not form.action.startswith(("/logout", "/administration/password")):
            sent.append(form)
            answer = send(boris, form, token)
            assert answer.status_code < 500, form
            assert_nothing_of(acmes, answer, f"the answer to the last of {sent}")  # some of it is Boris's own now
            assert owned(acmes.organization) == before, f"{form} was sent by Boris and changed something of Acme's"
    for route in routes(app):
        if not route.reads and not route.public and not route.operator and route.endpoint != "login.leave":
            answer = call(boris, route, route.address(acmes), token)
            assert answer.status_code < 500, route.name
            assert_nothing_of(acmes, answer, f"{route.name} after {sent}")
    assert sent
    assert owned(acmes.organization) == before


def test_a_token_tells_and_changes_nothing_of_another_organization(
    app: Flask, acmes: Belongings, cast: Cast, visitor: Browser
) -> None:
    bea = users.add("bea@basic.example", cast.basic.id, "operator", PASSWORD, NOON)
    _, secret = tokens.create(bea, "All", (*SCOPES, *OPERATOR_SCOPES), 30, NOON)
    before = owned(acmes.organization)
    for route in routes(app):
        if route.endpoint.startswith(API) or route.endpoint == "firewall_lists.fetch":
            answer = call(visitor, route, route.address(acmes), Authorization=f"Bearer {secret}")
            assert answer.status_code < 500, route.name
            assert_nothing_of(acmes, answer, route.name)
    for path, query in (
        ("rules", {"action": "blocked", "value": "203.0.113.202"}),
        ("mail-servers", {"network": "203.0.113.201"}),
        ("code-networks", {"network": "203.0.113.201"}),
    ):
        gone = visitor.client.delete(
            f"/api/v1/{path}", query_string=query, headers={"Authorization": f"Bearer {secret}"}
        )
        assert gone.status_code == 404, path

    assert owned(acmes.organization) == before


def readable(app: Flask) -> list[Route]:
    """The routes that a person opens."""
    return [route for route in routes(app) if route.reads and not route.endpoint.startswith(API)]


def pages_of(app: Flask, acmes: Belongings, browser: Browser) -> list[str]:
    """The addresses of the pages (and no files) that somebody may open."""
    addresses = (route.address(acmes) for route in readable(app) if not route.operator)
    answers = ((address, browser.get(address)) for address in addresses)
    return [address for address, answer in answers if answer.status_code == 200 and answer.mimetype == "text/html"]


def send(browser: Browser, form: Form, token: str) -> TestResponse:
    return browser.client.open(form.action, method=form.method, data={**form.fields, "csrf_token": token})


def assert_nothing_of(acmes: Belongings, answer: TestResponse, what: str) -> None:
    """No text of Acme's in the answer; but what `what` says that Boris has sent himself may stand there."""
    text = answer.text.lower()
    for own in acmes.texts:
        if own.lower() in what.lower():
            continue
        place = text.find(own.lower())
        assert place < 0, f"{what} tells of Acme: …{text[max(0, place - 80) : place + 80]}…"
