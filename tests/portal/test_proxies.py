"""Behind a reverse proxy: whose word counts, and for what."""

from __future__ import annotations

import pytest
from flask import Flask

from portal import create_app
from portal.app_context import AppContext
from reputation.store.models import Session
from tests.conftest import Cast
from tests.neighbour import others
from tests.portal.conftest import ADA, Browser, content

PROXY, STRANGER, CLIENT = "192.0.2.1", "198.51.100.1", "203.0.113.7"


@pytest.fixture
def app(app_context: AppContext, cast: Cast) -> Flask:
    app_context.proxies = ("192.0.2.0/28", "2001:db8::/64")
    return create_app(app_context)


def by_way_of(app: Flask, peer: str, named: str, scheme: str = "http") -> Browser:
    """A browser whose requests come from `peer`, which names these addresses and this scheme."""
    browser = Browser(app.test_client())
    browser.client.environ_base.update(
        REMOTE_ADDR=peer,
        HTTP_X_FORWARDED_FOR=named,
        HTTP_X_FORWARDED_PROTO=scheme,
        HTTP_REFERER=f"{scheme}://localhost/",
    )
    return browser


def session_from(browser: Browser) -> str:
    """Where the portal takes a login to come from."""
    assert browser.log_in(ADA).status_code == 303
    address: str = others(Session).get().address
    return address


@pytest.mark.parametrize("proxy", [PROXY, "::ffff:192.0.2.1", "2001:db8::1"])
def test_the_client_that_a_proxy_of_ours_names_is_the_client(app: Flask, proxy: str) -> None:
    browser = by_way_of(app, proxy, CLIENT)

    assert session_from(browser) == CLIENT
    assert CLIENT in content(browser.get("/administration/sessions"))


@pytest.mark.parametrize("peer", [STRANGER, "192.0.2.16", "2001:db8:0:1::1"])
def test_whoever_is_no_proxy_of_ours_is_the_client_himself(app: Flask, peer: str) -> None:
    assert session_from(by_way_of(app, peer, CLIENT)) == peer


@pytest.mark.parametrize("named", [f"10.0.0.1, {CLIENT}", f"10.0.0.1,{PROXY} , {CLIENT}", f'"10.0.0.1, {CLIENT}'])
def test_of_several_addresses_the_last_alone_is_believed(app: Flask, named: str) -> None:
    assert session_from(by_way_of(app, PROXY, named)) == CLIENT


@pytest.mark.parametrize("named", ["", "unknown", f"{CLIENT}, unix:", "<b>"])
def test_where_the_last_is_no_address_the_proxy_is_the_client(app: Flask, named: str) -> None:
    assert session_from(by_way_of(app, PROXY, named)) == PROXY


def test_without_the_setting_nobody_is_believed(app_context: AppContext, cast: Cast) -> None:
    assert session_from(by_way_of(create_app(app_context), "127.0.0.1", CLIENT)) == "127.0.0.1"


def test_attempts_are_counted_by_client_and_not_by_proxy(app: Flask) -> None:
    guesser, other = by_way_of(app, PROXY, "203.0.113.66"), by_way_of(app, PROXY, CLIENT)

    statuses = [guesser.log_in(f"nobody{number}@acme.example").status_code for number in range(31)]

    assert (statuses[-2], statuses[-1]) == (422, 429)
    assert other.log_in(ADA).status_code == 303


@pytest.mark.parametrize(("peer", "is_secure"), [(PROXY, True), (STRANGER, False)])
def test_the_cookie_is_for_https_alone_where_a_proxy_of_ours_took_https(app: Flask, peer: str, is_secure: bool) -> None:
    answer = by_way_of(app, peer, CLIENT, "https").log_in(ADA)

    assert answer.status_code == 303
    assert ("Secure" in answer.headers["Set-Cookie"]) is is_secure


def test_the_cookie_travels_by_http_where_the_proxy_took_http(app: Flask) -> None:
    assert "Secure" not in by_way_of(app, PROXY, CLIENT).log_in(ADA).headers["Set-Cookie"]
