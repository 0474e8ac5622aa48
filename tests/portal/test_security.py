"""What holds of every page: headers, the content policy, cookies, CSRF."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from portal.security import CONTENT_SECURITY_POLICY
from tests.conftest import ROOT, Cast
from tests.portal.conftest import ADA, PASSWORD, Browser

TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html"))


def pages(app: Flask) -> list[str]:
    """Every address without a place to fill; a page that comes later is in it by itself."""
    adapter = app.url_map.bind("localhost")
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    found = sorted({adapter.build(rule.endpoint) for rule in rules})
    assert len(found) > 20
    return [*found, "/help/general", "/static/portal.css"]


def test_every_answer_carries_the_rules(app: Flask, ada: Browser, visitor: Browser) -> None:
    for path in [*pages(app), "/nothing"]:
        for browser in (ada, visitor):
            headers = browser.get(path).headers
            assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, path
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "same-origin", path
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path
            assert "Permissions-Policy" in headers, path


def test_the_policy_allows_nothing_inline() -> None:
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY


# What is no page: it is the same for everybody.
KEPT = {"static": "public, max-age=31536000, immutable", ".well-known": "public, max-age=86400"}


def test_no_page_is_kept_by_a_browser(app: Flask, ada: Browser) -> None:
    for path in pages(app):
        expected = KEPT.get(path.split("/")[1], "no-store")
        assert ada.get(path).headers["Cache-Control"] == expected, path


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_holds_a_style_or_a_script(template: Path) -> None:
    text = template.read_text()

    assert not re.search(r"\sstyle\s*=|\son\w+\s*=|javascript:|<style|hx-on|\|\s*safe", text)
    assert all(" src=" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_a_static_file_is_addressed_by_its_version(visitor: Browser, cast: Cast) -> None:
    addresses = re.findall(r'"(/static/[^"]+)"', visitor.get("/login").text)

    assert len(addresses) == 5
    for address in addresses:
        assert re.search(r"\?v=[0-9a-f]{12}$", address)
        assert visitor.get(address).status_code == 200


def test_the_page_loads_nothing_from_elsewhere(app: Flask, ada: Browser) -> None:
    """A person may follow a link to elsewhere; a browser fetches nothing there, and no form is sent there."""
    for path in pages(app):
        text = ada.get(path).text
        assert not re.findall(r'(?:src|action)="(?:https?:)?//[^"]*"', text), path
        if not path.endswith(".atom"):  # a news reader has no page to which an address could be relative
            assert not re.findall(r'<link [^>]*href="(?:https?:)?//[^"]*"', text), path


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: Browser, cast: Cast) -> None:
    cookie = visitor.log_in(ADA).headers["Set-Cookie"]

    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie
    assert "Secure" not in cookie


def test_a_static_file_carries_no_cookie(ada: Browser) -> None:
    assert "Set-Cookie" in ada.get("/").headers
    assert "Set-Cookie" not in ada.get("/static/portal.css").headers


def test_over_https_it_travels_encrypted_only(app: Flask, cast: Cast) -> None:
    page = app.test_client().get("/login", base_url="https://localhost")

    assert "Secure" in page.headers["Set-Cookie"]
    assert page.headers["Set-Cookie"].startswith("__Host-gatepost_session=") and "Path=/" in page.headers["Set-Cookie"]
    assert "Domain" not in page.headers["Set-Cookie"]


def test_over_https_browsers_are_told_to_stay_there(app: Flask, cast: Cast) -> None:
    client = app.test_client()

    assert client.get("/login", base_url="https://localhost").headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in client.get("/login").headers


def test_over_https_one_logs_in_and_stays_logged_in(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    token = re.search(
        r'name="csrf_token"[^>]* value="([^"]+)"', client.get("/login", base_url="https://localhost").text
    )
    assert token
    form = {"csrf_token": token[1], "email": ADA, "password": PASSWORD}
    headers = {"Referer": "https://localhost/login"}

    assert client.post("/login", data=form, base_url="https://localhost", headers=headers).status_code == 303

    assert client.get("/", base_url="https://localhost").status_code == 200
    assert client.get_cookie("__Host-gatepost_browser") is not None


@pytest.mark.parametrize("path", ["/login", "/logout", "/administration/password", "/first-run/x"])
def test_a_form_without_its_token_is_refused_with_a_sentence(ada: Browser, path: str) -> None:
    answer = ada.client.post(path, data={"email": ADA, "password": PASSWORD, "csrf_token": "forged"})

    assert answer.status_code == 400
    assert "reload the page and send it again" in answer.text


def test_a_token_of_another_session_is_refused(ada: Browser, vera: Browser) -> None:
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', vera.get("/").text)
    assert token

    assert ada.client.post("/logout", data={"csrf_token": token[1]}).status_code == 400


def test_a_form_of_very_many_fields_is_refused_before_it_is_read(visitor: Browser, cast: Cast) -> None:
    for fields, status in ((4000, 400), (200_000, 413)):  # the first one lacks its token
        body = "&".join(f"{number:x}" for number in range(fields))
        answer = visitor.client.post("/login", data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code == status
