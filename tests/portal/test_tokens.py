"""Administration > API Tokens."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from reputation.customers import tokens, user_admin, users
from reputation.customers.tokens import Token
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, OLGA, PASSWORD, VERA, Browser, Clock, content

PAGE = "/administration/api-tokens"
SECRET = re.compile(r'id="new-token"[^>]*>(gp_[^<]+)<')


def monitor(*scopes: str, of: str = ADA) -> tuple[Token, str]:
    return tokens.create(users.with_email(of), "Monitor", scopes or ("read",), 0, NOON)


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
    _, secret = monitor("read", "rules")
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
    token, secret = monitor()

    assert ada.send(f"{PAGE}/revoke", page=PAGE, token=str(token.id)).status_code == 303

    assert tokens.bearer(secret, NOON) is None
    assert "The token Monitor is revoked" in content(ada.get(PAGE))


def test_nobody_sees_or_revokes_another_organizations_tokens(boris: Browser, cast: Cast) -> None:
    token, secret = monitor()

    assert "Monitor" not in content(boris.get(PAGE))
    answer = boris.send(f"{PAGE}/revoke", page=PAGE, token=str(token.id))
    assert answer.status_code == 422
    assert "There is no such token" in content(answer)
    assert tokens.bearer(secret, NOON)


def test_a_viewer_sees_the_tokens_and_changes_none(vera: Browser, cast: Cast) -> None:
    token, secret = monitor()
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


def test_the_table_says_whose_each_token_is_and_which_ended_with_a_role(
    ada: Browser, olga: Browser, cast: Cast
) -> None:
    tokens.create(users.with_email(OLGA), "Traps", ("read", "listings"), 0, NOON)
    monitor("rules")
    page = content(olga.get(PAGE))
    assert f"read, listings {OLGA} you, made" in page and f"rules {ADA} made" in page and "Ended" not in page

    users_page = "/administration/users"
    dismissed = olga.send(f"{users_page}/deactivate", page=users_page, user=str(users.with_email(ADA).id))
    assert dismissed.status_code == 303
    assert "What uses the API token Monitor may do less now, or nothing" in content(olga.get(users_page))
    assert "Ended: the account is deactivated" in content(olga.get(PAGE))


def test_a_token_that_lost_a_scope_says_which(ada: Browser, olga: Browser, cast: Cast) -> None:
    monitor("read", "rules")
    users_page = "/administration/users"

    olga.send(f"{users_page}/role", page=users_page, user=str(users.with_email(ADA).id), role="viewer")

    assert "Monitor may do less now" in content(olga.get(users_page))
    assert "read no longer rules: not in this role" in content(olga.get(PAGE))


def test_another_administrator_revokes_a_token_that_has_ended(ada: Browser, cast: Cast) -> None:
    token, _ = monitor(of=OLGA)
    users.add("ole@basic.example", cast.basic.id, "operator", PASSWORD, NOON)
    user_admin.deactivate(users.with_email("ole@basic.example"), users.with_email(OLGA), NOON)
    assert "Ended: the account is deactivated" in content(ada.get(PAGE))

    ada.send(f"{PAGE}/revoke", page=PAGE, token=str(token.id))

    assert "Ended" not in content(ada.get(PAGE)) and tokens.tokens(cast.acme.id) == []


def test_the_people_page_says_nothing_of_tokens_where_none_has_lost_anything(olga: Browser, cast: Cast) -> None:
    monitor("read", of=VERA)
    users_page = "/administration/users"

    olga.send(f"{users_page}/role", page=users_page, user=str(users.with_email(VERA).id), role="administrator")

    assert "API token" not in content(olga.get(users_page)).split("from now on.")[1][:80]


def test_a_visitor_is_sent_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).status_code == 303


def test_an_empty_table_says_what_a_token_is_for(ada: Browser) -> None:
    assert "There is no token yet." in content(ada.get(PAGE))
