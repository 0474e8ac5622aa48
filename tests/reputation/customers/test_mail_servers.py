"""Valid mail servers, replaced activation codes and the audit log, on both databases; and names of addresses."""

from __future__ import annotations

import threading

import pytest

from reputation.customers import activation_codes, audit_log, mail_servers
from reputation.customers.reverse_names import ReverseNames
from reputation.intake import listings
from reputation.refusal import Refused
from reputation.store import audit, changes
from tests.conftest import NOON, Cast

DAY = 86400


def test_servers_are_kept_in_one_form_and_in_the_order_of_their_addresses(cast: Cast) -> None:
    for network in ("2001:DB8::25", "198.51.100.9", " 192.0.2.0/28 ", "192.0.2.200"):
        mail_servers.add(cast.acme.id, network, NOON)

    found = [one.network for one in mail_servers.servers(cast.acme.id)]

    assert found == ["192.0.2.0/28", "192.0.2.200", "198.51.100.9", "2001:db8::25"]
    assert mail_servers.servers(cast.basic.id) == []


def test_a_server_stands_once_an_organization(cast: Cast) -> None:
    first = mail_servers.add(cast.acme.id, "192.0.2.25", NOON)
    second = mail_servers.add(cast.acme.id, "192.0.2.26", NOON)
    mail_servers.add(cast.basic.id, "192.0.2.25", NOON)

    with pytest.raises(Refused, match="already"):
        mail_servers.add(cast.acme.id, "192.0.2.25/32", NOON)
    with pytest.raises(Refused, match="already"):
        mail_servers.change(cast.acme.id, second.id, "192.0.2.25", "", NOON)
    assert mail_servers.server(cast.basic.id, first.id) is None


@pytest.mark.parametrize("network", ["192.0.2.0/20", "198.51.100.0/21", "2001:db8::/47", "100.64.0.1", "::1", "x"])
def test_what_is_no_server_is_refused(cast: Cast, network: str) -> None:
    with pytest.raises(Refused):
        mail_servers.add(cast.acme.id, network, NOON, note="x" * (201 if network == "198.51.100.0/21" else 0))


def test_a_listing_is_told_while_it_stands(cast: Cast) -> None:
    listings.add("192.0.2.25", "standard", "KSS", DAY, "reached a trap", NOON)

    (found,) = mail_servers.listed(None, "192.0.2.0/24", NOON)

    assert (found.category, found.address, found.reason) == ("KSS", "192.0.2.25", "reached a trap")
    assert mail_servers.listed(None, "192.0.2.0/24", NOON + DAY) == []
    assert mail_servers.listed(None, "192.0.2.26", NOON) == []


def test_a_replaced_code_goes_on_for_some_days_and_marks_the_policies(cast: Cast) -> None:
    before = changes.generations()[changes.POLICIES]

    new, old = activation_codes.rotate(cast.acme.id, cast.acme_code.id, 7, NOON, "ada")

    assert changes.generations()[changes.POLICIES] == before + 1
    assert (old.replaced_at, old.expires_at, new.expires_at) == (NOON, NOON + 7 * DAY, None)
    assert [code.label for code in activation_codes.active(cast.acme.id, NOON + 8 * DAY)] == [new.label]
    assert [code.label for code in activation_codes.past(cast.acme.id, NOON + 8 * DAY)] == [old.label]
    assert activation_codes.past(cast.acme.id, NOON + 60 * DAY) == []
    with pytest.raises(Refused, match="replaced already"):
        activation_codes.rotate(cast.acme.id, old.id, 7, NOON, "ada")


def test_a_code_is_replaced_and_revoked_by_its_own_organization_alone(cast: Cast) -> None:
    with pytest.raises(Refused, match="not active any more"):
        activation_codes.rotate(cast.basic.id, cast.acme_code.id, 7, NOON, "boris")
    with pytest.raises(Refused, match="not active any more"):
        activation_codes.revoke_own(cast.basic.id, cast.acme_code.id, NOON, "boris")

    activation_codes.revoke_own(cast.acme.id, cast.acme_code.id, NOON, "ada")

    assert activation_codes.active(cast.acme.id, NOON) == []


