"""Policy > Reputation Settings."""

from __future__ import annotations

import re

import pytest

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.customers import organizations
from reputation.customers.policy import settings
from reputation.customers.policy.settings import Chosen
from reputation.insight.query_log import key_of
from reputation.intake import listings, report_listings
from reputation.store import db
from reputation.store.models import QueryLogEntry
from reputation.verdict.decision import decide
from reputation.verdict.zones import DYNAMIC, KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser, content

PAGE = "/policy/reputation-settings"
SPAMMER = "203.0.113.7"
ALL = {"kss": "on", "dul": "on", "etl": "on"}


@pytest.fixture
def listed(cast: Cast, app_context: AppContext) -> None:
    """The spammer is in KSS, and in the dynamic database at level 4 alone; it was asked about thrice in each."""
    listings.add(SPAMMER, "standard", "KSS", 86400, "Spam", NOON)
    with db.write():
        report_listings.write({SPAMMER: ((0, 0, 0, NOON + 86400), "Reports")}, NOON)
    app_context.publisher.catch_up(NOON)
    for database, code in ((STANDARD, KSS), (DYNAMIC, 0)) * 3:
        QueryLogEntry.create(
            organization=cast.acme.id, asked_at=NOON - 60, address=SPAMMER, address_key=key_of(SPAMMER),
            database=database, code=code, weight=1,
        )  # fmt: skip


def code(app_context: AppContext, cast: Cast, database: int) -> int:
    assert app_context.live.current
    return decide(app_context.live.current, database, cast.acme.id, *parse_address(SPAMMER), NOON).code


def test_the_page_shows_what_is_chosen(ada: Browser) -> None:
    page = ada.get(PAGE)

    assert len(re.findall(r'type="checkbox" name="\w+" checked', page.text)) == 3
    assert re.search(r'name="level" value="2"[^>]*checked', page.text)
    assert "is cleared" not in content(page)


def test_a_category_is_cleared_and_dns_says_so_before_the_page_answers(
    listed: None, ada: Browser, cast: Cast, app_context: AppContext
) -> None:
    assert code(app_context, cast, STANDARD) == KSS

    answer = ada.send(f"{PAGE}/standard", PAGE, dul="on", etl="on")

    assert (answer.status_code, answer.location) == (303, PAGE)
    assert code(app_context, cast, STANDARD) == 0
    said = content(ada.get(PAGE))
    assert "Categories that count: DUL, ETL. In DNS now; every mail server sees it by 12:05:00 at the latest." in said
    assert "KSS is cleared. Known spam sources are accepted from then on" in said


def test_undo_brings_the_category_back(listed: None, ada: Browser, cast: Cast, app_context: AppContext) -> None:
    ada.send(f"{PAGE}/standard", PAGE, dul="on", etl="on")
    text = ada.get(PAGE).text
    fields = dict(re.findall(r'name="(kss|dul|etl)" value="(\w+)"', text[: text.index("</main>")]))

    assert fields == ALL
    ada.send(f"{PAGE}/standard", PAGE, **fields)
    assert settings.chosen(cast.acme.id) == Chosen() and code(app_context, cast, STANDARD) == KSS


def test_clearing_a_category_warns_and_is_tried_before_it_is_saved(listed: None, ada: Browser, cast: Cast) -> None:
    said = content(ada.send(f"{PAGE}/standard/try", PAGE, dul="on", etl="on"))

    assert "KSS is cleared." in said
    assert "If this had been chosen for the last seven days: 3 of 6 connections would have had another answer" in said
    assert "203.0.113.7 3 refused, 127.0.0.2 not listed" in said
    assert settings.chosen(cast.acme.id) == Chosen()


def test_htmx_gets_the_effect_alone(listed: None, ada: Browser) -> None:
    token = re.search(r'name="csrf_token" value="([^"]+)"', ada.get(PAGE).text)
    assert token
    fields = {"csrf_token": token[1], "level": "4"}

    part = ada.client.post(f"{PAGE}/dynamic/try", data=fields, headers={"HX-Request": "true"}).text

    assert "<form" not in part and "<html" not in part and "Level 4 for the last seven days" in part


def test_a_level_says_how_many_it_would_have_deferred(listed: None, ada: Browser, cast: Cast) -> None:
    said = content(ada.send(f"{PAGE}/dynamic/try", PAGE, level="4"))
    assert "Level 4 for the last seven days: 3 of 6 connections deferred, 3 more than with your present level 2" in said
    assert settings.chosen(cast.acme.id).level == 2
    settings.choose_level(cast.acme.id, 4, NOON, "ada")
    ada.send(f"{PAGE}/dynamic", PAGE, level="4")  # publishes

    said = content(ada.send(f"{PAGE}/dynamic/try", PAGE, level="1"))

    assert (
        "Level 1 for the last seven days: 0 of 6 connections deferred, 3 fewer than with your present level 4" in said
    )


