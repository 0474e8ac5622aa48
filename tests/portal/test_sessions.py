"""Administration > Sessions: where one is logged in, and signing out from elsewhere."""

from __future__ import annotations

import re
import time

import pytest
from flask import Flask
from itsdangerous import TimestampSigner

from portal.sessions import browser
from reputation.store.models import Session
from tests.conftest import Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, Browser, Clock, content

PAGE = "/administration/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def log_in_with(app: Flask, agent: str, address: str) -> Browser:
    sat = Browser(app.test_client())
    sat.client.environ_base.update(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    assert sat.log_in(ADA).status_code == 303
    return sat


def ids(page: str) -> list[str]:
    return re.findall(r'name="session" value="(\d+)"', page)


def test_the_list_has_every_browser_and_marks_this_one(app: Flask, ada: Browser) -> None:
    log_in_with(app, FIREFOX, "192.0.2.7")

    text = content(ada.get(PAGE))

    assert "Firefox on Linux" in text and "192.0.2.7" in text
    assert text.count("this browser") == 1
    assert len(ids(ada.get(PAGE).text)) == 1  # this one is not signed out here


def test_another_one_is_signed_out(app: Flask, ada: Browser) -> None:
    elsewhere = log_in_with(app, FIREFOX, "192.0.2.7")
    (number,) = ids(ada.get(PAGE).text)

    answer = ada.send(f"{PAGE}/end", page=PAGE, session=number)

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert "Signed out: Firefox on Linux, 192.0.2.7." in content(ada.get(PAGE))
    assert elsewhere.get("/").location == "/login"
    again = ada.send(f"{PAGE}/end", page=PAGE, session=number)
    assert again.status_code == 422 and "has ended already" in content(again)


def test_all_others_are_signed_out_and_this_one_stays(app: Flask, ada: Browser, vera: Browser) -> None:
    others = [log_in_with(app, FIREFOX, f"192.0.2.{n}") for n in (7, 8)]

    ada.send(f"{PAGE}/end-others", page=PAGE)

    assert "Signed out 2 other sessions." in content(ada.get(PAGE))
    assert [other.get("/").location for other in others] == ["/login", "/login"]
    assert vera.get("/").status_code == 200


def test_nobody_sees_or_ends_the_sessions_of_another(app: Flask, ada: Browser, boris: Browser) -> None:
    sat = log_in_with(app, FIREFOX, "192.0.2.7")
    number = others(Session).where(Session.address == "192.0.2.7").get().id

    assert "192.0.2.7" not in content(boris.get(PAGE))
    assert boris.send(f"{PAGE}/end", page=PAGE, session=str(number)).status_code == 422
    assert sat.get("/").status_code == 200


def test_logging_out_ends_the_session_for_good(app: Flask, ada: Browser) -> None:
    cookie = ada.client.get_cookie("gatepost_session")
    assert cookie
    ada.send("/logout", page="/")

    # Whoever kept a copy of the cookie has nothing by it.
    thief = app.test_client()
    thief.set_cookie("gatepost_session", cookie.value)
    assert thief.get("/").location == "/login"


def test_a_cookie_of_an_older_version_leads_to_the_login(app: Flask, cast: Cast) -> None:
    sat = Browser(app.test_client())
    with sat.client.session_transaction() as kept:
        kept["_user_id"], kept["_fresh"] = "1.1", True

    assert sat.get("/").location == "/login"


def test_it_ends_by_itself_after_twelve_hours(ada: Browser, clock: Clock) -> None:
    clock.advance(hours=11)
    assert ada.get("/").status_code == 200
    clock.advance(hours=11)
    assert ada.fragment("/").status_code in (200, 204)  # a refresh does not lengthen it
    clock.advance(hours=2)

    assert ada.get("/").location == "/login"


def test_nobody_is_logged_out_where_the_clock_is_set_back(
    app: Flask, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = Browser(app.test_client())
    with monkeypatch.context() as ahead:  # what the library signs with is not ours
        ahead.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time()) + 3600)
        assert there.log_in(ADA).status_code == 303

    assert there.get("/").status_code == 200


def test_it_is_seen_once_a_minute(ada: Browser, clock: Clock) -> None:
    first = others(Session).get().seen_at
    clock.advance(seconds=30)
    ada.get("/")
    assert others(Session).get().seen_at == first
    clock.advance(seconds=30)
    ada.get("/")
    assert others(Session).get().seen_at == clock.now


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604", "Safari on iOS"),
        ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "a browser that does not name itself"),
    ],
)  # fmt: skip
def test_a_browser_is_named_as_people_know_it(agent: str, name: str) -> None:
    assert browser(agent) == name


def test_what_a_browser_says_of_itself_is_text(app: Flask, ada: Browser) -> None:
    log_in_with(app, "<script>alert(1)</script>", "192.0.2.7")

    assert "<script>alert" not in ada.get(PAGE).text