def test_the_audit_log_is_searched_in_any_case_and_by_person(cast: Cast) -> None:
    audit.record(cast.acme.id, "ada", "Rule added", NOON + 1, after="50%_off.example")
    audit.record(cast.acme.id, "bea", "Rule removed", NOON + 2)
    audit.record(None, "ada", "Feed added", NOON + 3)

    def whats(search: str, who: str = "", organization: int | None = cast.acme.id) -> list[str]:
        return [entry.what for entry in audit_log.entries(organization, search, who, 0, 10)]

    assert whats("RULE") == ["Rule removed", "Rule added"]
    assert whats("%_") == ["Rule added"]
    assert whats("", "bea") == ["Rule removed"]
    assert whats("", "", None) == ["Feed added"]
    assert audit_log.people(cast.acme.id) == ["ada", "bea", "command line"]
    assert audit_log.count(cast.acme.id, "rule", "") == len(list(audit_log.whole(cast.acme.id, "rule", ""))) == 2


def test_a_name_is_asked_once_and_believed_for_an_hour() -> None:
    asked: list[str] = []
    now = [0.0]
    names = ReverseNames(ask=lambda address: asked.append(address) or f"host-{len(asked)}", clock=lambda: now[0])  # type: ignore[func-returns-value]

    assert names.known(["192.0.2.1"]) == {}
    assert names.find(["192.0.2.1"], 10) == {"192.0.2.1": "host-1"}
    assert names.find(["192.0.2.1"], 10) == {"192.0.2.1": "host-1"}
    now[0] = 3601.0
    assert names.known(["192.0.2.1"]) == {}
    assert names.find(["192.0.2.1"], 10) == {"192.0.2.1": "host-2"}


def test_who_asks_gets_what_is_known_by_then_and_the_rest_later() -> None:
    answer = threading.Event()

    def slow(address: str) -> str:
        if address == "192.0.2.2":
            answer.wait(60)
        return f"name of {address}"

    names = ReverseNames(ask=slow)

    assert names.find(["192.0.2.1", "192.0.2.2"], 1.0) == {"192.0.2.1": "name of 192.0.2.1"}
    answer.set()
    assert set(names.find(["192.0.2.1", "192.0.2.2"], 10)) == {"192.0.2.1", "192.0.2.2"}


def test_what_is_known_is_looked_up_once_however_many_addresses_are_known() -> None:
    looks = []
    names = ReverseNames(ask=lambda address: f"host-{address}", clock=lambda: looks.append(1) or 0.0)  # type: ignore[func-returns-value]
    addresses = [f"203.0.{third}.{end}" for third in range(4) for end in range(200)]
    assert len(names.find(addresses, 30)) == 800
    looks.clear()

    assert names.find(addresses, 30)["203.0.3.199"] == "host-203.0.3.199"

    assert len(looks) <= 2


def test_a_page_of_servers_is_sorted_and_searched_in_the_database(cast: Cast) -> None:
    networks = ["192.0.3.9", "192.0.3.0/24", "2a01:4f8::25", "9.9.9.9", "192.0.4.25"]
    for place, network in enumerate(networks):
        mail_servers.add(cast.acme.id, network, NOON + place, note=f"{'Mx' if place % 2 else 'mx'} {9 - place}")
        mail_servers.add(cast.basic.id, network, NOON, note="mx of Basic")
    changed = mail_servers.servers(cast.acme.id)[0]
    mail_servers.change(cast.acme.id, changed.id, "195.0.0.1", "mx 0", NOON)
    in_order = [one.network for one in mail_servers.servers(cast.acme.id)]

    def page(first: int = 0, count: int = 50, **wanted: object) -> tuple[list[str], int]:
        found, total = mail_servers.page(cast.acme.id, mail_servers.ServerFilter(**wanted), first, count)  # type: ignore[arg-type]
        return [one.network for one in found], total

    assert page() == (in_order, 5)
    assert page(1, 2, descending=True) == (in_order[::-1][1:3], 5)
    assert page(sort="note")[0] == ["195.0.0.1", "192.0.4.25", "2a01:4f8::25", "192.0.3.0/24", "192.0.3.9"]
    assert page(sort="added", descending=True)[0][0] == "192.0.4.25"
    assert page(search="MX 9") == (["192.0.3.9"], 1)
    assert mail_servers.how_many(cast.acme.id) == 5
