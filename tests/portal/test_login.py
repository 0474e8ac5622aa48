"""Log in and out: who gets in, what a refusal tells, and how often one may try."""

from __future__ import annotations

import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer
from werkzeug.test import TestResponse

from portal import known_browsers, limits, login
from reputation.customers import password_hash
from reputation.store.models import AuditEntry, Letter, User
from tests.conftest import Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, BORIS, PASSWORD, VERA, Browser, Clock, content, logged_in
from tests.portal.test_two_step import set_up


def test_the_right_password_leads_to_general(visitor: Browser, cast: Cast) -> None:
    answer = visitor.log_in(ADA)

    assert (answer.status_code, answer.location) == (303, "/")
    assert "General" in content(visitor.get("/"))


def test_the_email_may_be_written_in_any_case(visitor: Browser, cast: Cast) -> None:
    assert visitor.log_in("  ADA@Acme.Example ").status_code == 303


def test_an_unknown_email_and_a_wrong_password_get_the_same_answer(visitor: Browser, cast: Cast) -> None:
    def refusal(email: str) -> str:
        answer = visitor.log_in(email, "not the password")
        assert answer.status_code == 422
        return re.sub(r'name="csrf_token"[^>]*>', "", answer.text).replace(email, "EMAIL")

    assert login.REFUSED in refusal(ADA)
    assert refusal(ADA) == refusal("nobody@acme.example")


def test_who_was_deactivated_gets_the_same_answer_too(visitor: Browser, cast: Cast) -> None:
    User.update(active=False).where(User.email == VERA).execute()

    answer = visitor.log_in(VERA)

    assert answer.status_code == 422
    assert login.REFUSED in content(answer)


def test_a_session_ends_when_its_person_is_deactivated(vera: Browser) -> None:
    assert vera.get("/").status_code == 200
    User.update(active=False).where(User.email == VERA).execute()

    assert vera.get("/").location == "/login"


@pytest.mark.parametrize(("email", "password"), [("", PASSWORD), (ADA, ""), (ADA, "x" * 201), ("x" * 255, PASSWORD)])
def test_a_field_that_is_empty_or_too_long_is_named(visitor: Browser, cast: Cast, email: str, password: str) -> None:
    answer = visitor.log_in(email, password)

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text


def test_a_visitor_comes_back_to_the_page_that_was_asked_for(visitor: Browser, cast: Cast) -> None:
    first = visitor.get("/check?address=192.0.2.1")
    assert first.status_code == 303

    answer = visitor.log_in(ADA, path=first.location)

    assert answer.location == "/check?address=192.0.2.1"


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "evil", "/\tx", ""]
)
def test_nobody_is_sent_to_another_site(visitor: Browser, cast: Cast, wanted: str) -> None:
    answer = visitor.client.get("/login", query_string={"next": wanted})
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', answer.text)
    assert token
    sent = visitor.client.post(
        "/login",
        query_string={"next": wanted},
        data={"csrf_token": token[1], "email": ADA, "password": PASSWORD},
    )

    assert (sent.status_code, sent.location) == (303, "/")


def test_who_is_logged_in_already_goes_on(ada: Browser) -> None:
    assert ada.get("/login").location == "/"


def test_logging_out_ends_the_session(ada: Browser) -> None:
    assert ada.send("/logout", page="/").location == "/login"
    assert ada.get("/").location == "/login"


def test_logging_out_wants_a_form(ada: Browser) -> None:
    assert ada.get("/logout").status_code == 405
    assert ada.client.post("/logout").status_code == 400
    assert ada.get("/").status_code == 200


def test_a_login_lost_in_the_middle_of_a_page_leaves_the_page(visitor: Browser, cast: Cast) -> None:
    answer = visitor.get("/?seen=x", HX_Request="true", HX_Current_URL="http://localhost/check?address=192.0.2.1")

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/check?address%3D192.0.2.1"
    assert answer.text == ""


def test_a_session_lasts_twelve_hours_from_the_last_page_that_was_opened(ada: Browser) -> None:
    page, fragment = ada.get("/"), ada.fragment("/")

    assert "Expires=" in page.headers["Set-Cookie"]
    assert "Set-Cookie" not in fragment.headers


