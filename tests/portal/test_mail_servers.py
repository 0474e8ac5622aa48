"""Administration > Valid Mail Servers: what may be one, its name, what lists it, and nobody else's."""

from __future__ import annotations

import re
import threading

import pytest

from portal.app_context import AppContext
from reputation.customers import mail_servers
from reputation.customers.reverse_names import ReverseNames
from reputation.intake import listings
from reputation.store.models import AuditEntry, MailServer
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.portal.conftest import Browser, content

PAGE = "/administration/mail-servers"
HOUR = 3600


@pytest.fixture(autouse=True)
def resolver(app_context: AppContext) -> dict[str, str]:
    """What the machine's resolver would say; the names that a test does not give do not exist."""
    known: dict[str, str] = {"192.0.2.25": "mx.acme.example"}
    app_context.names = ReverseNames(ask=lambda address: known.get(address, ""))
    return known


def number(network: str) -> str:
    return str(MailServer.get(MailServer.network == network).id)


def add(browser: Browser, network: str, note: str = "") -> None:
    assert browser.send(PAGE, network=network, note=note).status_code == 303


def test_without_one_the_page_says_what_it_would_be_good_for(ada: Browser) -> None:
    assert "You have not added a mail server yet." in content(ada.get(PAGE))


def test_one_is_added_changed_and_removed_and_each_can_be_undone(ada: Browser) -> None:
    add(ada, "192.0.2.25", "MX in Vienna")
    assert "192.0.2.25 is a valid mail server of yours." in content(ada.get(PAGE))
    assert "MX in Vienna" in content(ada.get(PAGE))

    ada.send(f"{PAGE}/change", page=PAGE, server=number("192.0.2.25"), network="192.0.2.26", note="MX in Graz")
    page = ada.get(PAGE)
    assert "192.0.2.26 is changed." in content(page) and 'name="note" value="MX in Vienna"' in page.text

    ada.send(f"{PAGE}/remove", page=PAGE, server=number("192.0.2.26"))
    page = ada.get(PAGE)
    assert "192.0.2.26 is no longer a valid mail server of yours." in content(page)
    undo = re.search(r'<form method="post" action="(\S+)">(?:(?!</form>).)*?Undo', page.text, re.DOTALL)
    assert undo and undo[1] == PAGE
    fields = dict(re.findall(r'name="(network|note)" value="([^"]*)"', undo[0]))
    ada.send(PAGE, **fields)
    assert "MX in Graz" in content(ada.get(PAGE))


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ("", "Write the address of a mail server."),
        ("mx.acme.example", "is not an IP address"),
        ("192.0.2.1/24", "did you mean 192.0.2.0/24?"),
        ("10.0.0.5", "is not seen from outside (private, RFC 1918)"),
        ("127.0.0.1", "is not seen from outside (loopback"),
        ("fd00::1", "is not seen from outside"),
        ("198.0.0.0/8", "is wider than /20"),
        ("2001:db8::/32", "is wider than /48"),
        ("0.0.0.0/0", "is not seen from outside"),
    ],
)
def test_what_cannot_be_one_is_refused_beside_its_field(ada: Browser, network: str, sentence: str) -> None:
    answer = ada.send(PAGE, network=network, note="kept")

    assert answer.status_code == 422
    assert sentence in content(answer)
    assert 'value="kept"' in answer.text
    assert others(MailServer).count() == 0


def test_a_change_that_is_refused_stands_in_its_row(ada: Browser) -> None:
    add(ada, "192.0.2.25")
    add(ada, "192.0.2.26")

    answer = ada.send(f"{PAGE}/change", page=PAGE, server=number("192.0.2.26"), network="192.0.2.25", note="x")

    assert answer.status_code == 422
    assert "192.0.2.25 is among your valid mail servers already." in content(answer)
    assert re.search(r"<details class=\"ask\" open>", answer.text)


def test_the_page_comes_without_names_and_a_fragment_brings_them(ada: Browser) -> None:
    add(ada, "192.0.2.25")
    add(ada, "192.0.2.26")
    page = ada.get(PAGE)
    assert content(page).count(" not known yet ") == 2
    address = re.search(r'hx-get="([^"]+)" hx-trigger="load"', page.text)
    assert address

    names = ada.fragment(address[1].replace("&amp;", "&")).text

    assert re.search(r'<span id="name-\d+" hx-swap-oob="true">mx.acme.example</span>', names)
    assert names.count("none") == 1
    assert "mx.acme.example" in content(ada.get(PAGE))  # from now on they are known


def test_without_javascript_a_link_looks_the_names_up(ada: Browser) -> None:
    add(ada, "192.0.2.25")

    assert "look them up now" in ada.get(PAGE).text
    assert "mx.acme.example" in content(ada.get(f"{PAGE}?names=1"))


