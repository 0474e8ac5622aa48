"""Installation > Organizations: for the operator alone, and what is removed is gone."""

from __future__ import annotations

import re

import pytest

from portal.app_context import AppContext
from reputation.customers import (
    one_time_links,
    organizations,
    policy,
    users,
)
from reputation.store.models import ActivationCode, Organization, QueryHour, QueryLogEntry, User
from reputation.verdict.decision import Decision
from reputation.verdict.zones import STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others
from tests.portal.conftest import BORIS, Browser, content

PAGE = "/installation/organizations"


def page_of(cast: Cast) -> str:
    return f"{PAGE}/{cast.basic.id}"


def asked(organization: int, queries: int, hours_ago: int = 1) -> None:
    hour = NOON - NOON % 3600 - hours_ago * 3600
    QueryHour.create(organization=organization, hour=hour, database=STANDARD, code=0, queries=queries)


def test_it_lists_everybody_with_people_codes_queries_and_the_last_one(olga: Browser, cast: Cast) -> None:
    asked(cast.acme.id, 1234)
    asked(cast.acme.id, 99, hours_ago=30)

    text = content(olga.get(PAGE))

    assert re.search(r"Acme Advanced · never asked Advanced 3 1 1,234 never", text)
    assert re.search(r"Basic Standard · never asked Standard 1 1 0 never", text)


def test_it_is_ordered_and_searched_by_the_address(olga: Browser, cast: Cast) -> None:
    asked(cast.basic.id, 10)

    most = content(olga.get(f"{PAGE}?sort=-queries"))
    assert most.index("Basic") < most.index("Acme")
    assert "Acme" not in re.sub(r"New organization.*", "", content(olga.get(f"{PAGE}?search=bas")))
    assert "No organization has “x”" in content(olga.get(f"{PAGE}?search=x"))


def test_a_new_one_shows_its_code_once(olga: Browser, cast: Cast) -> None:
    answer = olga.send(PAGE, name="Third", subscription="advanced")

    assert answer.status_code == 303
    label = others(ActivationCode).order_by(ActivationCode.id.desc()).get().label
    first, second = olga.get(answer.location), olga.get(answer.location)
    shown = re.search(r'id="new-code"[^>]*>([^<]+)<', first.text)
    assert shown and shown[1].replace("-", "").lower() == label
    assert shown[1] not in second.text
    assert "Advanced subscription" in content(second)


@pytest.mark.parametrize(("name", "sentence"), [("", "Give the organization a name."), ("Acme", "already an organiz")])
def test_a_name_that_cannot_be_is_refused_beside_its_field(olga: Browser, name: str, sentence: str) -> None:
    answer = olga.send(PAGE, name=name, subscription="standard")

    assert answer.status_code == 422
    assert sentence in content(answer) and 'aria-invalid="true"' in answer.text


def test_the_subscription_is_in_dns_before_the_page_answers(olga: Browser, cast: Cast, app_context: AppContext) -> None:
    answer = olga.send(f"{page_of(cast)}/subscription", page_of(cast), subscription="advanced")

    assert answer.status_code == 303
    assert app_context.live.current and app_context.live.current.may_ask(cast.basic.id, 1)


def test_it_can_be_renamed_but_not_to_a_name_that_is_taken(olga: Browser, cast: Cast) -> None:
    assert olga.send(f"{page_of(cast)}/name", page_of(cast), name="Basics & <Sons>").status_code == 303
    assert "Basics &amp; &lt;Sons&gt;" in olga.get(page_of(cast)).text
    assert olga.send(f"{page_of(cast)}/name", page_of(cast), name="Acme").status_code == 422


def test_its_first_administrator_is_invited_from_here(olga: Browser, cast: Cast) -> None:
    answer = olga.send(f"{page_of(cast)}/invite", page_of(cast), email="zoe@basic.example", role="administrator")

    assert answer.status_code == 303
    shown = re.search(r"/invitation/([\w-]+)", olga.get(page_of(cast)).text)
    assert shown
    link = one_time_links.find_open(one_time_links.INVITATION, shown[1], NOON)
    assert link and (link.organization, link.role) == ("Basic", "administrator")
    assert olga.send(f"{page_of(cast)}/invite", page_of(cast), email="y@x.example", role="operator").status_code == 422