@pytest.mark.alone("nobody has an account yet")
def test_the_login_says_so_when_nobody_has_an_account_yet(visitor: Browser) -> None:
    assert "Nobody has an account yet." in content(visitor.get("/login"))


def test_it_does_not_say_so_when_somebody_has(visitor: Browser, cast: Cast) -> None:
    assert "Nobody has an account yet." not in content(visitor.get("/login"))


def until_too_many(browser: Browser, emails: list[str]) -> tuple[int, TestResponse]:
    for attempt, email in enumerate(emails):
        answer = browser.log_in(email, "not the password")
        if answer.status_code == 429:
            return attempt, answer
        assert answer.status_code == 422
    raise AssertionError("no attempt was too many")


def test_an_account_allows_ten_wrong_passwords(visitor: Browser, cast: Cast) -> None:
    allowed, answer = until_too_many(visitor, [ADA] * 12)

    assert allowed == 10
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "Too many passwords were wrong" in content(answer)
    assert re.search(r"Try again in \d+ min, at \d\d:\d\d \(UTC\)", content(answer))
    # The right password has to wait as well, or guessing could go on.
    assert visitor.log_in(ADA).status_code == 429
    # Others are not concerned.
    assert visitor.log_in(BORIS).status_code == 303


def test_the_email_counts_as_one_in_any_case(visitor: Browser, cast: Cast) -> None:
    allowed, _ = until_too_many(visitor, [ADA, ADA.upper()] * 6)

    assert allowed == 10


def test_an_address_allows_thirty_wrong_passwords_for_whatever_account(visitor: Browser, cast: Cast) -> None:
    allowed, _ = until_too_many(visitor, [f"{number}@acme.example" for number in range(32)])

    assert allowed == 30


def test_logging_in_well_is_never_too_often(app: Flask, cast: Cast) -> None:
    for _ in range(12):
        logged_in(app, ADA)


@pytest.mark.parametrize(
    ("remote", "counted"),
    [("192.0.2.1", "192.0.2.1"), ("2001:db8::1", "2001:db8::/64"), ("2001:db8::ffff:1", "2001:db8::/64")],
)
def test_an_ipv6_client_is_counted_by_its_network(app: Flask, remote: str, counted: str) -> None:
    with app.test_request_context("/login", environ_base={"REMOTE_ADDR": remote}):
        assert limits.client_address() == counted


def test_the_clock_of_the_house_dates_the_login(visitor: Browser, cast: Cast, clock: Clock) -> None:
    clock.advance(hours=3)
    visitor.log_in(ADA)

    assert User.get(User.email == ADA).last_login_at == clock.now


