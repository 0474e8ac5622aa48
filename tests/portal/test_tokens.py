"""Administration > API Tokens."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from reputation.customers import tokens
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, Browser, Clock, content

PAGE = "/administration/api-tokens"
SECRET = re.compile(r'id="new-token"[^>]*>(gp_[^<]+)<')


def create(browser: Browser, **fields: str) -> TestResponse:
    return browser.send(PAGE, **{"name": "Ticket system", "scopes": "read", "days": "30", **fields})


def test_a_new_token_is_shown_once_and_works(ada: Browser, cast: Cast) -> None:
    answer = create(ada)
    first, second = ada.get(PAGE), ada.get(PAGE)

    assert (answer.status_code, answer.location) == (303, PAGE)
    shown = SECRET.search(first.text)
    assert shown
    found = tokens.bearer(shown[1], NOON)
    assert found and found.organization == cast.acme
    assert shown[1] not in second.text
    assert "Ticket system" in content(second)


def test_the_table_says_when_a_token_was_used_and_when_it_ends(ada: Browser, cast: Cast, clock: Clock) -> None:
    _, secret = tokens.create(cast.acme.id, "Monitor", ("read", "rules"), 0, NOON, ADA)
    assert "Monitor gp_" in content(ada.get(PAGE)) and "never never" in content(ada.get(PAGE))

    tokens.bearer(secret, NOON)
    clock.advance(minutes=5)

    assert "read, rules" in content(ada.get(PAGE)) and "5 min ago" in content(ada.get(PAGE))


def test_a_refusal_says_why_and_keeps_what_was_written(ada: Browser) -> None:
    answer = ada.send(PAGE, name="Ticket system", days="90")

    assert answer.status_code == 422
    assert "Choose what the token may do." in content(answer)
    assert 'value="Ticket system"' in answer.text


def test_a_token_without_a_name_is_refused(ada: Browser) -> None:
    answer = create(ada, name="")

    assert answer.status_code == 422
    assert "Give the token a name" in content(answer)


def test_a_revoked_token_ends_at_once(ada: Browser, cast: Cast) -> None:
    token, secret = tokens.create(cast.acme.id, "Monitor", ("read",), 0, NOON, ADA)

    assert ada.send(f"{PAGE}/revoke", page=PAGE, token=str(token.id)).status_code == 303

    assert tokens.bearer(secret, NOON) is None
    assert "The token Monitor is revoked" in content(ada.get(PAGE))


def test_nobody_sees_or_revokes_another_organizations_tokens(boris: Browser, cast: Cast) -> None:
    token, secret = tokens.create(cast.acme.id, "Monitor", ("read",), 0, NOON, ADA)

    assert "Monitor" not in content(boris.get(PAGE))
    answer = boris.send(f"{PAGE}/revoke", page=PAGE, token=str(token.id))
    assert answer.status_code == 422
    assert "There is no such token" in content(answer)
    assert tokens.bearer(secret, NOON)


def test_a_viewer_sees_the_tokens_and_changes_none(vera: Browser, cast: Cast) -> None:
    token, secret = tokens.create(cast.acme.id, "Monitor", ("read",), 0, NOON, ADA)
    page = vera.get(PAGE)

    assert "Monitor" in content(page)
    assert "An administrator of your organization can create and revoke tokens." in content(page)
    assert "Create token" not in page.text and "Revoke" not in page.text
    assert create(vera).status_code == 403
    assert vera.send(f"{PAGE}/revoke", page=PAGE, token=str(token.id)).status_code == 403
    assert tokens.bearer(secret, NOON)


def test_the_operator_alone_may_give_the_listings(ada: Browser, olga: Browser, cast: Cast) -> None:
    assert "the installation's own listings" not in ada.get(PAGE).text.replace("&#39;", "'")
    assert create(ada, scopes="listings").status_code == 422
    assert create(olga, scopes="listings").status_code == 303


def test_a_visitor_is_sent_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).status_code == 303


def test_an_empty_table_says_what_a_token_is_for(ada: Browser) -> None:
    assert "There is no token yet." in content(ada.get(PAGE))
