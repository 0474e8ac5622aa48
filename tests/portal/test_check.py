"""Check an address: what the page says is what DNS answers."""

from __future__ import annotations

import pytest

from portal.app_context import AppContext
from portal.check import credit
from reputation.customers import policy
from reputation.intake import listings, protected_senders, spam_reports
from reputation.verdict.live import Live
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser, content


def list_it(
    app_context: AppContext, network: str, database: str, category: str, reason: str = "Sent to a trap"
) -> None:
    listings.add(network, database, category, 2 * 3600, reason, NOON)
    app_context.publisher.catch_up(NOON)


def approve(app_context: AppContext, organization: int, value: str) -> None:
    policy.add_rule(organization, "approved", value, NOON)
    app_context.publisher.catch_up(NOON)


def test_without_an_address_it_asks_for_one(ada: Browser) -> None:
    answer = ada.get("/check")

    assert answer.status_code == 200
    assert 'name="address"' in answer.text
    assert "Standard database" not in content(answer)


def test_a_listed_address_is_refused_with_its_code_reason_and_end(ada: Browser, app_context: AppContext) -> None:
    list_it(app_context, "192.0.2.77/32", "standard", "ETL")

    text = content(ada.get("/check?address=192.0.2.77"))

    assert "Refused with 550" in text and "127.0.0.4" in text
    assert "Reason Sent to a trap" in text
    assert "Until in 2 h 0 min" in text
    assert "ETL, emerging threat list" in text
    assert "Accepted: not listed" in text  # the dynamic database


def test_a_dynamic_listing_is_deferred(ada: Browser, app_context: AppContext) -> None:
    list_it(app_context, "2001:db8::/32", "dynamic", "ETL")

    text = content(ada.get("/check?address=2001:DB8::1"))

    assert "2001:db8::1" in text
    assert "Deferred with 450" in text and "127.0.0.2" in text


def test_the_steps_before_the_decision_are_told_in_their_order(ada: Browser) -> None:
    text = content(ada.get("/check?address=192.0.2.1"))

    steps = [
        "Test addresses",
        "Your approved and blocked senders",
        "Your rules by ISP",
        "Your rules by country",
        "ETL, emerging threat list",
        "KSS, known spam sources",
        "DUL, dynamic user list",
        "Nothing lists it",
    ]
    places = [text.index(step) for step in steps]
    assert places == sorted(places)


def test_an_approved_sender_is_told_as_such_to_its_organization_alone(
    ada: Browser, boris: Browser, app_context: AppContext, cast: Cast
) -> None:
    list_it(app_context, "192.0.2.77/32", "standard", "KSS")
    approve(app_context, cast.acme.id, "192.0.2.77")

    assert "Accepted: an approved sender" in content(ada.get("/check?address=192.0.2.77"))
    assert "Refused with 550" in content(boris.get("/check?address=192.0.2.77"))


@pytest.mark.parametrize("action", ["approved", "blocked"])
def test_a_rule_that_ends_is_told_with_its_end(ada: Browser, app_context: AppContext, cast: Cast, action: str) -> None:
    policy.add_rule(cast.acme.id, action, "192.0.2.0/24", NOON, expires_at=NOON + 2 * 3600)
    policy.add_rule(cast.acme.id, action, "198.51.100.0/24", NOON)
    app_context.publisher.catch_up(NOON)

    assert "Until in 2 h 0 min" in content(ada.get("/check?address=192.0.2.77"))
    assert "Until in" not in content(ada.get("/check?address=198.51.100.7"))


def test_a_standard_subscription_is_not_told_of_the_dynamic_database(boris: Browser, app_context: AppContext) -> None:
    list_it(app_context, "192.0.2.77/32", "dynamic", "ETL")

    text = content(boris.get("/check?address=192.0.2.77"))

    assert "Not asked" in text
    assert "belongs to the advanced subscription" in text


@pytest.mark.parametrize("address", ["300.1.2.3", "192.0.2.0/24", "mail.example", "::g", "1" * 5000, "<b>x</b>"])
def test_what_is_no_address_gets_a_sentence_and_the_same_form(ada: Browser, address: str) -> None:
    answer = ada.client.get("/check", query_string={"address": address})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text and 'role="alert"' in answer.text
    assert "<b>" not in answer.text


def test_a_reason_with_markup_is_shown_and_not_obeyed(ada: Browser, app_context: AppContext) -> None:
    list_it(app_context, "192.0.2.77/32", "standard", "KSS", "<script>alert(1)</script>")

    assert "&lt;script&gt;alert(1)" in ada.get("/check?address=192.0.2.77").text


def test_before_anything_is_loaded_it_says_so(ada: Browser, app_context: AppContext) -> None:
    app_context.live = Live()

    answer = ada.get("/check?address=192.0.2.1")

    assert answer.status_code == 503
    assert "Nothing is loaded yet" in content(answer)


