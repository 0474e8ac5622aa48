"""Confirm Mail Servers: the proof that the operator sees, and what a decision does."""

from __future__ import annotations

import pytest

from portal.app_context import AppContext
from reputation.customers import mail_servers
from reputation.customers.mail_servers import ValidMailServer
from reputation.customers.reverse_names import ReverseNames
from reputation.intake import spam_reports
from tests.conftest import NOON, Cast
from tests.neighbour import apart
from tests.portal.conftest import Browser, content
from tests.portal.test_mail_servers import resolver  # noqa: F401 (the names that a resolver would say)

PATH = "/installation/mail-servers"
SERVER = "192.0.2.25"


@pytest.fixture
def claimed(olga: Browser, cast: Cast) -> ValidMailServer:
    """A server that waits."""
    return mail_servers.add(cast.basic.id, SERVER, NOON - 60, note="MX <b>in</b> Vienna")


@pytest.fixture(autouse=True)
def led_back(app_context: AppContext) -> dict[str, str]:
    """The names that lead back."""
    known = {SERVER: "mx.acme.example"}
    app_context.confirmed_names = ReverseNames(ask=lambda address: known.get(address, ""))
    return known


def confirmed() -> list[str]:
    return [one.server.network for one in apart(mail_servers.claimed(True, 0, 50)[0])]


@pytest.mark.alone("the page of an installation in which no server waits")
def test_without_any_the_page_says_who_would_come(olga: Browser) -> None:
    assert "No mail server waits." in content(olga.get(PATH))
    assert "No mail server is confirmed yet." in content(olga.get(f"{PATH}?state=confirmed"))


def test_the_proof_is_shown_and_the_names_follow_the_page(olga: Browser, claimed: ValidMailServer) -> None:
    spam_reports.accept(SERVER, "complaint", NOON - 60)
    page = content(olga.get(PATH))
    assert f"{SERVER} Basic: MX <b>in</b> Vienna" in page and "1 spam report" in page and "not known yet" in page

    later = olga.fragment(PATH).text
    assert f'id="names-{claimed.id}" hx-swap-oob="true"' in later and "mx.acme.example" in later
    assert f"leads back to {SERVER}" in content(olga.get(f"{PATH}?names=1"))


def test_a_name_that_does_not_lead_back_is_told_from_one_that_does(
    olga: Browser, claimed: ValidMailServer, led_back: dict[str, str]
) -> None:
    led_back.clear()

    assert f"mx.acme.example does not lead back to {SERVER}" in content(olga.get(f"{PATH}?names=1"))


def test_an_address_without_a_name_and_a_network_say_so(olga: Browser, cast: Cast, claimed: ValidMailServer) -> None:
    mail_servers.add(cast.acme.id, "198.51.100.0/28", NOON)
    mail_servers.add(cast.acme.id, "198.51.100.99", NOON)

    page = content(olga.get(f"{PATH}?names=1"))

    assert "a network; nobody asked about an address of it" in page and "no name" in page


def test_the_operator_confirms_one_and_withdraws_it_again(olga: Browser, claimed: ValidMailServer) -> None:
    answer = olga.send(f"{PATH}/{claimed.id}", PATH, decision="confirm", network=SERVER)
    assert answer.status_code == 303 and confirmed() == [SERVER]
    assert f"{SERVER} of Basic is confirmed" in content(olga.get(PATH))
    page = content(olga.get(f"{PATH}?state=confirmed"))
    assert SERVER in page and "confirmed by olga@" in page

    answer = olga.send(f"{PATH}/{claimed.id}", f"{PATH}?state=confirmed", decision="withdraw", network=SERVER)
    assert answer.status_code == 303 and confirmed() == []


def test_what_has_changed_since_the_page_was_made_is_not_confirmed(
    olga: Browser, cast: Cast, claimed: ValidMailServer
) -> None:
    mail_servers.change(cast.basic.id, claimed.id, "45.148.10.0/24", "", NOON)

    answer = olga.send(f"{PATH}/{claimed.id}", PATH, decision="confirm", network=SERVER)

    assert answer.status_code == 422 and "another network is in its place" in content(answer)
    assert confirmed() == []


@pytest.mark.parametrize("reader", ["ada", "vera", "boris"])
def test_to_everybody_else_there_is_no_such_page(
    request: pytest.FixtureRequest, reader: str, claimed: ValidMailServer
) -> None:
    browser: Browser = request.getfixturevalue(reader)

    assert browser.get(PATH).status_code == 404
    answer = browser.send(f"{PATH}/{claimed.id}", "/administration/password", decision="confirm", network=SERVER)
    assert answer.status_code == 404 and confirmed() == []


def test_an_organization_sees_whether_its_server_is_confirmed(boris: Browser, claimed: ValidMailServer) -> None:
    place = "/administration/mail-servers"
    assert "not confirmed yet" in content(boris.get(place))

    mail_servers.confirm(claimed.id, SERVER, NOON)

    assert "confirmed by the operator" in content(boris.get(place))
