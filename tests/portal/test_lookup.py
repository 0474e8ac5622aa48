"""The public lookup: what lists an address, without a login; and the request to be taken off, followed by its link."""

from __future__ import annotations

import re

import pytest
from werkzeug.test import TestResponse

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.customers import policy, removals
from reputation.intake import listings, protected_senders, spam_reports
from reputation.intake.feeds.catalogue import BY_KEY
from reputation.store.models import Feed
from reputation.verdict.live import Live
from tests.conftest import NOON, Cast
from tests.portal.conftest import OLGA, Browser, Clock, content
from tests.reputation.insight.test_lookup import feed, fetch

HOUR = 3600
SENDER = "postmaster@sender.example"
FIELDS = {"email": SENDER, "reason": "The account was misused; it is closed.", "website": ""}


def list_it(
    app_context: AppContext, network: str = "192.0.2.77", database: str = "standard", category: str = "KSS"
) -> None:
    listings.add(network, database, category, 24 * HOUR, "Spam was seen", NOON - HOUR)
    app_context.publisher.catch_up(NOON)


def ask(user: Browser, address: str = "192.0.2.77", **fields: str) -> TestResponse:
    # The form stands on the page of the listed address, whatever is sent with it.
    return user.send("/lookup", "/lookup?address=192.0.2.77", **{"address": address, **FIELDS, **fields})


@pytest.fixture
def listed(app_context: AppContext, cast: Cast) -> None:
    list_it(app_context)


def test_without_an_address_it_asks_for_one_and_tells_the_criteria(visitor: Browser, cast: Cast) -> None:
    page = visitor.get("/lookup")

    assert page.status_code == 200
    assert 'name="address"' in page.text
    assert 'href="/criteria"' in page.text
    assert 'action="/lookup#removal"' not in page.text


@pytest.mark.parametrize(("network", "address"), [("192.0.2.0/24", "192.0.2.77"), ("2001:db8::/56", "2001:DB8::77")])
def test_a_visitor_is_told_category_reason_begin_and_end(
    visitor: Browser, app_context: AppContext, cast: Cast, network: str, address: str
) -> None:
    list_it(app_context, network, category="DUL")

    text = content(visitor.get(f"/lookup?address={address}"))

    assert address.lower() in text
    assert "DUL: dynamic user list" in text
    assert "Reason Spam was seen" in text
    assert "127.0.0.3 from the standard database" in text
    assert "this service, since 21 Sep 2026, 11:00" in text
    assert "Until in 23 h 0 min" in text


def test_both_databases_are_told_and_what_they_mean_for_mail(
    visitor: Browser, app_context: AppContext, cast: Cast
) -> None:
    list_it(app_context)
    list_it(app_context, database="dynamic", category="ETL")

    text = content(visitor.get("/lookup?address=192.0.2.77"))

    assert "KSS: known spam source" in text and "refuse mail from it (550)" in text
    assert "Dynamic database" in text and "come back later (450)" in text
    assert "every level" in text


def test_an_address_that_is_not_listed_is_told_so_and_offers_no_removal(visitor: Browser, cast: Cast) -> None:
    page = visitor.get("/lookup?address=192.0.2.1")

    assert "Not listed" in content(page)
    assert "Ask for removal" not in page.text


def test_no_organizations_rule_is_told_to_a_stranger(visitor: Browser, app_context: AppContext, cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "blocked", "198.51.100.0/24", NOON)
    app_context.publisher.catch_up(NOON)

    assert "Not listed" in content(visitor.get("/lookup?address=198.51.100.9"))


def test_a_trap_is_not_betrayed(visitor: Browser, app_context: AppContext, cast: Cast) -> None:
    evidence = "To trap-17@secret.example"
    spam_reports.accept("192.0.2.77", "trap", NOON, evidence=evidence, reporter="trap-17@secret.example")
    app_context.publisher.catch_up(NOON)

    page = visitor.get("/lookup?address=192.0.2.77")

    assert "Reason Spam was seen from this sender" in content(page)
    assert "secret" not in page.text


def test_a_visitor_is_told_why_in_a_sentence_and_no_more(visitor: Browser, app_context: AppContext, cast: Cast) -> None:
    for address in ("192.0.2.77", "192.0.2.77", "192.0.2.78"):
        spam_reports.accept(address, "trap", NOON)
    spam_reports.accept("192.0.2.77", "complaint", NOON, organization_id=cast.acme.id)
    app_context.publisher.catch_up(NOON)

    text = content(visitor.get("/lookup?address=192.0.2.77"))

    assert (
        "3 messages were seen from 192.0.2.0/24 in ten days, all of them spam; 2 of them from this address; "
        "one reporter." in text
    )
    assert "estimate" not in text and "trap" not in text and "Acme" not in text