def test_whose_data_tells_the_origin_is_credited_with_a_link() -> None:
    text = credit("RouteViews & <DB-IP>")

    assert text.startswith('<a href="https://www.routeviews.org/" rel="noreferrer">RouteViews</a> &amp; &lt;<a')
    assert 'href="https://db-ip.com/"' in text


# Spam reports and past listings


def test_an_administrator_reports_spam_and_is_told_what_came_of_it(ada: Browser, app_context: AppContext) -> None:
    page = "/check?address=203.0.113.77"
    assert ada.send("/check/spam-report", page, address="203.0.113.77", evidence="Subject: pills").status_code == 303

    text = content(ada.get(page))
    assert "Counted as a spam report of 203.0.113.77: it is listed for your organization from level 4 on." in text
    alone = text.partition("Your organization's reports alone list it from level 4 on; that ends ")[2]
    assert alone.startswith("in 12 h")
    assert "What this installation listed it for" not in text, "nobody else is told anything"
    assert "pills" not in text, "evidence is not told"


def test_the_operators_report_weighs_as_much_as_a_traps(olga: Browser) -> None:
    olga.send("/check/spam-report", "/check?address=203.0.113.78", address="203.0.113.78", evidence="seen")

    assert "listed from level 2 on" in content(olga.get("/check?address=203.0.113.78"))


@pytest.mark.parametrize(("address", "evidence", "says"), [
    ("203.0.113.77", "", "Write what was seen"),
    ("198.51.100.9", "seen", "is an approved sender of the organization"),
])  # fmt: skip
def test_a_report_that_lists_nobody_says_why_beside_the_form(
    ada: Browser, app_context: AppContext, cast: Cast, address: str, evidence: str, says: str
) -> None:
    approve(app_context, cast.acme.id, "198.51.100.9")

    answer = ada.send("/check/spam-report", f"/check?address={address}", address=address, evidence=evidence)

    assert answer.status_code == 422 and says in content(answer)


def test_a_viewer_sees_the_past_and_reports_nothing(vera: Browser, app_context: AppContext) -> None:
    list_it(app_context, "192.0.2.77/32", "standard", "ETL")

    assert "Report spam" not in content(vera.get("/check?address=192.0.2.77"))
    assert "listed, standard" in content(vera.get("/check?address=192.0.2.77"))


# Why


def reported(app_context: AppContext, *addresses: str) -> None:
    for address in addresses:
        spam_reports.accept(address, "trap", NOON, evidence="To secret@x.example", reporter="secret@x.example")
    app_context.publisher.catch_up(NOON)


def test_why_it_is_listed_is_told_in_words_and_with_the_parts_of_the_estimate(
    ada: Browser, app_context: AppContext
) -> None:
    reported(app_context, "203.0.113.77", "203.0.113.77", "203.0.113.78")

    page = ada.get("/check?address=203.0.113.77")
    text = content(page)
    assert (
        "3 messages were seen from 203.0.113.0/24 in ten days, all of them spam; 2 of them from this address; "
        "one reporter." in text
    )
    assert "Listed for spam of its own, from level 2 on; ends in 12 h 0 min" in text
    assert "203.0.113.77 2 2 100 % 96 %" in text, "the address, and what the estimate comes to with it"
    assert "203.0.112.0/22 3 3 100 %" in text and "All mail 3 3 100 %" in text
    assert "secret" not in page.text and "trap" not in text.lower()


def test_of_whom_nothing_is_known_that_is_said(ada: Browser) -> None:
    text = content(ada.get("/check?address=2001:db8:1234:5678:9abc:def0:1234:5678"))

    assert "Nothing was seen lately from 2001:db8:1234:5678::/64 or the networks around it." in text
    assert "lists nobody by itself" in text


def test_a_protected_sender_is_said_to_be_one(ada: Browser, app_context: AppContext) -> None:
    protected_senders.add("203.0.113.0/24", NOON)

    assert "203.0.113.77 is a protected sender" in content(ada.get("/check?address=203.0.113.77"))


def test_of_a_test_address_nothing_is_to_be_known(ada: Browser) -> None:
    assert "What is known of it" not in content(ada.get("/check?address=127.0.0.2"))


def test_what_one_organization_reports_is_told_to_it_alone(ada: Browser, boris: Browser, cast: Cast) -> None:
    spam_reports.accept("203.0.113.77", "complaint", NOON, organization_id=cast.acme.id)

    mine, others = (content(one.get("/check?address=203.0.113.77")) for one in (ada, boris))

    assert "Your organization reported it once in ten days" in mine
    assert "Your organization" not in others and "Nothing was seen lately from 203.0.113.77" in others