def test_a_level_is_chosen_and_dns_says_so(listed: None, ada: Browser, cast: Cast, app_context: AppContext) -> None:
    answer = ada.send(f"{PAGE}/dynamic", PAGE, level="4")

    assert (answer.status_code, answer.location) == (303, f"{PAGE}#dynamic")
    assert code(app_context, cast, DYNAMIC) == 2
    said = content(ada.get(PAGE))
    assert "The level is 4, most aggressive. In DNS now; every mail server sees it by 12:01:00 at the latest." in said
    assert 'name="level" value="2"' in ada.get(PAGE).text


@pytest.mark.parametrize("level", ["5", "-1", "two", ""])
def test_what_is_no_level_is_refused(ada: Browser, cast: Cast, level: str) -> None:
    answer = ada.send(f"{PAGE}/dynamic", PAGE, level=level)

    assert answer.status_code == 422 and "from 0 to 4" in content(answer)
    assert settings.chosen(cast.acme.id).level == 2


def headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def test_a_standard_subscription_sees_the_standard_settings_alone_and_can_choose_no_level(
    ada: Browser, boris: Browser, cast: Cast
) -> None:
    page = boris.get(PAGE)

    assert headings(page.text) == ["Enable Standard Settings"]
    assert headings(ada.get(PAGE).text) == ["Enable Standard Settings", "Dynamic Settings"]
    assert 'name="level"' not in page.text and 'name="kss"' in page.text
    assert not re.search("dynamic (reputation )?database|most aggressive", content(page), re.IGNORECASE)
    for path in ("dynamic", "dynamic/try"):
        answer = boris.send(f"{PAGE}/{path}", PAGE, level="4")
        assert answer.status_code == 422 and headings(answer.text) == ["Enable Standard Settings"]
        assert (
            "The dynamic database belongs to the advanced subscription. Ask whoever runs this installation to change "
            "yours." in content(answer)
        )
    assert settings.chosen(cast.basic.id) == settings.chosen(cast.acme.id) == Chosen()


def test_the_level_is_kept_while_the_subscription_does_not_include_it(
    listed: None, ada: Browser, boris: Browser, cast: Cast, app_context: AppContext
) -> None:
    ada.send(f"{PAGE}/dynamic", PAGE, level="4")

    def subscribe(name: str) -> None:
        organizations.change_subscription(cast.acme.id, name, NOON, "operator")
        app_context.publisher.catch_up(NOON)

    subscribe("standard")
    assert headings(ada.get(PAGE).text) == ["Enable Standard Settings"]
    refused = ada.send(f"{PAGE}/dynamic", PAGE, level="2")  # by a page that was opened before, or its undo
    assert refused.status_code == 422 and "belongs to the advanced" in content(refused)
    assert ada.send(f"{PAGE}/standard", PAGE, kss="on", dul="on").status_code == 303
    assert app_context.live.current and not app_context.live.current.may_ask(cast.acme.id, DYNAMIC)
    assert settings.chosen(cast.acme.id) == Chosen(etl=False, level=4)

    subscribe("advanced")
    assert re.search(r'name="level" value="4"[^>]*checked', ada.get(PAGE).text)
    assert app_context.live.current.may_ask(cast.acme.id, DYNAMIC) and code(app_context, cast, DYNAMIC) == 2
    assert headings(boris.get(PAGE).text) == ["Enable Standard Settings"], "Basic stays as it is"


def test_a_viewer_sees_what_is_chosen_and_no_form(vera: Browser, cast: Cast) -> None:
    settings.choose_categories(cast.acme.id, True, False, True, NOON, "ada")
    page = vera.get(PAGE)

    assert "DUL does not count" in content(page) and "KSS counts" in content(page)
    assert "(your present level)" in content(page)
    assert 'name="kss"' not in page.text and 'name="level"' not in page.text
    assert "An administrator of your organization can change these settings." in content(page)
    for path in ("standard", "dynamic", "standard/try", "dynamic/try"):
        assert vera.send(f"{PAGE}/{path}", PAGE, level="4").status_code == 403
    assert settings.chosen(cast.acme.id) == Chosen(dul=False)


def test_each_organization_has_its_own(ada: Browser, boris: Browser, cast: Cast) -> None:
    boris.send(f"{PAGE}/standard", PAGE, kss="on")

    assert settings.chosen(cast.basic.id) == Chosen(True, False, False, 2)
    assert settings.chosen(cast.acme.id) == Chosen()


def test_a_visitor_is_sent_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).status_code == 303
