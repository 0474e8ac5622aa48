"""Administration > Code Networks: from where the codes may be used, who was turned away, and nobody else's."""

from __future__ import annotations

import re

import pytest

from portal.app_context import AppContext
from reputation.addresses.address import parse_address
from reputation.counting import hours
from reputation.customers import code_networks, mail_servers
from reputation.store.models import CodeNetwork
from reputation.verdict.counters import ELSEWHERE
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.portal.conftest import Browser, content

PAGE = "/administration/code-networks"


def add(browser: Browser, network: str, note: str = "") -> None:
    assert browser.send(PAGE, network=network, note=note).status_code == 303


def number(network: str) -> str:
    return str(others(CodeNetwork).where(CodeNetwork.network == network).get().id)


def may(app_context: AppContext, cast: Cast, client: str) -> bool:
    assert app_context.live.current
    return app_context.live.current.may_ask_from(cast.acme.id, parse_address(client))


def test_without_one_the_page_says_what_that_means_and_where_to_find_them(ada: Browser) -> None:
    text = content(ada.get(PAGE))

    assert "From anywhere. Whoever knows a code of yours may ask under it." in text
    assert "What counts is the address that asks Gatepost ." in text
    assert "/etc/resolv.conf" in text and "it is not kept who uses them" in text


def test_a_change_is_in_dns_before_the_page_answers(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    add(ada, "192.0.2.53", "Resolver")

    text = content(ada.get(PAGE))
    assert "Your activation codes may be used from 192.0.2.53 and from nowhere else." in text and "Resolver" in text
    assert may(app_context, cast, "192.0.2.53") and not may(app_context, cast, "192.0.2.54")
    ada.send(f"{PAGE}/remove", page=PAGE, number=number("192.0.2.53"))
    assert "may be used from anywhere again. The last network was 192.0.2.53." in content(ada.get(PAGE))
    assert may(app_context, cast, "192.0.2.54")


def test_a_removal_is_undone_by_one_button(ada: Browser) -> None:
    for network in ("192.0.2.53", "192.0.2.54"):
        add(ada, network, "Resolver")
    ada.send(f"{PAGE}/remove", page=PAGE, number=number("192.0.2.53"))

    page = ada.get(PAGE)
    undo = re.search(r'<form method="post" action="(\S+)">(?:(?!</form>).)*?Undo', page.text, re.DOTALL)
    assert undo and "may no longer be used from 192.0.2.53" in content(page)
    ada.send(undo[1], **dict(re.findall(r'name="(network|note)" value="([^"]*)"', undo[0])))

    assert [(row.network, row.note) for row in others(CodeNetwork).order_by(CodeNetwork.network)] == [
        ("192.0.2.53", "Resolver"),
        ("192.0.2.54", "Resolver"),
    ]


def test_the_valid_mail_servers_are_taken_by_one_click(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    for network in ("192.0.2.25", "198.51.100.0/28"):
        mail_servers.add(cast.acme.id, network, NOON)
    assert "Add your 2 valid mail servers" in content(ada.get(PAGE))

    assert ada.send(f"{PAGE}/mail-servers", page=PAGE).status_code == 303

    assert "may be used from 2 more networks: your valid mail servers." in content(ada.get(PAGE))
    assert may(app_context, cast, "198.51.100.9") and not may(app_context, cast, "203.0.113.1")


def test_a_list_without_its_own_servers_is_shown_with_a_warning(ada: Browser, cast: Cast) -> None:
    mail_servers.add(cast.acme.id, "192.0.2.25", NOON)
    add(ada, "203.0.113.53")

    assert "None of your valid mail servers (192.0.2.25) is in these networks." in content(ada.get(PAGE))


def test_who_was_turned_away_stands_there_and_is_allowed_by_one_click(
    ada: Browser, boris: Browser, cast: Cast, app_context: AppContext
) -> None:
    add(ada, "192.0.2.53")
    for _ in range(7):
        app_context.counts.counters.turn_away(cast.acme.id, ELSEWHERE, "203.0.113.0/24", NOON)
    hours.flush(app_context.counts, EMPTY, NOON)

    page = ada.get(PAGE)
    assert re.search(r"203\.0\.113\.0/24 7 ", content(page)) and 'aria-label="Allow 203.0.113.0/24"' in page.text
    assert "203.0.113.0/24" not in content(boris.get(PAGE))
    add(ada, "203.0.113.0/24")
    assert may(app_context, cast, "203.0.113.9")
    ada.send(f"{PAGE}/anywhere", page=PAGE)
    assert "Allow 203.0.113.0/24" not in ada.get(PAGE).text, "it would bound the codes to that network"


@pytest.mark.parametrize(
    ("network", "sentence"),
    [("", "Write an address or a network."), ("::/0", "leave the list empty"), ("192.0.2.1/24", "did you mean")],
)
def test_what_cannot_be_one_is_refused_beside_its_field(ada: Browser, network: str, sentence: str) -> None:
    answer = ada.send(PAGE, network=network, note="kept")

    assert answer.status_code == 422 and sentence in content(answer) and 'value="kept"' in answer.text
    assert others(CodeNetwork).count() == 0


def test_it_is_found_by_network_or_note_and_sorted(ada: Browser) -> None:
    for network, note in (("2001:db8::53", "Vienna"), ("198.51.100.1", "Vienna too"), ("192.0.2.53", "Zurich")):
        add(ada, network, note)

    found = content(ada.get(f"{PAGE}?search=VIENNA"))
    assert "198.51.100.1" in found and "2001:db8::53" in found and "Zurich" not in found
    assert "None of your 3 networks has this" in content(ada.get(f"{PAGE}?search=nothing"))
    for order, expected in (
        ("network", ["192.0.2.53", "198.51.100.1", "2001:db8::53"]),
        ("-network", ["2001:db8::53", "198.51.100.1", "192.0.2.53"]),
        ("note", ["2001:db8::53", "198.51.100.1", "192.0.2.53"]),
        ("-note", ["192.0.2.53", "198.51.100.1", "2001:db8::53"]),
    ):
        shown = re.findall(r'<th scope="row" class="mono">([^<]+)</th>', ada.get(f"{PAGE}?sort={order}").text)
        assert shown == expected, order


def test_all_go_at_once(ada: Browser, cast: Cast, app_context: AppContext) -> None:
    for last in range(60):
        code_networks.add(cast.acme.id, f"192.0.2.{last}", NOON)
    assert "60 networks, page 1 of 2" in content(ada.get(PAGE))

    assert ada.send(f"{PAGE}/anywhere", page=PAGE).status_code == 303

    assert "Your activation codes may be used from anywhere." in content(ada.get(PAGE))
    assert may(app_context, cast, "203.0.113.9")


def test_the_file_has_all_of_them(ada: Browser) -> None:
    add(ada, "192.0.2.53", "=1+1")

    lines = ada.get(f"{PAGE}/code-networks.csv").text.splitlines()

    assert lines == ["Network,Note,Added (UTC)", "192.0.2.53,'=1+1,2026-09-21T12:00:00Z"]


def test_a_viewer_sees_the_list_and_changes_nothing(ada: Browser, vera: Browser) -> None:
    add(ada, "192.0.2.53")
    page = vera.get(PAGE)

    assert "192.0.2.53" in content(page) and "An administrator of your organization can change this list." in content(
        page
    )
    main = re.search(r"<main.*</main>", page.text, re.DOTALL)
    assert main and '<form method="post"' not in main[0]
    for path, fields in (
        (PAGE, {"network": "192.0.2.54"}),
        (f"{PAGE}/remove", {"number": number("192.0.2.53")}),
        (f"{PAGE}/mail-servers", {}),
        (f"{PAGE}/anywhere", {}),
    ):
        assert vera.send(path, page="/", **fields).status_code == 403, path
    assert [row.network for row in others(CodeNetwork)] == ["192.0.2.53"]


def test_another_organizations_list_is_out_of_reach(ada: Browser, boris: Browser) -> None:
    add(ada, "192.0.2.53", "Resolver in Vienna")

    assert "192.0.2.53" not in content(boris.get(PAGE))
    assert "192.0.2.53" not in boris.get(f"{PAGE}/code-networks.csv").text
    assert boris.send(f"{PAGE}/remove", page=PAGE, number=number("192.0.2.53")).status_code == 422
    add(boris, "192.0.2.53")  # each organization has its own
    boris.send(f"{PAGE}/anywhere", page=PAGE)
    assert "Resolver in Vienna" in content(ada.get(PAGE))