def at_once(app: Flask, guesses: int, email: str) -> Counter[int]:
    """Send so many wrong passwords at the same moment, each from its own address; the statuses of the answers."""
    ready = threading.Barrier(guesses)

    def send(number: int) -> int:
        client = app.test_client()
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/login").text)
        assert token
        form = {"csrf_token": token[1], "email": email, "password": "not the password"}
        ready.wait(30)
        return client.post("/login", data=form, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"}).status_code

    with ThreadPoolExecutor(guesses) as pool:
        return Counter(pool.map(send, range(guesses)))


def test_of_many_guesses_at_once_no_more_are_compared_than_in_turn(app: Flask, cast: Cast) -> None:
    answers = at_once(app, 30, ADA)

    assert answers[422] <= 10 and answers[422] + answers[429] + answers[503] == 30


def test_guesses_of_strangers_do_not_lock_out_a_browser_that_is_known(app: Flask, cast: Cast) -> None:
    known = Browser(app.test_client())
    assert known.log_in(ADA).status_code == 303
    known.send("/logout", page="/")
    until_too_many(Browser(app.test_client()), [ADA] * 12)  # from the same address, too

    assert Browser(app.test_client()).log_in(ADA).status_code == 429
    assert known.log_in(ADA).status_code == 303


def test_a_known_browser_has_no_more_guesses_than_others_and_none_at_another_account(app: Flask, cast: Cast) -> None:
    known = Browser(app.test_client())
    known.log_in(ADA)
    known.send("/logout", page="/")
    until_too_many(Browser(app.test_client()), [BORIS] * 12)

    assert known.log_in(BORIS).status_code == 429
    assert until_too_many(known, [ADA] * 12)[0] == 10


def test_a_mark_that_was_not_made_here_is_worth_nothing(app: Flask, cast: Cast) -> None:
    forger = Browser(app.test_client())
    forger.client.set_cookie(known_browsers.COOKIE, URLSafeSerializer("another key", "known browser").dumps({}))
    until_too_many(Browser(app.test_client()), [ADA] * 12)

    assert forger.log_in(ADA).status_code == 429


def audited(what: str) -> list[tuple[str, str]]:
    rows = others(AuditEntry).where(AuditEntry.what == what).order_by(AuditEntry.id)
    return [(row.who, row.after) for row in rows]


def test_failed_logins_are_audited_and_told_at_the_next_one(visitor: Browser, cast: Cast, clock: Clock) -> None:
    visitor.log_in(ADA)
    visitor.send("/logout", page="/")
    clock.advance(minutes=5)
    for _ in range(3):
        visitor.log_in(ADA, "not the password")

    assert audited("Login failed: wrong password") == [(ADA, "127.0.0.1")] * 3
    visitor.log_in(ADA)
    assert f"3 logins as {ADA} failed since you last logged in, the last one from 127.0.0.1." in content(
        visitor.get("/")
    )
    visitor.send("/logout", page="/")
    clock.advance(minutes=5)
    visitor.log_in(ADA)
    assert "failed since you last logged in" not in content(visitor.get("/"))


def test_an_unknown_account_writes_nothing(visitor: Browser, cast: Cast) -> None:
    before = AuditEntry.select().count()
    until_too_many(visitor, ["nobody@acme.example"] * 12)

    assert AuditEntry.select().count() == before and not others(Letter).exists()


def test_who_is_locked_out_is_told_by_letter_once_a_day(app: Flask, cast: Cast, clock: Clock) -> None:
    for _ in range(2):
        until_too_many(Browser(app.test_client()), [ADA] * 12)
        clock.advance(hours=1)
        limits.init_app(app)  # the guesses of before have become old
    (letter,) = others(Letter)

    assert letter.to == ADA and "Somebody at 127.0.0.1 has given too many wrong passwords" in letter.text
    assert audited("Logins blocked for a while") == [(ADA, "127.0.0.1")] * 2


def test_who_is_logged_in_has_no_more_guesses_at_anothers_password(app: Flask, cast: Cast) -> None:
    boris = Browser(app.test_client())
    boris.log_in(BORIS)
    statuses = []
    for attempt in range(12):
        if attempt % 4 == 3:  # a right one of his own gives nothing of the others back
            assert boris.send("/login", page="/", email=BORIS, password=PASSWORD).status_code == 303
        statuses.append(boris.send("/login", page="/", email=ADA, password="not the password").status_code)

    assert statuses == [422] * 10 + [429] * 2
    assert audited("Logins blocked for a while") == [(ADA, "127.0.0.1")]


def test_a_field_of_the_page_of_codes_names_nobody(ada: Browser, visitor: Browser, clock: Clock) -> None:
    set_up(ada, clock)
    visitor.log_in(ADA)
    for _ in range(10):
        visitor.send("/login/code", code="000000", email=BORIS)

    assert audited("Logins blocked for a while") == [(ADA, "127.0.0.1")]


def test_a_login_that_was_not_compared_is_no_wrong_guess(
    visitor: Browser, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_hash, "_places", threading.BoundedSemaphore(1))
    with password_hash._places:
        answers = [visitor.log_in(ADA) for _ in range(12)]

    assert [answer.status_code for answer in answers] == [503] * 12
    assert answers[0].headers["Retry-After"] == "3" and "in a few seconds" in content(answers[0])
    assert visitor.log_in(ADA).status_code == 303
