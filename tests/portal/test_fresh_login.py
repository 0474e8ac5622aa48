"""The password once more, before a change that gives somebody access."""

from __future__ import annotations

import re

from reputation.store.models import ApiToken, AuditEntry, OneTimeLink
from tests.neighbour import others
from tests.portal.conftest import ADA, PASSWORD, Browser, Clock, content

TOKENS, USERS = "/administration/api-tokens", "/administration/users"


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def test_soon_after_the_login_nobody_is_asked(ada: Browser, clock: Clock) -> None:
    clock.advance(minutes=14)

    assert ada.send(f"{USERS}/invite", USERS, email="new@acme.example", role="viewer").status_code == 303


def test_later_the_page_asks_and_what_was_filled_in_is_sent_with_the_password(ada: Browser, clock: Clock) -> None:
    clock.advance(minutes=15)
    asked = ada.send(f"{USERS}/invite", USERS, email="new@acme.example", role="viewer")

    assert asked.status_code == 403 and "write your password once more" in content(asked)
    assert not others(OneTimeLink).exists()
    kept = hidden(asked.text)
    assert {"email": "new@acme.example", "role": "viewer"}.items() <= kept.items()
    done = ada.client.post(f"{USERS}/invite", data={**kept, "present_again": PASSWORD})

    assert (done.status_code, done.location) == (303, USERS)
    assert others(OneTimeLink).get().email == "new@acme.example"
    assert ada.send(f"{USERS}/invite", USERS, email="b@acme.example", role="viewer").status_code == 303, "asked once"


def test_a_field_with_several_values_keeps_all_of_them(ada: Browser, clock: Clock) -> None:
    clock.advance(hours=1)
    token = hidden(ada.get(TOKENS).text)["csrf_token"]
    form = [("csrf_token", token), ("name", "ci"), ("scopes", "read"), ("scopes", "rules"), ("days", "30")]
    asked = ada.client.post(TOKENS, data={"csrf_token": token, "name": "ci", "scopes": ["read", "rules"], "days": "30"})

    assert asked.status_code == 403
    for name, value in form[1:]:
        assert f'<input type="hidden" name="{name}" value="{value}"' in asked.text
    assert not others(ApiToken).exists()


def test_a_wrong_password_does_nothing_is_noted_and_is_no_way_to_guess(ada: Browser, clock: Clock) -> None:
    clock.advance(hours=1)
    form = {"email": "new@acme.example", "role": "viewer", "present_again": "not the password"}
    statuses = [ada.send(f"{USERS}/invite", USERS, **form).status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]
    assert not others(OneTimeLink).exists()
    failed = others(AuditEntry).where(AuditEntry.what == "Login failed: wrong password")
    assert failed.count() == 10 and failed.first().who == ADA


def test_what_a_form_holds_is_shown_as_text(ada: Browser, clock: Clock) -> None:
    clock.advance(hours=1)
    asked = ada.send(f"{USERS}/invite", USERS, email='"><script>alert(1)</script>', role="viewer")

    assert "<script>alert" not in asked.text


def test_what_gives_nobody_access_is_not_asked_for(ada: Browser, clock: Clock) -> None:
    clock.advance(hours=1)
    answer = ada.send("/administration/password/time-zone", "/administration/password", zone="Europe/Vienna")

    assert answer.status_code == 303


def test_an_operator_is_asked_before_somebody_is_invited_to_another_organization(olga: Browser, clock: Clock) -> None:
    clock.advance(hours=1)
    page = olga.get("/installation/organizations").text
    number = re.search(r"/installation/organizations/(\d+)", page)
    assert number
    path = f"/installation/organizations/{number[1]}"
    asked = olga.send(f"{path}/invite", path, email="new@acme.example", role="administrator")

    assert asked.status_code == 403 and not others(OneTimeLink).exists()
