"""DNS Resolver: the parent's records, and the lines for each resolver, as the tests give them to real ones."""

from __future__ import annotations

import ipaddress
import re

import pytest
from flask import Flask

from portal.app_context import AppContext
from portal.resolver import chosen_way
from reputation.delegation import Delegation
from reputation.intake import own_addresses
from reputation.resolvers import RESOLVERS
from reputation.settings import listen_address
from tests.portal.conftest import Browser, content
from tests.portal.test_activation_code import Texts

PAGE = "/administration/dns-resolver"
ZONE = "rep.example"


@pytest.mark.parametrize("doors", [["192.0.2.53:53", "[2001:db8::53]:53"], ["192.0.2.53:5300"], ["127.0.0.1:5300"]])
def test_the_lines_of_every_resolver_are_there_word_for_word(
    ada: Browser, app_context: AppContext, doors: list[str]
) -> None:
    app_context.dns_addresses = doors
    asked = [listen_address(door, "") for door in doors]

    page = ada.get(PAGE)

    shown = Texts(page.text).found
    for resolver in RESOLVERS:
        assert f'id="{resolver.id}"' in page.text
        for lines in resolver.lines(ZONE, asked):
            assert shown[lines.id] == lines.text and f'data-copy="{lines.id}"' in page.text
            assert lines.place in content(page)
        assert resolver.trouble(asked) in content(page)


def test_the_records_of_the_parent_zone_are_there_where_they_lead_to_us(ada: Browser, app_context: AppContext) -> None:
    app_context.dns_addresses = ["192.0.2.53:53"]

    page = ada.get(PAGE)

    assert Texts(page.text).found["parent"] == app_context.delegation.parent_records
    assert "ns.rep.example. IN A    192.0.2.53" in Texts(page.text).found["parent"]
    assert "belong into the zone example" in content(page)


@pytest.mark.parametrize("doors", [["127.0.0.1:5300"], ["0.0.0.0:53"], ["192.0.2.53:5300"]])
def test_where_a_delegation_would_lead_nowhere_there_are_no_records_and_the_operator_is_told_why(
    olga: Browser, ada: Browser, app_context: AppContext, doors: list[str]
) -> None:
    app_context.dns_addresses = doors

    page, customers = olga.get(PAGE), ada.get(PAGE)

    assert "parent" not in Texts(page.text).found and "parent" not in Texts(customers.text).found
    assert app_context.delegation.lacks in content(page)
    assert app_context.delegation.lacks not in content(customers), "who cannot change it is not told to"


def test_a_resolver_on_another_machine_is_not_told_to_ask_itself(olga: Browser, app_context: AppContext) -> None:
    app_context.dns_addresses = ["127.0.0.1:53", "192.0.2.53:53"]

    assert "stub-addr: 192.0.2.53@53" in Texts(olga.get(PAGE).text).found["unbound"]
    assert "127.0.0.1@53" not in Texts(olga.get(PAGE).text).found["unbound"]
    assert "stub-addr: 127.0.0.1@53" in Texts(olga.get(f"{PAGE}?at=here").text).found["unbound"]


def test_the_way_is_chosen_among_those_there_are(olga: Browser, app_context: AppContext) -> None:
    app_context.dns_addresses = ["127.0.0.1:53", "192.0.2.53:53"]
    choices = re.findall(r'<option value="([^"]*)"( selected)?>', olga.get(PAGE).text)

    assert choices == [("192.0.2.53:53", " selected"), ("here", "")]
    assert "stub-addr: 192.0.2.53@53" in Texts(olga.get(f"{PAGE}?at=198.51.100.9:53").text).found["unbound"]


def test_a_customer_is_told_no_inner_address_of_the_machine(
    ada: Browser, olga: Browser, app_context: AppContext
) -> None:
    app_context.dns_addresses = ["0.0.0.0:53"]
    inner = [each for each in own_addresses.of_this_machine() if not ipaddress.ip_address(each).is_global]

    page = ada.get(PAGE)

    assert "127.0.0.1" in inner
    assert not [each for each in inner if f"{each}@53" in page.text or f"{each}:53" in page.text]
    assert "stub-zone" in olga.get(PAGE).text


def test_served_on_every_address_the_lines_are_for_the_one_under_which_the_portal_was_reached(app: Flask) -> None:
    ways = Delegation(ZONE, [("0.0.0.0", 53), ("::", 53)]).ways(["10.1.2.3", "192.0.2.53", "2001:db8::7"])

    def asked(host: str) -> str:
        with app.test_request_context(PAGE, headers={"Host": host}):
            way = chosen_way(ways)
        return way.id if way else ""

    assert asked("reputation.example.org") == asked("reputation.example.org:8080") == "10.1.2.3:53"
    assert asked("192.0.2.53:8080") == asked("192.0.2.53") == "192.0.2.53:53"
    assert asked("[2001:db8::7]:8080") == "[2001:db8::7]:53"
    assert asked("127.0.0.1:8080") == "10.1.2.3:53", "it may be a tunnel's"


def test_where_dns_is_not_served_the_page_says_so(ada: Browser, app_context: AppContext) -> None:
    app_context.dns_addresses = []

    assert "DNS is not served" in content(ada.get(PAGE))


def test_a_viewer_may_see_it_because_it_holds_no_secret(vera: Browser, cast: object) -> None:
    page = vera.get(PAGE)

    assert page.status_code == 200 and "stub-zone" in page.text


def test_general_tells_the_operator_what_keeps_the_zone_from_being_found(
    olga: Browser, ada: Browser, app_context: AppContext
) -> None:
    app_context.dns_addresses = ["0.0.0.0:53"]

    assert app_context.delegation.lacks in content(olga.get("/"))
    assert "has no address" not in content(ada.get("/")), "an organization cannot change it"
    app_context.dns_addresses = ["192.0.2.53:53"]
    assert "zone-lacks" not in olga.get("/").text


def test_the_demo_says_nothing_of_its_zone(olga: Browser, app_context: AppContext) -> None:
    app_context.is_demo = True

    assert "zone-lacks" not in olga.get("/").text
