"""Who may see and send what, as the guard has it. test_routes.py walks over every route that there is."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.app_context import AppContext
from portal.auth import inner_path
from portal.limits import client_address
from tests.conftest import Cast
from tests.portal.conftest import ADA, VERA, Browser, content, logged_in


def test_a_screen_that_says_nothing_is_closed_to_visitors_and_to_a_viewers_changes(
    app_context: AppContext, cast: Cast
) -> None:
    from portal import create_app

    app = create_app(app_context)
    app.add_url_rule("/rules", "rules", lambda: ("changed", 200), methods=["GET", "POST"])
    app.config["WTF_CSRF_ENABLED"] = False

    assert app.test_client().post("/rules").location == "/login"
    assert logged_in_without_csrf(app, ADA).client.post("/rules").text == "changed"
    refusal = logged_in_without_csrf(app, VERA).client.post("/rules")
    assert refusal.status_code == 403
    assert "an administrator can make this change" in content(refusal)
    assert logged_in_without_csrf(app, VERA).get("/rules").text == "changed"


def logged_in_without_csrf(app: Flask, email: str) -> Browser:
    browser = Browser(app.test_client())
    sent = browser.client.post("/login", data={"email": email, "password": "a quiet sentence works"})
    assert sent.status_code == 303
    return browser


def test_a_session_of_a_removed_secret_key_is_over(app_context: AppContext, cast: Cast) -> None:
    from portal import create_app

    browser = logged_in(create_app(app_context), ADA)
    cookie = browser.client.get_cookie("gatepost_session")
    assert cookie
    app_context.secret_key = "another key"
    other = create_app(app_context).test_client()
    other.set_cookie("gatepost_session", cookie.value)

    assert other.get("/").location == "/login"


@pytest.mark.parametrize(
    ("path", "inner"),
    [
        ("/check?address=192.0.2.1", "/check?address=192.0.2.1"),
        ("/", "/"),
        ("", ""),
        ("check", ""),
        ("//evil.example", ""),
        ("///evil.example", ""),
        ("/\\evil.example", ""),
        ("https://evil.example", ""),
        ("javascript:alert(1)", ""),
        ("/a\nb", ""),
        ("http:///evil.example", ""),
    ],
)
def test_only_a_path_of_this_portal_is_gone_on_to(path: str, inner: str) -> None:
    assert inner_path(path) == inner


@pytest.mark.parametrize("wanted", ["//[x", "/[", "https://[", "/a\\b"])
def test_a_way_on_that_cannot_be_read_leads_to_general(visitor: Browser, cast: Cast, wanted: str) -> None:
    assert visitor.client.get("/login", query_string={"next": wanted}).status_code == 200
    headers = {"HX-Request": "true", "HX-Current-URL": wanted}
    assert visitor.client.get("/", headers=headers).status_code == 401


@pytest.mark.parametrize(("path", "field"), [
    ("/administration/mail-servers/remove", "server"),
    ("/administration/api-tokens/revoke", "token"),
    ("/administration/sessions/end", "session"),
])  # fmt: skip
def test_a_number_that_no_table_holds_is_one_that_is_not_there(ada: Browser, path: str, field: str) -> None:
    sent = ada.send(path, "/administration/password", **{field: "9" * 30})

    assert sent.status_code in (303, 404, 422)
    assert ada.get(f"/statistics/isp/{'9' * 30}").status_code == 404


def test_clients_that_come_as_mapped_addresses_are_counted_apart(app: Flask) -> None:
    found = set()
    for address in ("::ffff:192.0.2.1", "::ffff:192.0.2.2", "192.0.2.1", "2001:db8::1", "2001:db8::2"):
        with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
            found.add(client_address())

    assert found == {"192.0.2.1", "192.0.2.2", "2001:db8::/64"}
