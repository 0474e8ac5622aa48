"""The one-time link of a new installation."""

from __future__ import annotations

import pytest

from portal.app_context import AppContext, FirstRunLink
from reputation.customers import organizations, users
from tests.conftest import NOON
from tests.portal.conftest import PASSWORD, TOKEN, Browser, content

pytestmark = pytest.mark.alone("the first run is over once somebody is there")
LINK = f"/first-run/{TOKEN}"
FIELDS = {
    "organization": "Acme",
    "subscription": "advanced",
    "email": "ann@acme.example",
    "password": PASSWORD,
    "repeated": PASSWORD,
}


def test_it_makes_the_organization_and_logs_its_first_person_in(visitor: Browser) -> None:
    answer = visitor.send(LINK, **FIELDS)

    assert (answer.status_code, answer.location) == (303, "/")
    page = visitor.get("/")
    assert page.status_code == 200
    assert "Acme" in page.text and "ann@acme.example" in page.text
    assert [customer.subscription for customer in organizations.all_organizations()] == ["advanced"]


def test_its_activation_code_is_in_dns_before_the_page_answers(visitor: Browser, app_context: AppContext) -> None:
    visitor.send(LINK, **FIELDS)

    snapshot = app_context.live.current
    assert snapshot is not None
    assert len(snapshot.policies.codes) == 1


def test_it_works_once(visitor: Browser, app_context: AppContext) -> None:
    visitor.send(LINK, **FIELDS)
    visitor.client.delete_cookie("gatepost_session")

    again = visitor.get(LINK)

    assert again.status_code == 410
    assert app_context.first_run.path == ""
    assert "Log in" in content(again) and 'href="/login"' in again.text


def test_a_wrong_link_and_a_spent_one_look_the_same(visitor: Browser) -> None:
    visitor.send(LINK, **FIELDS)
    visitor.client.delete_cookie("gatepost_session")

    assert content(visitor.get(LINK)) == content(visitor.get("/first-run/made-up"))


def test_a_form_that_was_left_open_makes_no_second_organization(visitor: Browser) -> None:
    late = Browser(visitor.client.application.test_client())
    token = late.get(LINK).text.split('name="csrf_token" value="')[1].split('"')[0]
    visitor.send(LINK, **FIELDS)

    answer = late.client.post(LINK, data={"csrf_token": token, **FIELDS, "organization": "Evil"})

    assert answer.status_code == 410
    assert [customer.name for customer in organizations.all_organizations()] == ["Acme"]


def test_it_is_dead_when_the_command_line_made_an_account(visitor: Browser) -> None:
    customer, _ = organizations.add("Acme", "standard", NOON)
    users.add("ann@acme.example", customer.id, "operator", PASSWORD, NOON)

    assert visitor.get(LINK).status_code == 410


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("organization", "", "Write the name of your organization."),
        ("organization", "x" * 201, "Use at most 200 characters."),
        ("email", "ann", "is no email address"),
        ("email", "", "Write your email address."),
        ("password", "short", "at least 12 characters"),
        ("password", "aaaaaaaaaaaaaaaaa", "repeats too few characters"),
        ("repeated", "another sentence", "The two passwords differ"),
        ("subscription", "free", "Not a valid choice"),
    ],
)
def test_a_wrong_field_is_named_and_the_rest_is_kept(visitor: Browser, field: str, value: str, sentence: str) -> None:
    answer = visitor.send(LINK, **{**FIELDS, field: value})

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert 'aria-invalid="true"' in answer.text or field == "subscription"
    assert not users.any_users()
    if field != "organization":
        assert 'value="Acme"' in answer.text


def test_a_closed_link_opens_for_nothing() -> None:
    assert not FirstRunLink().opens("")
    assert not FirstRunLink("secret").opens("")
    assert FirstRunLink("secret").opens("secret")
    assert FirstRunLink.issue().path != FirstRunLink.issue().path
