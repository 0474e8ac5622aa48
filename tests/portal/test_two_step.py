"""Administration > Two-step Login, and the second step of the login itself."""

from __future__ import annotations

import re

import pyotp
import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from reputation.customers import second_factor, users
from reputation.store.models import AuditEntry, HalfLogin
from tests.conftest import Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, PASSWORD, VERA, Browser, Clock, content, logged_in

PAGE = "/administration/two-step-login"


def set_up(browser: Browser, clock: Clock) -> tuple[pyotp.TOTP, list[str]]:
    """Turn it on as the page says; the app, and the recovery codes that were shown."""
    secret = re.search(r'<code id="secret">([A-Z2-7]{32})</code>', browser.get(f"{PAGE}?setup=1").text)
    assert secret
    app = pyotp.TOTP(secret[1])
    assert browser.send(f"{PAGE}/confirm", page=f"{PAGE}?setup=1", code=app.at(clock.now)).status_code == 303
    shown = re.search(r'<pre id="recovery-codes"[^>]*>(.*?)</pre>', browser.get(PAGE).text, re.DOTALL)
    assert shown
    clock.advance(seconds=60)
    return app, shown[1].split()


def test_it_is_off_at_first_and_a_reload_of_the_setup_keeps_the_secret(ada: Browser) -> None:
    assert "It is off." in content(ada.get(PAGE))

    first, second = ada.get(f"{PAGE}?setup=1").text, ada.get(f"{PAGE}?setup=1").text

    assert re.findall(r'id="secret">(\w+)', first) == re.findall(r'id="secret">(\w+)', second)


def test_the_qr_code_is_a_drawing_without_style_and_script(ada: Browser) -> None:
    page = ada.get(f"{PAGE}?setup=1").text

    drawing = re.search(r'<svg role="img" aria-label="QR code with the secret".*?</svg>', page, re.DOTALL)
    assert drawing
    assert "style" not in drawing[0] and 'viewBox="0 0 ' in drawing[0] and 'stroke="#000"' in drawing[0]


def test_a_wrong_code_does_not_turn_it_on(ada: Browser) -> None:
    ada.get(f"{PAGE}?setup=1")

    answer = ada.send(f"{PAGE}/confirm", page=f"{PAGE}?setup=1", code="000000")

    assert answer.status_code == 422
    assert "The code is not right." in content(answer)
    assert "QR code with the secret" in answer.text


def test_the_recovery_codes_are_shown_once(ada: Browser, clock: Clock) -> None:
    _, codes = set_up(ada, clock)

    assert len(codes) == 10
    again = ada.get(PAGE)
    assert codes[0] not in again.text
    assert "Two-step login is on. 10 recovery codes are left." in content(again)


def test_the_login_asks_for_the_code_and_keeps_the_page_that_was_wanted(
    app: Flask, ada: Browser, visitor: Browser, clock: Clock
) -> None:
    phone, _ = set_up(ada, clock)

    half = visitor.log_in(ADA, path="/login?next=/check")
    assert (half.status_code, half.location) == (303, "/login/code?next=/check")
    assert visitor.get("/").location == "/login"  # the password alone opens nothing
    whole = visitor.send(half.location, code=phone.at(clock.now))

    assert (whole.status_code, whole.location) == (303, "/check")
    assert visitor.get("/").status_code == 200


def test_a_code_that_was_used_is_refused(app: Flask, ada: Browser, cast: Cast, clock: Clock) -> None:
    phone, _ = set_up(ada, clock)
    code = phone.at(clock.now)
    for expected in (303, 422):
        browser = Browser(app.test_client())
        browser.log_in(ADA)
        assert browser.send("/login/code", code=code).status_code == expected


def test_a_recovery_code_lets_in_once_and_the_page_says_how_many_are_left(
    app: Flask, ada: Browser, clock: Clock
) -> None:
    _, codes = set_up(ada, clock)
    first, second = Browser(app.test_client()), Browser(app.test_client())
    for browser in (first, second):
        browser.log_in(ADA)

    assert first.send("/login/code", code=codes[0].upper()).status_code == 303
    assert "You have used a recovery code; 9 are left." in content(first.get("/"))
    refusal = second.send("/login/code", code=codes[0])

    assert refusal.status_code == 422
    assert "nor a recovery code that was not used before" in content(refusal)
    assert others(AuditEntry).where(AuditEntry.what == "Recovery code used").count() == 1


def test_the_second_step_must_follow_within_ten_minutes(ada: Browser, visitor: Browser, clock: Clock) -> None:
    phone, _ = set_up(ada, clock)
    visitor.log_in(ADA)
    page = visitor.get("/login/code")
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    assert token
    clock.advance(minutes=10)

    answer = visitor.client.post("/login/code", data={"csrf_token": token[1], "code": phone.at(clock.now)})

    assert (answer.status_code, answer.location) == (303, "/login")
    assert "did not follow within ten minutes" in content(visitor.get("/login"))
    assert visitor.get("/").location == "/login"


