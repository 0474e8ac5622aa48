"""Each user's round: what an administrator, a viewer, the operator and a visitor do here, click by click.

At a desk, on a phone, and with JavaScript off.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.app_context import AppContext
from reputation.customers import isp_requests, users
from reputation.customers.isp_requests import IspDetails
from reputation.intake import listings
from reputation.store.models import User
from tests.browser.conftest import DESK, PHONE, Open, Reader
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, OLGA, PASSWORD, VERA
from tests.portal.test_query_log import SPAMMER
from tests.portal.test_query_log import asked as logged

WAYS = pytest.mark.parametrize(
    ("width", "script"),
    [(DESK, True), (PHONE, True), (DESK, False)],
    ids=["desk", "phone", "without JavaScript"],
)
LISTED = "198.51.100.99"


def sit_down(reader: Open, width: int, script: bool, email: str = "") -> Reader:
    sat = reader(width, java_script_enabled=script)
    if email:
        sat.log_in(email)
        expect(sat.page.get_by_role("heading", name="General")).to_be_visible()
    return sat


def walk_to(page: Page, *lines: str) -> None:
    """By the menu, which a phone opens first."""
    menu = page.get_by_role("navigation", name="Menu").locator("visible=true")
    for line in lines:
        # A click returns when the next page has begun, and of half a page nobody can say what it shows.
        page.wait_for_load_state()
        if on_a_phone(page) and not menu.count():
            page.locator("details.place > summary").click()
        menu.first.get_by_role("link", name=line, exact=True).first.click()
    page.wait_for_load_state()
    expect(page.locator("h1")).to_be_visible()


def on_a_phone(page: Page) -> bool:
    return page.viewport_size is not None and page.viewport_size["width"] == PHONE


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text).first).to_be_visible()


def opened(page: Page, summary: str) -> Locator:
    """Open the first part with this title, and give it."""
    part = page.locator("details", has=page.locator("summary", has_text=summary)).first
    part.locator("summary").first.click()
    return part


@WAYS
def test_an_administrators_round(reader: Open, cast: Cast, app_context: AppContext, width: int, script: bool) -> None:
    for minutes in range(3):
        logged(cast.acme.id, SPAMMER, code=0, at=NOON - 600 - minutes)
    sat = sit_down(reader, width, script, ADA)

    block_a_sender_after_a_dry_run(sat.page, script)
    change_the_rule_and_remove_it(sat.page)
    add_a_mail_server(sat.page)
    invite_a_viewer(sat, reader, width, script)
    make_a_token(sat.page)
    rotate_the_code(sat.page)
    ask_for_an_isp(sat.page)

    walk_to(sat.page, "Administration", "Audit Log")
    for what in (
        "Sender rule added",
        "Valid mail server",
        "invited",
        "API token",
        "Activation code replaced",
        "ISP Danube Lines",
    ):
        expect(sat.page.get_by_role("main")).to_contain_text(what)
    assert sat.overflow() == 0
    assert sat.complaints == []


def block_a_sender_after_a_dry_run(page: Page, script: bool) -> None:
    walk_to(page, "Policy", "Settings")
    page.get_by_role("link", name="Blocked Senders").click()
    page.get_by_label("Sender", exact=True).fill(SPAMMER)
    page.get_by_label("Note").fill("Wrote to everybody")
    if not script:
        page.get_by_role("button", name="What would it change?").click()
    # The log holds three connections, of which each stands for ten.
    expect(page.locator("#effect")).to_contain_text("30 of 30 connections would have had another answer")
    page.get_by_role("button", name="Block", exact=True).click()
    said(page, f"{SPAMMER} is blocked.")
    expect(page.locator("table.rules")).to_contain_text(SPAMMER)


def change_the_rule_and_remove_it(page: Page) -> None:
    page.get_by_role("link", name=f"Change {SPAMMER}").click()
    page.get_by_label("Note").fill("Wrote to everybody, twice")
    page.get_by_role("button", name=re.compile("Save")).first.click()
    expect(page.get_by_role("main")).to_contain_text("Wrote to everybody, twice")
    page.get_by_role("button", name=f"Remove {SPAMMER}").click()
    expect(page.locator("table.rules")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("table.rules")).to_contain_text(SPAMMER)


def add_a_mail_server(page: Page) -> None:
    walk_to(page, "Administration", "Valid Mail Servers")
    page.get_by_label("Address or network").fill("203.0.113.25")
    page.get_by_label("Note").last.fill("MX in Vienna")
    page.get_by_role("button", name="Add", exact=True).click()
    said(page, "203.0.113.25 is a valid mail server of yours.")


def invite_a_viewer(sat: Reader, reader: Open, width: int, script: bool) -> None:
    page = sat.page
    walk_to(page, "Administration", "Users")
    page.get_by_label("Email").fill("nora@acme.example")
    page.get_by_label("Role").last.select_option("viewer")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator("#new-link").inner_text()

    nora = sit_down(reader, width, script)
    guest = nora.go(link.partition("127.0.0.1")[2])
    expect(guest.get_by_role("main")).to_contain_text("Acme")
    guest.get_by_label("Password", exact=True).fill(PASSWORD)
    guest.get_by_label("Password again").fill(PASSWORD)
    guest.get_by_role("button", name="Begin").click()
    said(guest, "you are a viewer of Acme")
    assert nora.complaints == []


def make_a_token(page: Page) -> None:
    walk_to(page, "Administration", "API Tokens")
    page.get_by_label("Name").fill("ticket system")
    page.locator("label.choice", has_text="read").first.click()
    page.get_by_role("button", name="Create token").click()
    expect(page.locator("#new-token")).to_contain_text("gp_")
    page.reload()
    expect(page.locator("#new-token")).to_have_count(0)
    expect(page.get_by_role("rowheader", name="ticket system")).to_be_visible()


def rotate_the_code(page: Page) -> None:
    walk_to(page, "Administration", "Activation Code")
    part = opened(page, "Replace")
    part.get_by_role("button", name="Issue a new code").click()
    expect(page.locator("section.code")).to_have_count(2)
    expect(page.get_by_role("main")).to_contain_text("replaced")


def ask_for_an_isp(page: Page) -> None:
    walk_to(page, "Policy", "New ISP Request")
    page.get_by_label("ISP name").fill("Danube Lines")
    page.get_by_label("Networks").fill("198.51.100.0/25")
    page.get_by_label("Country").select_option("AT")
    page.get_by_label("Reason").fill("A partner of ours sends from there.")
    page.get_by_role("button", name="Send request").click()
    said(page, "The request for Danube Lines is sent.")


@WAYS
def test_a_viewers_round(reader: Open, cast: Cast, width: int, script: bool) -> None:
    """Everything of the organization is there to read, and nothing to send but what is the viewer's own."""
    logged(cast.acme.id, SPAMMER)
    sat = sit_down(reader, width, script, VERA)
    page = sat.page

    for lines, sentence in (
        (("Policy", "Settings"), "An administrator of your organization can add, change and remove rules."),
        (("Policy", "Reputation Settings"), "An administrator of your organization can change these settings."),
        (("Administration", "Valid Mail Servers"), "An administrator of your organization can add and remove"),
        (("Administration", "Users"), "An administrator of your organization can invite people"),
        (("Administration", "API Tokens"), "An administrator of your organization can create and revoke tokens."),
        (("Policy", "New ISP Request"), "An administrator of Acme can send a request."),
    ):
        walk_to(page, *lines)
        expect(page.get_by_role("main")).to_contain_text(sentence)
        expect(page.locator("main form[method=post]")).to_have_count(0)
    walk_to(page, "Report", "Query Log")
    expect(page.get_by_role("main")).to_contain_text(SPAMMER)
    expect(page.get_by_role("button", name="Block")).to_have_count(0)
    walk_to(page, "Administration", "Password")
    page.get_by_label("Present password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("another sentence, also quiet")
    page.get_by_label("New password again").fill("another sentence, also quiet")
    page.get_by_role("button", name="Change password").click()
    said(page, "The password is changed.")
    assert sat.complaints == []


@WAYS
def test_an_operators_round(reader: Open, cast: Cast, app_context: AppContext, width: int, script: bool) -> None:
    ada = users.user(User.get(User.email == ADA).id)
    assert ada is not None
    isp_details = IspDetails(
        "Danube Lines", [], ["198.51.100.0/25"], "AT", "", "", "receives", "A partner sends from there."
    )
    isp_requests.submit(ada, isp_details, None, NOON - 60, "")
    sat = sit_down(reader, width, script, OLGA)

    add_an_organization(sat.page)
    list_an_address(sat.page, app_context)
    write_news(sat.page)
    answer_the_request(sat.page)

    walk_to(sat.page, "Installation", "System")
    expect(sat.page.get_by_role("main")).to_contain_text("127.0.0.1:5300")
    assert sat.overflow() == 0
    assert sat.complaints == []


def add_an_organization(page: Page) -> None:
    walk_to(page, "Installation", "Organizations")
    page.get_by_label("Name", exact=True).last.fill("Corvus")
    page.locator("label.choice", has_text="Advanced").click()
    page.get_by_role("button", name="Add organization").click()
    said(page, "Corvus is added.")
    expect(page.locator("#new-code")).to_contain_text("-")


def list_an_address(page: Page, app_context: AppContext) -> None:
    walk_to(page, "Installation", "Listings")
    page.get_by_label("Address or network").last.fill(LISTED)
    page.get_by_label("Category").last.select_option("ETL")
    page.get_by_label("For", exact=True).fill("12h")
    page.get_by_label("Reason", exact=True).fill("Spam run seen by hand")
    page.get_by_role("button", name="List it").click()
    expect(page.get_by_role("main").get_by_role("table")).to_contain_text(LISTED)
    assert app_context.live.current is not None, "it is published before the page answers"


def write_news(page: Page) -> None:
    walk_to(page, "Installation", "Write News")
    page.locator("main a", has_text="Write").first.click()
    page.get_by_label("Title").fill("A quiet week")
    page.get_by_label("Text, in Markdown").fill("Nothing **new** came.")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview strong", has_text="new")).to_be_visible()
    page.get_by_label("Publish now").check()
    page.get_by_role("button", name="Save").click()
    said(page, "The item is published.")
    walk_to(page, "News", "Spam News")
    expect(page.get_by_role("main")).to_contain_text("A quiet week")


def answer_the_request(page: Page) -> None:
    walk_to(page, "Installation", "Requests")
    page.get_by_role("link", name="Danube Lines").click()
    part = opened(page, "Accept")
    part.get_by_role("button", name="Accept").click()
    said(page, "Danube Lines is known from now on")


@WAYS
def test_a_visitors_round(reader: Open, cast: Cast, app_context: AppContext, width: int, script: bool) -> None:
    listings.add(LISTED, "standard", "ETL", 86400, "Spam run seen by hand", NOON)
    app_context.publisher.catch_up(NOON)
    sat = sit_down(reader, width, script)
    page = sat.go("/lookup")

    page.get_by_label("IPv4 or IPv6 address").fill("203.0.113.77")
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("main")).to_contain_text("Not listed")
    page.get_by_label("IPv4 or IPv6 address").fill(LISTED)
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("main")).to_contain_text("Spam run seen by hand")
    page.get_by_label("Email").fill("postmaster@isp.example")
    page.get_by_label("What sent the mail").fill("A machine of a customer, which is off now.")
    page.get_by_role("button", name=f"Ask for removal of {LISTED}").click()
    said(page, "Your request is sent.")
    expect(page.get_by_role("main")).to_contain_text("Waits for an answer")
    sat.go("/criteria")
    expect(page.locator("h1")).to_be_visible()
    assert sat.overflow() == 0
    assert sat.complaints == []