def test_a_visitor_is_told_where_nothing_is_known_and_where_reports_list_nobody(visitor: Browser, cast: Cast) -> None:
    protected_senders.add("198.51.100.0/24", NOON)

    assert "Nothing was seen lately from 192.0.2.1 or the networks" in content(visitor.get("/lookup?address=192.0.2.1"))
    text = content(visitor.get("/lookup?address=198.51.100.1"))
    assert "Reports do not list it for everybody." in text and "protected" not in text


def test_a_test_address_is_told_as_such(visitor: Browser, cast: Cast) -> None:
    page = visitor.get("/lookup?address=127.0.0.2")

    assert "A test address" in content(page)
    assert "Ask for removal" not in page.text


@pytest.mark.parametrize("address", ["300.1.2.3", "192.0.2.0/24", "mail.example", "1" * 5000, "<b>x</b>"])
def test_what_is_no_address_gets_a_sentence_and_the_same_form(visitor: Browser, cast: Cast, address: str) -> None:
    answer = visitor.client.get("/lookup", query_string={"address": address})

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text and 'role="alert"' in answer.text
    assert "<b>" not in answer.text


def test_before_anything_is_loaded_it_says_so(visitor: Browser, app_context: AppContext) -> None:
    app_context.live = Live()

    answer = visitor.get("/lookup?address=192.0.2.1")

    assert answer.status_code == 503
    assert "Nothing is loaded yet" in content(answer)


def test_a_reader_who_is_logged_in_is_led_to_his_own_check(visitor: Browser, ada: Browser, listed: None) -> None:
    assert 'href="/check?address=192.0.2.77"' in ada.get("/lookup?address=192.0.2.77").text
    assert 'href="/check?address=192.0.2.77"' not in visitor.get("/lookup?address=192.0.2.77").text


def test_the_address_in_the_text_of_a_dns_answer_leads_here(
    visitor: Browser, app_context: AppContext, listed: None
) -> None:
    snapshot = app_context.live.current
    assert snapshot
    text = snapshot.explain("Spam", parse_address("192.0.2.77"))

    page = visitor.get(text.partition("http://127.0.0.1")[2])

    assert "Listed" in content(page)


def test_so_many_lookups_from_one_address_and_no_more(visitor: Browser, cast: Cast) -> None:
    for _ in range(60):
        assert visitor.get("/lookup?address=192.0.2.1").status_code == 200

    answer = visitor.get("/lookup?address=192.0.2.1")

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many requests" in content(answer)
    assert "password" not in content(answer)
    assert visitor.get("/lookup").status_code == 200


def test_a_request_is_sent_and_followed_by_its_link(visitor: Browser, listed: None, clock: Clock) -> None:
    answer = ask(visitor)

    assert answer.status_code == 303
    assert re.fullmatch(r"/lookup/removal/[\w-]{32}", answer.location)
    text = content(visitor.get(answer.location))
    assert "Your request is sent." in text
    assert "Waits for an answer" in text
    assert "by 23 Sep 2026, 12:00" in text
    assert "The account was misused; it is closed." in text
    clock.advance(hours=49)
    assert "is late" in content(visitor.get(answer.location))


def test_an_accepted_request_tells_its_answer_and_the_address_is_no_longer_listed(
    visitor: Browser, app_context: AppContext, listed: None
) -> None:
    location = ask(visitor).location
    [request] = removals.open_requests()

    removals.decide(request.id, "accepted", "Thank you.", OLGA, NOON)
    app_context.publisher.catch_up(NOON)

    text = content(visitor.get(location))
    assert "Accepted" in text and "Thank you." in text
    assert OLGA not in text
    assert "Not listed" in content(visitor.get("/lookup?address=192.0.2.77"))


def test_a_declined_request_tells_why(visitor: Browser, listed: None) -> None:
    location = ask(visitor).location
    [request] = removals.open_requests()

    removals.decide(request.id, "declined", "It <b>still</b> sends.", OLGA, NOON)

    page = visitor.get(location)
    assert "Declined" in content(page)
    assert "It &lt;b&gt;still&lt;/b&gt; sends." in page.text


