"""What people do, click by click: with JavaScript, and the same without it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.app_context import AppContext
from tests.browser.conftest import DESK, PHONE, Open
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, PASSWORD, TOKEN, VERA, Clock
from tests.portal.test_general import asked

WITH_AND_WITHOUT = pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])


def open_account(page: Page) -> None:
    page.locator("details.account > summary").click()


@pytest.mark.alone("the first run is over once somebody is there")
@WITH_AND_WITHOUT
@pytest.mark.parametrize("width", [DESK, PHONE])
def test_from_the_first_run_to_the_code_and_out_and_in_again(
    reader: Open, app_context: AppContext, script: bool, width: int
) -> None:
    sat = reader(width, java_script_enabled=script)
    page = sat.go(f"/first-run/{TOKEN}")
    page.get_by_label("Organization").fill("Acme")
    page.get_by_label("Standard").check()
    page.get_by_label("Email").fill("ann@acme.example")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("Password again").fill("short")
    page.get_by_role("button", name="Begin").click()

    expect(page.get_by_text("needs at least 12 characters")).to_be_visible()
    expect(page.get_by_label("Organization")).to_have_value("Acme")
    expect(page.get_by_label("Standard")).to_be_checked()

    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="General")).to_be_visible()
    expect(page.get_by_text("Gatepost is yours.")).to_be_visible()

    page.get_by_role("link", name="First query from your mail server").click()
    expect(page.get_by_role("heading", name="Activation Code")).to_be_visible()
    page.get_by_text("Show", exact=True).click()
    label = page.locator("#code-1-label").inner_text()
    page.locator("summary", has_text="Postfix").first.click()
    expect(page.locator("#postfix-main-cf")).to_contain_text(f"reject_rbl_client {label}.r.rep.example")

    open_account(page)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    sat.log_in("ann@acme.example", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("Email or password is not right.")
    expect(page.get_by_label("Email")).to_have_value("ann@acme.example")
    sat.log_in("ann@acme.example")
    expect(page.get_by_role("heading", name="General")).to_be_visible()

    sat.go(f"/first-run/{TOKEN}")
    expect(page.get_by_role("heading", name="This link is closed")).to_be_visible()
    assert sat.complaints == []


@WITH_AND_WITHOUT
def test_an_address_is_checked_and_the_result_can_be_kept(reader: Open, cast: Cast, script: bool) -> None:
    sat = reader(java_script_enabled=script)
    page = sat.log_in(ADA)
    page.get_by_role("link", name="Check an address").click()
    page.get_by_label("IPv4 or IPv6 address").fill("127.0.0.2")
    page.get_by_role("button", name="Check").click()

    expect(page.get_by_text("Refused with 550")).to_be_visible()
    assert page.url.endswith("/check?address=127.0.0.2")


@WITH_AND_WITHOUT
def test_a_viewer_changes_the_own_password(reader: Open, cast: Cast, script: bool) -> None:
    sat = reader(java_script_enabled=script)
    page = sat.log_in(VERA)
    open_account(page)
    page.get_by_role("link", name="Change password").click()
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another sentence, also quiet")
    page.get_by_label("New password again").fill("another sentence, also quiet")
    page.get_by_role("button", name="Change password").click()

    expect(page.get_by_role("status")).to_contain_text("The password is changed.")


def test_help_opens_beside_the_page_and_closes_with_escape(reader: Open, cast: Cast) -> None:
    sat = reader()
    page = sat.log_in(ADA)
    page.wait_for_load_state()  # before it is whole, the link leads to a page, as without JavaScript
    page.get_by_role("link", name="Help on this page").click()

    help_text = page.get_by_role("dialog", name="Help")
    expect(help_text).to_contain_text("A connection is one question")
    expect(page.get_by_role("button", name="Close the help")).to_be_focused()
    assert page.url == f"{sat.base}/"

    page.keyboard.press("Escape")
    expect(help_text).to_be_hidden()
    assert sat.complaints == []


def test_help_is_a_page_without_javascript(reader: Open, cast: Cast) -> None:
    sat = reader(java_script_enabled=False)
    page = sat.log_in(ADA)
    page.get_by_role("link", name="Help on this page").click()

    expect(page.get_by_role("heading", name="Help: General")).to_be_visible()


def test_figures_refresh_by_themselves_and_an_open_table_stays_open(reader: Open, cast: Cast) -> None:
    sat = reader()
    page = sat.log_in(ADA)
    page.get_by_text("The same figures as a table").click()
    expect(page.get_by_text("nobody has asked yet")).to_be_visible()

    asked(cast.acme.id, NOON, 4321)

    expect(page.locator("dd.figure", has_text="4,321")).to_be_visible()
    expect(page.locator("#hours td", has_text="4,321")).to_be_visible()
    assert sat.complaints == []


def test_a_page_left_open_stops_refreshing_and_says_so(reader: Open, cast: Cast, clock: Clock) -> None:
    sat = reader()
    page = sat.log_in(ADA)
    clock.advance(hours=8)

    expect(page.locator("#poll")).to_contain_text("no longer refreshes itself")
    page.get_by_role("link", name="Reload").click()
    expect(page.locator("#poll")).to_contain_text("refreshed every ten seconds")


def test_a_login_that_is_lost_meanwhile_leads_to_the_login_and_back(reader: Open, cast: Cast) -> None:
    sat = reader()
    page = sat.log_in(ADA)
    page.wait_for_url(f"{sat.base}/")
    page.goto(f"{sat.base}/?opened={NOON}")
    page.context.clear_cookies()

    page.wait_for_url("**/login?next=**")
    page.get_by_label("Email").fill(ADA)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{sat.base}/?opened={NOON}")


def test_a_text_is_copied_whole(reader: Open, cast: Cast) -> None:
    sat = reader(permissions=["clipboard-read", "clipboard-write"])
    sat.log_in(ADA)
    page = sat.go("/administration/activation-code")
    page.locator("summary", has_text="Postfix").first.click()
    page.get_by_role("button", name="Copy /etc/postfix/rbl_reply for Postfix").click()

    expect(page.get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator("#postfix-rbl-reply").text_content()


def test_the_keyboard_reaches_the_content_at_once(reader: Open, cast: Cast) -> None:
    sat = reader()
    page = sat.log_in(ADA)
    page.wait_for_url(f"{sat.base}/")
    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_account_closes_when_somebody_clicks_elsewhere(reader: Open, cast: Cast) -> None:
    sat = reader()
    page = sat.log_in(ADA)
    open_account(page)
    expect(page.get_by_text(ADA)).to_be_visible()

    page.get_by_role("heading", name="General").click()

    expect(page.get_by_text(ADA)).to_be_hidden()
