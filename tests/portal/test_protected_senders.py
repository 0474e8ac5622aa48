"""Protected Senders: added by hand and by one click, looked up by the scheduler, and said where that failed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from reputation.intake import protected_senders
from tests.conftest import NOON
from tests.neighbour import apart
from tests.portal.conftest import Browser, content
from tests.reputation.intake.name_server import Records, serving

PATH = "/installation/protected-senders"


@pytest.fixture
def dns() -> Iterator[Records]:
    with serving() as records:
        yield records


def names() -> list[str]:
    return [one.name for one in apart(protected_senders.all_protected())]


@pytest.mark.alone("the page of an installation in which nobody is protected")
def test_without_any_the_page_offers_the_twenty_greatest(olga: Browser) -> None:
    page = olga.get(PATH)

    assert "No sender is protected." in content(page) and page.text.count('aria-label="Protect ') == 20


def test_a_provider_is_protected_looked_up_and_shown(olga: Browser, dns: Records) -> None:
    dns.spf("mail.example", "v=spf1 ip4:192.0.2.0/24 ip4:64.0.0.0/11 -all")
    assert olga.send(PATH, name="Mail.Example.").status_code == 303
    page = olga.get(PATH)
    assert "looked up within 20 seconds" in content(page) and 'hx-trigger="every 3s"' in page.text

    protected_senders.refresh_due(NOON, dns.client())

    shown = olga.fragment(PATH).text
    assert "192.0.2.0/24" in shown and "1 network" in shown and "64.0.0.0/11 is wider than /12" in shown
    assert "hx-trigger" not in shown and "<html" not in shown

    olga.send(f"{PATH}/look-up", PATH, name="mail.example")
    dns.broken = {"mail.example"}
    protected_senders.refresh_due(NOON + 60, dns.client())
    page = content(olga.get(PATH))
    assert "could not be looked up just now" in page and "The networks of before still count." in page


def test_a_network_is_protected_and_removed_and_that_can_be_undone(olga: Browser) -> None:
    olga.send(PATH, name="198.51.100.0/24")
    assert names() == ["198.51.100.0/24"]

    olga.send(f"{PATH}/remove", PATH, name="198.51.100.0/24")
    page = olga.get(PATH)
    assert names() == [] and "198.51.100.0/24 is no longer protected." in content(page) and "Undo" in content(page)


def test_one_click_protects_a_provider_by_all_of_its_domains(olga: Browser) -> None:
    assert olga.send(f"{PATH}/provider", PATH, name="GMX and WEB.DE").status_code == 303

    assert names() == ["gmx.net", "web.de"]
    assert 'aria-label="Protect GMX and WEB.DE"' not in olga.get(PATH).text


@pytest.mark.parametrize(
    ("action", "name", "said"),
    [
        ("", "gmail", "is neither a domain nor a network"),
        ("", "0.0.0.0/0", "sends no mail over the internet"),
        ("", "", "Write the domain of a mail provider"),
        ("/provider", "Nobody", "There is no such provider"),
        ("/remove", "mail.example", "is not a protected sender"),
        ("/look-up", "<script>", "is neither a domain nor a network"),
    ],
)
def test_what_cannot_be_done_is_said(olga: Browser, action: str, name: str, said: str) -> None:
    answer = olga.send(f"{PATH}{action}", PATH, name=name)

    assert answer.status_code == 422 and said in content(answer) and names() == []


@pytest.mark.parametrize("reader", ["ada", "vera", "boris"])
def test_to_everybody_else_there_is_no_such_page(request: pytest.FixtureRequest, reader: str) -> None:
    browser: Browser = request.getfixturevalue(reader)

    assert browser.get(PATH).status_code == 404
    for action in ("", "/provider", "/remove", "/look-up"):
        assert browser.send(f"{PATH}{action}", "/administration/password", name="gmail.com").status_code == 404
    assert names() == []


def test_who_lists_a_protected_sender_by_hand_is_told_so(olga: Browser) -> None:
    protected_senders.add("198.51.100.0/24", NOON)

    olga.send(
        "/installation/listings", network="198.51.100.7", database="standard", category="KSS", duration="1d", reason="x"
    )

    said = "198.51.100.7 is listed in the standard database from now on. It is a protected sender (198.51.100.0/24)"
    assert said in content(olga.get("/installation/listings"))
