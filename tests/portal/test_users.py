"""Administration > Users, and the pages behind the links that it makes."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from reputation.customers import second_factor, users
from reputation.store.models import Letter, User
from tests.neighbour import others
from tests.portal.conftest import ADA, BORIS, OLGA, PASSWORD, VERA, Browser, Clock, content, logged_in
from tests.reputation.customers.test_second_factor import turned_on

PAGE = "/administration/users"
NEW = "another sentence, also quiet"


def number(email: str) -> str:
    return str(User.get(User.email == email).id)


def made_link(browser: Browser) -> str:
    """The path of the link that the page shows."""
    shown = re.search(r'<pre id="new-link"[^>]*>http://127.0.0.1(/[^<]+)</pre>', browser.get(PAGE).text)
    assert shown
    return shown[1]


def invite(browser: Browser, email: str = "eve@acme.example", role: str = "viewer") -> str:
    assert browser.send(f"{PAGE}/invite", page=PAGE, email=email, role=role).status_code == 303
    return made_link(browser)


def choose(browser: Browser, path: str, password: str = NEW, repeated: str = "") -> TestResponse:
    return browser.send(path, password=password, repeated=repeated or password)


def test_an_invited_person_chooses_a_password_and_is_in(ada: Browser, visitor: Browser) -> None:
    path = invite(ada, role="administrator")
    assert "eve@acme.example" in content(ada.get(PAGE)) and "Invited" in content(ada.get(PAGE))
    page = content(visitor.get(path))
    assert f"{ADA} invites you to Acme , as administrator" in page

    answer = choose(visitor, path)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "Welcome: you are an administrator of Acme." in content(visitor.get("/"))
    assert "Invited" not in content(ada.get(PAGE))


def test_the_link_is_shown_once_and_the_letter_waits(ada: Browser, app_context: AppContext) -> None:
    path = invite(ada)

    assert "new-link" not in ada.get(PAGE).text
    assert f"http://127.0.0.1{path}" in others(Letter).get().text


@pytest.mark.parametrize("path", ["/invitation/x", "/password/x"])
def test_a_wrong_or_spent_link_is_closed(visitor: Browser, ada: Browser, path: str) -> None:
    answer = visitor.get(path)

    assert answer.status_code == 410
    assert "This link is closed" in content(answer)


def test_an_invitation_works_once_and_for_seven_days(ada: Browser, app: Flask, clock: Clock) -> None:
    used, old = invite(ada), invite(ada, "fay@acme.example")
    assert choose(Browser(app.test_client()), used).status_code == 303
    assert Browser(app.test_client()).get(used).status_code == 410

    clock.advance(hours=7 * 24)

    assert Browser(app.test_client()).get(old).status_code == 410


@pytest.mark.parametrize(
    ("password", "repeated", "sentence"),
    [
        ("short", "short", "at least 12 characters"),
        (NEW, NEW + "!", "The two passwords differ"),
        ("", "", "Choose a password."),
        ("eve of acme at gatepost", "", "contains the email address"),
    ],
)
def test_a_refused_password_leaves_the_link_open(
    ada: Browser, visitor: Browser, password: str, repeated: str, sentence: str
) -> None:
    path = invite(ada)

    answer = choose(visitor, path, password, repeated)

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert visitor.get(path).status_code == 200


def test_an_invitation_that_is_withdrawn_opens_nothing(ada: Browser, visitor: Browser) -> None:
    path = invite(ada)
    link = re.search(r'name="invitation" value="(\d+)"', ada.get(PAGE).text)
    assert link

    ada.send(f"{PAGE}/withdraw", page=PAGE, invitation=link[1])

    assert visitor.get(path).status_code == 410
    assert ada.send(f"{PAGE}/withdraw", page=PAGE, invitation=link[1]).status_code == 404


@pytest.mark.parametrize(
    ("email", "role", "sentence"),
    [
        ("eve", "viewer", "is no email address"),
        (BORIS, "viewer", "has an account already"),
        ("eve@acme.example", "operator", "You cannot give the role"),
        ("", "viewer", "Write your email address."),
    ],
)
def test_an_invitation_that_cannot_be_says_why(ada: Browser, email: str, role: str, sentence: str) -> None:
    answer = ada.send(f"{PAGE}/invite", page=PAGE, email=email, role=role)

    assert answer.status_code == 422
    assert sentence in content(answer)


def test_a_forgotten_password_is_replaced_and_the_second_step_stays(
    app: Flask, ada: Browser, vera: Browser, visitor: Browser, clock: Clock
) -> None:
    phone, _ = turned_on(users.with_email(VERA), clock.now)
    ada.send(f"{PAGE}/password-link", page=PAGE, user=number(VERA))
    path = made_link(ada)

    answer = choose(visitor, path)

    assert answer.location == "/login"
    assert vera.get("/").location == "/login"  # every session is over
    assert visitor.log_in(VERA, PASSWORD).status_code == 422
    assert visitor.log_in(VERA, NEW).location == "/login/code"
    clock.advance(minutes=1)
    assert visitor.send("/login/code", code=phone.at(clock.now)).status_code == 303


def test_a_role_is_changed_and_changed_back(ada: Browser, vera: Browser) -> None:
    assert vera.send("/administration/users/invite", page="/", email="x@acme.example", role="viewer").status_code == 403

    ada.send(f"{PAGE}/role", page=PAGE, user=number(VERA), role="administrator")
    page = ada.get(PAGE)

    assert "vera@acme.example is an administrator from now on." in content(page)
    assert re.search(r'action="/administration/users/role">.*?name="role" value="viewer".*?Undo', page.text, re.DOTALL)
    assert vera.send(f"{PAGE}/invite", page=PAGE, email="x@acme.example", role="viewer").status_code == 303


def test_who_is_deactivated_is_out_at_once_and_may_come_back(app: Flask, ada: Browser, vera: Browser) -> None:
    ada.send(f"{PAGE}/deactivate", page=PAGE, user=number(VERA))

    assert "Deactivated" in content(ada.get(PAGE))
    assert vera.get("/").location == "/login"

    ada.send(f"{PAGE}/reactivate", page=PAGE, user=number(VERA))

    assert logged_in(app, VERA).get("/").status_code == 200


def test_lost_app_the_second_step_is_turned_off(ada: Browser, clock: Clock) -> None:
    turned_on(users.with_email(VERA), clock.now)
    assert "Turn two-step login off" in content(ada.get(PAGE))

    ada.send(f"{PAGE}/two-step-off", page=PAGE, user=number(VERA))

    assert not second_factor.is_on(users.with_email(VERA).id)


def test_the_own_account_and_an_operators_are_out_of_reach(ada: Browser) -> None:
    text = content(ada.get(PAGE))
    assert text.count("Change…") == 1  # Vera's

    for email in (ADA, OLGA):
        for act in ("role", "deactivate", "password-link", "two-step-off"):
            answer = ada.send(f"{PAGE}/{act}", page=PAGE, user=number(email), role="viewer")
            assert answer.status_code == 422, (email, act)
    assert User.get(User.email == OLGA).active


def test_an_operator_makes_operators(olga: Browser) -> None:
    assert "Operator</option>" in olga.get(PAGE).text

    assert olga.send(f"{PAGE}/role", page=PAGE, user=number(VERA), role="operator").status_code == 303

    assert User.get(User.email == VERA).role == "operator"


def test_people_of_another_organization_do_not_exist(ada: Browser, boris: Browser, olga: Browser) -> None:
    assert ADA not in content(boris.get(PAGE))
    for browser in (ada, olga):
        for act in ("role", "deactivate", "reactivate", "password-link", "two-step-off"):
            assert browser.send(f"{PAGE}/{act}", page=PAGE, user=number(BORIS), role="viewer").status_code == 404


def test_a_viewer_sees_the_people_and_no_form(vera: Browser, ada: Browser) -> None:
    page = vera.get(PAGE)

    assert ADA in content(page)
    assert "An administrator of your organization can invite people" in content(page)
    main = re.search(r"<main.*</main>", page.text, re.DOTALL)
    assert main and "<form" not in main[0]


def test_who_is_logged_in_as_somebody_else_accepts_as_the_invited(ada: Browser, boris: Browser) -> None:
    path = invite(ada)

    choose(boris, path)

    assert "eve@acme.example" in boris.get("/").text