def test_a_page_never_waits_for_a_silent_resolver(ada: Browser, app_context: AppContext) -> None:
    silence = threading.Event()
    app_context.names = ReverseNames(ask=lambda _: str(silence.wait(60)))
    add(ada, "192.0.2.25")

    assert "not known yet" in content(ada.get(PAGE))
    silence.set()


def test_one_that_is_listed_is_marked_with_the_reason(ada: Browser, app_context: AppContext) -> None:
    add(ada, "192.0.2.25")
    add(ada, "192.0.2.64/28")
    assert content(ada.get(PAGE)).count("not listed") == 2
    listings.add("192.0.2.70", "standard", "KSS", 2 * HOUR, "spam seen at noon", NOON)
    app_context.publisher.catch_up(NOON)

    text = content(ada.get(PAGE))

    assert "Listed KSS, 192.0.2.70: spam seen at noon" in text
    assert text.count("not listed") == 1


def test_it_is_found_by_address_or_note_and_sorted(ada: Browser) -> None:
    for network, note in (("192.0.2.25", "Vienna"), ("198.51.100.1", "Graz"), ("2001:db8::25", "vienna too")):
        add(ada, network, note)

    found = content(ada.get(f"{PAGE}?search=VIENNA"))
    assert "192.0.2.25" in found and "2001:db8::25" in found and "198.51.100.1" not in found
    assert "None of your 3 mail servers" in content(ada.get(f"{PAGE}?search=nothing"))
    by_note = content(ada.get(f"{PAGE}?sort=note"))
    assert by_note.index("Graz") < by_note.index("Vienna")


def test_the_file_has_all_of_them(ada: Browser) -> None:
    add(ada, "192.0.2.25", "=1+1")
    ada.get(f"{PAGE}?names=1")

    lines = ada.get(f"{PAGE}/mail-servers.csv").text.splitlines()

    assert lines[0] == "Address,Name,Note,Added (UTC),Listed"
    assert lines[1].startswith("192.0.2.25,mx.acme.example,'=1+1,2026-09-21T12:00:00Z,")


def test_another_organizations_servers_are_out_of_reach(ada: Browser, boris: Browser) -> None:
    add(ada, "192.0.2.25", "MX in Vienna")
    theirs = number("192.0.2.25")

    assert "192.0.2.25" not in content(boris.get(PAGE))
    assert "192.0.2.25" not in boris.get(f"{PAGE}/mail-servers.csv").text
    assert boris.send(f"{PAGE}/remove", page=PAGE, server=theirs).status_code == 422
    assert boris.send(f"{PAGE}/change", page=PAGE, server=theirs, network="192.0.2.9", note="").status_code == 422
    assert "MX in Vienna" in content(ada.get(PAGE))
    add(boris, "192.0.2.25")  # each organization has its own


def test_a_viewer_sees_them_and_no_form(ada: Browser, vera: Browser, cast: Cast) -> None:
    add(ada, "192.0.2.25")
    page = vera.get(PAGE)

    assert "192.0.2.25" in content(page)
    assert "An administrator of your organization can add and remove mail servers." in content(page)
    main = re.search(r"<main.*</main>", page.text, re.DOTALL)
    assert main and '<form method="post"' not in main[0]
    assert vera.send(PAGE, page="/", network="192.0.2.1").status_code == 403


def test_each_act_is_in_the_audit_log(ada: Browser) -> None:
    add(ada, "192.0.2.25", "old")
    ada.send(f"{PAGE}/change", page=PAGE, server=number("192.0.2.25"), network="192.0.2.25", note="new")
    ada.send(f"{PAGE}/remove", page=PAGE, server=number("192.0.2.25"))

    rows = others(AuditEntry).where(AuditEntry.what.startswith("Valid mail server")).order_by(AuditEntry.id)
    assert [(row.what, row.before, row.after) for row in rows] == [
        ("Valid mail server 192.0.2.25 added", "", "old"),
        ("Valid mail server 192.0.2.25 changed", "192.0.2.25 (old)", "192.0.2.25 (new)"),
        ("Valid mail server 192.0.2.25 removed", "new", ""),
    ]


def test_many_servers_come_in_pages(ada: Browser, cast: Cast) -> None:
    for last in range(60):
        mail_servers.add(cast.acme.id, f"192.0.2.{last}", NOON)

    first, second = content(ada.get(PAGE)), content(ada.get(f"{PAGE}?page=2"))

    assert "60 servers, page 1 of 2" in first and "192.0.2.49" in first and "192.0.2.50 " not in first
    assert "192.0.2.59" in second
