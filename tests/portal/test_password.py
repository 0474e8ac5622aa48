"""Administration > Password."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.conftest import Cast
from tests.portal.conftest import ADA, PASSWORD, Browser, Clock, content, logged_in

PAGE = "/administration/password"
NEW = "another sentence, also quiet"


def test_a_new_password_holds_from_now_on(ada: Browser, visitor: Browser) -> None:
    answer = ada.send(PAGE, present=PASSWORD, new=NEW, repeated=NEW)

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "The password is changed." in content(ada.get(PAGE))
    assert visitor.log_in(ADA).status_code == 422
    assert visitor.log_in(ADA, NEW).status_code == 303


def test_the_other_sessions_of_the_account_end_and_this_one_goes_on(app: Flask, ada: Browser) -> None:
    elsewhere = logged_in(app, ADA)

    ada.send(PAGE, present=PASSWORD, new=NEW, repeated=NEW)

    assert ada.get("/").status_code == 200
    assert elsewhere.get("/").location == "/login"


def test_a_viewer_may_change_the_own_password(vera: Browser) -> None:
    assert vera.send(PAGE, present=PASSWORD, new=NEW, repeated=NEW).status_code == 303


@pytest.mark.parametrize(
    ("present", "new", "repeated", "sentence"),
    [
        ("wrong", NEW, NEW, "The present password is not right."),
        (PASSWORD, "short", "short", "at least 12 characters"),
        (PASSWORD, "ada is my good name", "ada is my good name", "contains the email address"),
        (PASSWORD, NEW, NEW + "!", "The two new passwords differ"),
        ("", NEW, NEW, "Write your present password."),
        (PASSWORD, "", "", "Choose a new password."),
    ],
)
def test_a_refusal_says_why(ada: Browser, present: str, new: str, repeated: str, sentence: str) -> None:
    answer = ada.send(PAGE, present=present, new=new, repeated=repeated)

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert PASSWORD not in answer.text and NEW not in answer.text


def test_the_present_password_cannot_be_guessed_for_ever(ada: Browser, cast: Cast) -> None:
    statuses = [ada.send(PAGE, present="wrong", new=NEW, repeated=NEW).status_code for _ in range(11)]

    assert statuses == [422] * 10 + [429]


STRENGTH = f"{PAGE}/strength"


def test_while_one_types_the_page_says_how_strong_it_is(ada: Browser) -> None:
    weak = ada.send(STRENGTH, page=PAGE, new="acme gatepost acme")
    good = ada.send(STRENGTH, page=PAGE, new="x7Kp2m9QwLz4")

    assert weak.status_code == good.status_code == 200
    assert "words that everybody knows of you" in weak.text and "<html" not in weak.text
    assert "Strong." in good.text and 'value="4"' in good.text
    assert "x7Kp2m9QwLz4" not in good.text


def test_nothing_typed_says_nothing(ada: Browser) -> None:
    assert ada.send(STRENGTH, page=PAGE, new="").text.strip() == ""


@pytest.mark.alone("the first run is over once somebody is there")
def test_a_visitor_at_the_first_run_or_with_an_invitation_is_told_too(visitor: Browser) -> None:
    page = "/first-run/a-token-that-was-printed"

    answer = visitor.send(
        STRENGTH, page=page, password="wolpertinger2026", email="a@b.example", organization="Wolpertinger"
    )

    assert "everybody knows of you" in answer.text


def test_only_the_new_password_is_sent_while_one_types(ada: Browser) -> None:
    assert 'hx-params="new,email,organization,csrf_token"' in ada.get(PAGE).text


def test_the_strength_cannot_be_asked_for_ever(ada: Browser) -> None:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', ada.get(PAGE).text)
    assert token
    statuses = [ada.client.post(STRENGTH, data={"csrf_token": token[1], "new": "abc"}).status_code for _ in range(61)]

    assert statuses == [200] * 60 + [429]


def test_a_password_that_is_easy_to_guess_is_refused(ada: Browser) -> None:
    answer = ada.send(PAGE, present=PASSWORD, new="password1234", repeated="password1234")

    assert answer.status_code == 422
    assert "easy to guess, because most of it is a password that many people use" in content(answer)


def test_the_time_zone_holds_for_every_page(vera: Browser, clock: Clock) -> None:
    assert vera.send(f"{PAGE}/time-zone", page=PAGE, zone="Asia/Kathmandu").status_code == 303

    page = vera.get(PAGE)
    assert "All times are shown as in Asia/Kathmandu from now on." in content(page)
    assert '<option value="Asia/Kathmandu" selected>' in page.text
    assert "17:45:00 +0545" in content(page)  # noon, UTC
    assert 'data-time-zone="Asia/Kathmandu"' in vera.get("/").text


def test_a_time_zone_that_does_not_exist_is_refused(ada: Browser) -> None:
    answer = ada.send(f"{PAGE}/time-zone", page=PAGE, zone="Mars/Base")

    assert answer.status_code == 422
    assert "There is no time zone 'Mars/Base'" in content(answer)
    assert 'data-time-zone="UTC"' in ada.get(PAGE).text


def test_a_question_that_a_login_has_overtaken_is_no_error(ada: Browser) -> None:
    answer = ada.client.post(STRENGTH, data={"csrf_token": "of the session before", "new": "abc"})

    assert answer.status_code == 200
