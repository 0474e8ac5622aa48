"""Lists for firewalls: under a token, conditional, and no more than its organization may ask."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal.app_context import AppContext
from reputation.customers import tokens, user_admin, users
from reputation.intake import listings
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, BORIS, OLGA, Browser, Clock, content


@pytest.fixture
def client(app: Flask, app_context: AppContext, cast: Cast) -> FlaskClient:
    listings.add("203.0.113.0/24", "standard", "KSS", 3600, "Spam run", NOON)
    listings.add("198.51.100.7", "dynamic", "ETL", 600, "Seen", NOON)
    app_context.publisher.catch_up(NOON)
    return app.test_client()


def token(email: str, *scopes: str) -> dict[str, str]:
    _, secret = tokens.create(users.with_email(email), "firewall", scopes or ("feeds",), 0, NOON)
    return {"Authorization": f"Bearer {secret}"}


def test_a_list_is_sent_and_then_only_when_it_has_changed(
    client: FlaskClient, app_context: AppContext, clock: Clock, cast: Cast
) -> None:
    headers = token(ADA)
    first = client.get("/lists/standard.plain", headers=headers)
    assert (first.status_code, first.text.splitlines()[1:]) == (200, ["203.0.113.0/24"])
    assert first.headers["Cache-Control"] == "private, max-age=60"
    assert first.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert re.fullmatch(r"attachment; filename=[\w.-]+\.txt", first.headers["Content-Disposition"])
    headers["If-None-Match"] = first.headers["ETag"]

    clock.advance(minutes=5)
    assert client.get("/lists/standard.plain", headers=headers).status_code == 304
    listings.add("203.0.112.0/24", "standard", "KSS", 3600, "Spam run", clock.now)
    app_context.publisher.catch_up(clock.now)
    assert "203.0.112.0/24" in client.get("/lists/standard.plain", headers=headers).text
    clock.advance(hours=2)
    assert client.get("/lists/standard.plain", headers=headers).text.count("\n") == 1, "all have ended"


def test_a_firewall_without_bearer_tokens_sends_it_as_a_password(client: FlaskClient, cast: Cast) -> None:
    secret = token(ADA)["Authorization"].removeprefix("Bearer ")

    assert client.get("/lists/dynamic.nft", auth=("any", secret)).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status", "says"),
    [
        ({}, 401, "scope feeds"),
        ({"Authorization": "Bearer gp_wrong"}, 401, "scope feeds"),
        ({"Authorization": "x"}, 401, "scope"),
    ],
)
def test_without_a_token_nothing_is_sent(client: FlaskClient, headers: dict[str, str], status: int, says: str) -> None:
    response = client.get("/lists/standard.plain", headers=headers)

    assert response.status_code == status and says in response.text and "203.0.113" not in response.text
    assert "Basic" in response.headers["WWW-Authenticate"]


def test_a_token_needs_the_scope_and_the_subscription(client: FlaskClient, cast: Cast) -> None:
    assert client.get("/lists/standard.plain", headers=token(ADA, "read")).status_code == 403
    basic = token(BORIS)
    assert client.get("/lists/standard.plain", headers=basic).status_code == 200
    refused = client.get("/lists/dynamic.plain", headers=basic)
    assert refused.status_code == 403 and "advanced subscription" in refused.text


def test_a_dismissed_persons_firewall_gets_no_list(client: FlaskClient, cast: Cast) -> None:
    headers = token(ADA)
    secret = headers["Authorization"].removeprefix("Bearer ")
    assert client.get("/lists/standard.plain", headers=headers).status_code == 200

    user_admin.deactivate(users.with_email(OLGA), users.with_email(ADA), NOON)

    for response in (
        client.get("/lists/standard.plain", headers=headers),
        client.get("/lists/standard.plain", auth=("any", secret)),
    ):
        assert response.status_code == 401 and "203.0.113" not in response.text


def test_a_viewers_firewall_goes_on(client: FlaskClient, cast: Cast) -> None:
    headers = token(ADA)

    user_admin.change_role(users.with_email(OLGA), users.with_email(ADA), "viewer", NOON)

    assert client.get("/lists/standard.plain", headers=headers).status_code == 200


def test_the_page_names_the_lists_of_the_subscription(ada: Browser, boris: Browser) -> None:
    for browser, dynamic in ((ada, True), (boris, False)):
        page = browser.get("/lists").text
        assert "/lists/standard.plain" in page and ("/lists/dynamic.plain" in page) == dynamic
        assert ("?level=1" in page) == dynamic


@pytest.mark.parametrize("path", ["standard.xml", "other.plain", "standard.plain?version=5", "dynamic.plain?level=9"])
def test_a_list_that_there_is_not_is_not_found(client: FlaskClient, cast: Cast, path: str) -> None:
    assert client.get(f"/lists/{path}", headers=token(ADA)).status_code == 404


def test_the_page_has_an_address_for_each_form(ada: Browser) -> None:
    page = content(ada.get("/lists"))

    for form in ("plain", "csv", "rbldnsd", "nft", "ipset", "mikrotik"):
        assert f"/lists/standard.{form}" in page and f"/lists/dynamic.{form}" in page
