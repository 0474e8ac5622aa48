"""Installation > Requests: removals in the same queue as ISPs, each with the time until which it is answered."""

from __future__ import annotations

import pytest
from flask import Flask

from portal.app_context import AppContext
from reputation.customers import removals
from reputation.intake import listings
from reputation.store.models import RemovalRequest
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others
from tests.portal.conftest import OLGA, Browser, Clock, content, logged_in
from tests.reputation.insight.test_lookup import feed, fetch

PAGE = "/installation/requests"


@pytest.fixture
def wanted(cast: Cast, app_context: AppContext) -> int:
    """A removal of an address that we list by hand."""
    listings.add("192.0.2.7", "standard", "KSS", 86400, "Sent to a trap", NOON)
    app_context.publisher.catch_up(NOON)
    assert app_context.live.current
    reason = "The worm is <b>gone</b>."
    removals.submit(app_context.live.current, "192.0.2.7", "post@sender.example", reason, NOON, "http://127.0.0.1")
    return int(others(RemovalRequest).get().id)


def test_an_empty_queue_says_what_will_come(olga: Browser) -> None:
    assert "Nobody waits for an answer" in content(olga.get(PAGE))
    assert "come here" in content(olga.get(PAGE))


def test_a_removal_waits_with_its_deadline_until_it_is_overdue(
    olga: Browser, wanted: int, app: Flask, clock: Clock
) -> None:
    assert "Removal: 192.0.2.7" in content(olga.get(PAGE)) and "in 2 days" in content(olga.get(PAGE))
    assert "<b>gone" not in olga.get(f"{PAGE}/removal/{wanted}").text

    clock.advance(hours=49)

    assert "overdue" in content(logged_in(app, OLGA).get(PAGE))


def test_an_accepted_removal_is_in_dns_before_the_page_answers(
    olga: Browser, wanted: int, app_context: AppContext
) -> None:
    page = f"{PAGE}/removal/{wanted}"

    assert olga.send(page, page, status="accepted", answer="").status_code == 303

    assert not apart(listings.all_listings(NOON))
    assert "The removal of 192.0.2.7 is accepted." in content(olga.get(PAGE))
    assert "Our own lists no longer contain the address" in content(olga.get(page))
    assert olga.send(page, "/administration/password", status="accepted").status_code == 422


def test_the_operator_sees_who_lists_it_and_cannot_accept_what_would_stay_listed(
    olga: Browser, wanted: int, app_context: AppContext
) -> None:
    page = f"{PAGE}/removal/{wanted}"
    assert "Listed now by us" in content(olga.get(page)) and 'value="accepted"' in olga.get(page).text
    fetch(feed("Example DROP"), "192.0.2.0/24", at=NOON)
    assert "by us, and on Example DROP: there only its publisher can remove it" in content(olga.get(page))

    listings.remove("192.0.2.7", "standard", NOON)
    assert "only on Example DROP" in content(olga.get(page)) and 'value="accepted"' not in olga.get(page).text
    assert "An exception is a decision of its own" in content(olga.get(page))
    refused = olga.send(page, page, status="accepted", answer="")
    assert refused.status_code == 422 and "would stay listed: only Example DROP" in content(refused)
    assert olga.send(page, page, status="declined", answer="Ask there.").status_code == 303


def test_a_declined_removal_needs_a_word(olga: Browser, wanted: int) -> None:
    page = f"{PAGE}/removal/{wanted}"

    refused = olga.send(page, page, status="declined", answer="")
    assert refused.status_code == 422 and "Say why" in content(refused)
    assert olga.send(page, page, status="declined", answer="It still sends.").status_code == 303
    assert apart(listings.all_listings(NOON))


def test_a_request_that_is_none_is_no_page(olga: Browser, cast: Cast) -> None:
    for path in ("/removal/99", "/isp/99", "/isp/99/attachment"):
        assert olga.get(PAGE + path).status_code == 404


def test_for_everybody_else_there_is_no_such_page(ada: Browser, vera: Browser, boris: Browser, wanted: int) -> None:
    for browser in (ada, vera, boris):
        assert browser.get(f"{PAGE}/removal/{wanted}").status_code == 404
        answer = browser.send(f"{PAGE}/removal/{wanted}", "/administration/password", status="accepted")
        assert answer.status_code == 404
    assert apart(listings.all_listings(NOON))


def test_a_visitor_is_led_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"