@pytest.mark.parametrize("token", ["x", "A" * 32, "..%2f..", "'"])
def test_a_link_that_is_none_is_no_page(visitor: Browser, listed: None, token: str) -> None:
    ask(visitor)

    assert visitor.get(f"/lookup/removal/{token}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": ""}, "Write your email address."),
        ({"email": "nobody"}, "is no email address"),
        ({"reason": ""}, "Say what sent the mail, and what has changed since."),
        ({"reason": "x" * 2001}, "Use at most 2,000 characters."),
        ({"website": "https://pills.example"}, "Leave the field for machines empty"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(
    visitor: Browser, listed: None, fields: dict[str, str], sentence: str
) -> None:
    answer = ask(visitor, **fields)

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert fields.get("email", SENDER) in answer.text
    assert removals.open_requests() == []


def test_an_address_that_is_not_listed_is_refused_with_a_sentence(visitor: Browser, listed: None) -> None:
    answer = ask(visitor, "198.51.100.1")

    assert answer.status_code == 422
    assert "Not listed" in content(answer)
    assert removals.open_requests() == []


def test_what_is_no_address_is_refused_too(visitor: Browser, listed: None) -> None:
    answer = ask(visitor, "mail.example")

    assert answer.status_code == 422
    assert "is not an IP address" in content(answer)


def test_the_second_request_for_the_same_is_refused(visitor: Browser, listed: None) -> None:
    ask(visitor)

    assert "You have asked for 192.0.2.77 already" in content(ask(visitor))
    assert len(removals.open_requests()) == 1


def test_so_many_requests_from_one_address_and_no_more(visitor: Browser, listed: None) -> None:
    for number in range(5):
        assert ask(visitor, email=f"{number}@sender.example").status_code == 303

    assert ask(visitor, email="5@sender.example").status_code == 429
    assert len(removals.open_requests()) == 5


def test_a_request_without_the_pages_token_is_refused(visitor: Browser, listed: None) -> None:
    assert visitor.client.post("/lookup", data={"address": "192.0.2.77", **FIELDS}).status_code == 400
    assert removals.open_requests() == []


def test_what_only_a_published_list_holds_is_said_before_anybody_asks(
    visitor: Browser, app_context: AppContext, cast: Cast
) -> None:
    fetch(feed("Example DROP"), "192.0.2.0/24", at=NOON)
    app_context.publisher.catch_up(NOON)

    text = content(visitor.get("/lookup?address=192.0.2.77"))

    assert "Example DROP, a published list, since at least 21 Sep 2026, 12:00" in text
    assert "it is removed from the published list" in text
    assert "only its publisher can remove it there" in text


DROP = BY_KEY["drop"]


def on_spamhaus(app_context: AppContext, network: str = "192.0.2.0/24") -> None:
    made = feed("Spamhaus DROP")
    Feed.update(source=DROP.source).where(Feed.id == made.id).execute()
    fetch(made, network, at=NOON)
    app_context.publisher.catch_up(NOON)


def test_who_is_on_a_published_list_alone_is_led_to_its_publisher_and_gets_no_form(
    visitor: Browser, app_context: AppContext, cast: Cast
) -> None:
    on_spamhaus(app_context)

    page = visitor.get("/lookup?address=192.0.2.77")

    assert "How to get off the list" in content(page) and "The Spamhaus Project" in content(page)
    assert f'href="{DROP.where_to_ask}"' in page.text
    assert 'name="reason"' not in page.text
    list_it(app_context, "198.51.100.1")  # whose page has the form
    refused = visitor.send("/lookup", "/lookup?address=198.51.100.1", address="192.0.2.77", **FIELDS)
    assert refused.status_code == 422
    assert f"ask Spamhaus DROP ({DROP.where_to_ask})" in content(refused)
    assert removals.open_requests() == []


def test_who_is_on_both_may_ask_and_is_led_to_the_publisher_too(
    visitor: Browser, app_context: AppContext, listed: None
) -> None:
    on_spamhaus(app_context)

    page = visitor.get("/lookup?address=192.0.2.77")
    assert f'href="{DROP.where_to_ask}"' in page.text and 'name="reason"' in page.text
    location = ask(visitor).location
    [request] = removals.open_requests()
    removals.decide(request.id, "accepted", "", OLGA, NOON)

    followed = visitor.get(location)
    assert "Accepted" in content(followed) and "It is still listed now, on a published list" in content(followed)
    assert f'href="{DROP.where_to_ask}"' in followed.text


def test_the_source_of_a_list_that_nobody_knows_is_told_to_no_visitor(
    visitor: Browser, app_context: AppContext, cast: Cast
) -> None:
    made = feed("Our own list")
    Feed.update(source="https://lists.internal.example/?key=secret").where(Feed.id == made.id).execute()
    fetch(made, "192.0.2.0/24", at=NOON)
    app_context.publisher.catch_up(NOON)

    page = visitor.get("/lookup?address=192.0.2.77")

    assert "Our own list" in page.text and "internal.example" not in page.text
    assert 'name="reason"' in page.text, "only the operator knows whom to ask"


def test_a_viewer_may_ask_too(vera: Browser, listed: None) -> None:
    assert ask(vera).status_code == 303