def test_removing_asks_for_the_name_and_takes_everything_along(
    olga: Browser, cast: Cast, app_context: AppContext
) -> None:
    policy.add_rule(cast.basic.id, "blocked", "192.0.2.1", NOON)
    QueryLogEntry.create(organization=cast.basic.id, asked_at=NOON, address="192.0.2.1", database=0, code=2)

    refused = olga.send(f"{page_of(cast)}/remove", page_of(cast), name="Acme")
    assert refused.status_code == 422 and "Type the name Basic" in content(refused)
    assert olga.send(f"{page_of(cast)}/remove", page_of(cast), name="Basic").status_code == 303

    assert "Basic is removed" in content(olga.get(PAGE))
    assert olga.get(page_of(cast)).status_code == 404
    assert not others(User).where(User.email == BORIS).exists()
    assert not others(QueryLogEntry).exists()
    assert (
        app_context.live.current and app_context.live.current.organization(cast.basic_code.label.encode(), NOON) == -1
    )


def test_what_was_counted_of_a_removed_one_is_not_the_next_ones(
    olga: Browser, cast: Cast, app_context: AppContext
) -> None:
    app_context.counts.counters.record(cast.basic.id, STANDARD, Decision(0, 0, "no listing", ""), 4, 1, NOON)

    olga.send(f"{page_of(cast)}/remove", page_of(cast), name="Basic")

    assert not app_context.counts.counters.drain(NOON)


def test_the_own_one_cannot_be_removed(olga: Browser, cast: Cast) -> None:
    page = f"{PAGE}/{cast.acme.id}"

    answer = olga.send(f"{page}/remove", page, name="Acme")

    assert answer.status_code == 422 and "you would lock yourself out" in content(answer)
    assert others(Organization).count() == 2


def test_the_one_of_all_operators_cannot_be_removed_by_anybody(cast: Cast, olga: Browser) -> None:
    with pytest.raises(organizations.Refused, match="Everybody who runs this installation"):
        organizations.remove(cast.acme.id, "Acme", NOON, "command line")
    users.add("omar@basic.example", cast.basic.id, "operator", "a quiet sentence works", NOON)
    organizations.remove(cast.acme.id, "Acme", NOON, "command line")
    assert [one.name for one in apart(organizations.all_organizations())] == ["Basic"]


def test_for_everybody_else_there_is_no_such_page(ada: Browser, vera: Browser, boris: Browser, cast: Cast) -> None:
    for browser in (ada, vera, boris):
        assert browser.get(PAGE).status_code == 404
        assert browser.get(page_of(cast)).status_code == 404
        assert browser.send(f"{page_of(cast)}/remove", "/", name="Basic").status_code == 404
    assert others(Organization).count() == 2


def test_a_visitor_is_led_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"


def test_the_operator_chooses_a_quota_and_it_is_in_dns_at_once(
    olga: Browser, cast: Cast, app_context: AppContext
) -> None:
    asked(cast.basic.id, 100, hours_ago=0)

    assert olga.send(f"{page_of(cast)}/quota", page=page_of(cast), quota="100").status_code == 303

    text = content(olga.get(page_of(cast)))
    assert "The daily quota of Basic is 100 connections a day." in text
    assert "100 of 100 connections of the daily quota are used; it was used up at 12:00:00" in text
    assert app_context.live.current and app_context.live.current.over_quota(cast.basic.id, NOON) == 12 * 3600
    olga.send(f"{page_of(cast)}/quota", page=page_of(cast), quota="none")
    assert "The daily quota of Basic is none." in content(olga.get(page_of(cast)))
    assert app_context.live.current.over_quota(cast.basic.id, NOON) == 0


@pytest.mark.parametrize("quota", ["many", "-5", "9999999999"])
def test_what_is_no_quota_is_refused(olga: Browser, cast: Cast, quota: str) -> None:
    answer = olga.send(f"{page_of(cast)}/quota", page=page_of(cast), quota=quota)

    assert answer.status_code == 422 and "A daily quota is a number of connections" in content(answer)


def test_an_organization_cannot_choose_its_own_quota(ada: Browser, boris: Browser, cast: Cast) -> None:
    for person, own in ((ada, cast.acme.id), (boris, cast.basic.id)):
        assert person.send(f"{PAGE}/{own}/quota", page="/administration/users", quota="none").status_code == 404

    assert {row.daily_quota for row in others(Organization)} == {None}