def test_a_first_step_of_a_time_to_come_has_not_just_been_made(ada: Browser, visitor: Browser, clock: Clock) -> None:
    set_up(ada, clock)
    visitor.log_in(ADA)
    assert visitor.get("/login/code").status_code == 200
    clock.advance(hours=-2)

    assert visitor.get("/login/code").location == "/login"


def test_a_login_half_way_ends_with_a_new_password_and_with_its_use(
    app: Flask, ada: Browser, visitor: Browser, clock: Clock
) -> None:
    phone, _ = set_up(ada, clock)
    visitor.log_in(ADA)
    kept = visitor.client.get_cookie("gatepost_session")
    assert kept
    assert visitor.send("/login/code", code=phone.at(clock.now)).status_code == 303
    thief = Browser(app.test_client())
    thief.client.set_cookie("gatepost_session", kept.value)
    assert thief.get("/login/code").location == "/login", "it was used"

    other = Browser(app.test_client())
    other.log_in(ADA)
    new = "another quiet sentence"
    page = "/administration/password"
    assert ada.send(page, page, present=PASSWORD, new=new, repeated=new).status_code == 303
    assert other.get("/login/code").location == "/login"


def test_the_cookie_of_a_login_half_way_says_neither_who_nor_when(ada: Browser, visitor: Browser, clock: Clock) -> None:
    set_up(ada, clock)
    visitor.log_in(ADA)
    cookie = visitor.client.get_cookie("gatepost_session")

    assert cookie
    held = URLSafeTimedSerializer("").load_payload(cookie.value.rsplit(".", 2)[0].encode())
    assert isinstance(held["second_step"], str) and ADA not in str(held)
    (row,) = others(HalfLogin)
    assert held["second_step"] not in row.token_hash


def test_wrong_codes_are_in_the_audit_log(ada: Browser, visitor: Browser, clock: Clock) -> None:
    set_up(ada, clock)
    visitor.log_in(ADA)
    visitor.send("/login/code", code="000000")

    row = others(AuditEntry).where(AuditEntry.what == "Login failed: wrong code").get()
    assert (row.who, row.after) == (ADA, "127.0.0.1")


def test_there_is_no_second_step_without_the_first(visitor: Browser, cast: Cast) -> None:
    assert visitor.get("/login/code").location == "/login"


def test_codes_cannot_be_guessed_for_ever_by_beginning_again(app: Flask, ada: Browser, clock: Clock) -> None:
    set_up(ada, clock)
    statuses = []
    for _ in range(6):
        browser = Browser(app.test_client())
        browser.log_in(ADA)
        statuses += [browser.send("/login/code", code="000000").status_code for _ in range(2)]

    assert statuses == [422] * 10 + [429] * 2


def test_who_was_deactivated_between_the_steps_does_not_get_in(
    ada: Browser, visitor: Browser, cast: Cast, clock: Clock
) -> None:
    phone, _ = set_up(ada, clock)
    visitor.log_in(ADA)
    page = visitor.get("/login/code")
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.text)
    users.User.update(active=False).where(users.User.email == ADA).execute()

    assert token
    answer = visitor.client.post("/login/code", data={"csrf_token": token[1], "code": phone.at(clock.now)})

    assert answer.location == "/login"


def test_it_is_turned_off_with_the_password(ada: Browser, clock: Clock) -> None:
    set_up(ada, clock)
    wrong = ada.send(f"{PAGE}/turn-off", page=PAGE, present="not the password")
    assert wrong.status_code == 422 and "The present password is not right." in content(wrong)

    answer = ada.send(f"{PAGE}/turn-off", page=PAGE, present=PASSWORD)

    assert answer.status_code == 303
    assert "Two-step login is off" in content(ada.get(PAGE))


def test_new_recovery_codes_are_shown_once(ada: Browser, clock: Clock) -> None:
    _, old = set_up(ada, clock)

    ada.send(f"{PAGE}/recovery-codes", page=PAGE, present=PASSWORD)
    page = ada.get(PAGE)

    assert "recovery-codes" in page.text and old[0] not in page.text
    assert 'id="recovery-codes"' not in ada.get(PAGE).text


def test_a_viewer_turns_the_own_on(vera: Browser, cast: Cast, clock: Clock) -> None:
    set_up(vera, clock)

    user = users.with_email(VERA)
    assert second_factor.is_on(user.id)


@pytest.mark.parametrize("path", ["/confirm", "/recovery-codes", "/turn-off"])
def test_it_wants_a_login(visitor: Browser, app: Flask, cast: Cast, path: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False

    assert visitor.client.post(PAGE + path).location == "/login"


def test_one_person_does_not_touch_anothers(app: Flask, ada: Browser, boris: Browser, clock: Clock) -> None:
    set_up(ada, clock)

    assert "It is off." in content(boris.get(PAGE))
    assert logged_in(app, "boris@basic.example").get("/").status_code == 200
