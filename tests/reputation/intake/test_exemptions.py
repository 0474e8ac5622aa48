"""Whom no report may list, and why: each reason alone, and which rule of the reporter speaks for a sender."""

from __future__ import annotations

import json

import pytest

from reputation.addresses.address import parse_address, parse_network
from reputation.customers import policy
from reputation.intake import protected_senders
from reputation.intake.exemptions import Exemption, Exemptions
from reputation.store.db import Store
from reputation.store.models import MailServer, ProtectedSender
from tests.conftest import NOON, Cast
from tests.snapshots import origins

SENDER = "203.0.113.9"
KNOWN = origins({"203.0.113.0/24": (64500, "AT", "Example Net"), "198.51.100.0/24": (64501, "DE", "Other Net")})
APPROVED = Exemption(f"{SENDER} is an approved sender of the organization that reports it: remove that rule.")


def why(address: str, organization_id: int | None = None) -> Exemption | None:
    return Exemptions(KNOWN).why(parse_address(address), organization_id)


def ruled(cast: Cast, *rules: tuple[str, str]) -> Exemption | None:
    """What Acme's report on the sender meets when Acme has these rules."""
    for action, value in rules:
        policy.add_rule(cast.acme.id, action, value, NOON)
    return why(SENDER, cast.acme.id)


def test_nobody_is_exempt_by_the_tables_alone(cast: Cast) -> None:
    assert why(SENDER) is None
    assert why(SENDER, cast.acme.id) is None
    assert why("2001:db8::9", cast.acme.id) is None


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.1.2.3", "10.1.2.3 cannot be listed: 10.0.0.0/8 is private, RFC 1918; no mail comes from there"),
        ("fe80::1", "fe80::1 cannot be listed: fe80::/10 is "),
    ],
)
def test_a_reserved_address_is_not_listed_and_its_report_is_not_kept(cast: Cast, address: str, said: str) -> None:
    found = why(address)

    assert found is not None and found.reason.startswith(said) and not found.is_kept


@pytest.mark.parametrize(
    ("server", "sender"),
    [
        (SENDER, SENDER),
        ("203.0.113.8/30", SENDER),
        ("2001:db8:1:2::25", "2001:db8:1:2::9"),
        ("2001:db8:1::/48", "2001:db8:1:2::9"),
    ],
)
def test_a_valid_mail_server_is_exempt_for_its_own_organization_and_once_confirmed_for_all(
    cast: Cast, server: str, sender: str
) -> None:
    row = MailServer.create(organization=cast.acme.id, network=server, created_at=NOON)
    said = f"{sender} is a valid mail server: it is not listed; the report is kept for its organization."
    reporters = (None, cast.acme.id, cast.basic.id)

    assert [why(sender, reporter) for reporter in reporters] == [None, Exemption(said, True), None]

    row.confirmed_at = NOON
    row.save()
    assert [why(sender, reporter) for reporter in reporters] == [Exemption(said, True)] * 3


def test_of_two_that_name_a_server_each_is_exempt_from_its_own_reports(cast: Cast) -> None:
    for organization in (cast.acme.id, cast.basic.id):
        MailServer.create(organization=organization, network=SENDER, created_at=NOON)

    assert why(SENDER) is None
    assert why(SENDER, cast.acme.id) is not None and why(SENDER, cast.basic.id) is not None


@pytest.mark.parametrize(
    ("server", "sender"),
    [(SENDER, "203.0.113.8"), (SENDER, "203.0.113.10"), ("2001:db8:1:2::25", "2001:db8:1:3::25")],
)
def test_the_neighbours_of_a_valid_mail_server_are_not_exempt(cast: Cast, server: str, sender: str) -> None:
    MailServer.create(organization=cast.acme.id, network=server, created_at=NOON)

    assert why(sender) is None


@pytest.mark.parametrize("value", [SENDER, "203.0.113.0/24", "isp:AS64500", "country:AT"])
def test_a_sender_that_the_reporter_approves_is_exempt_for_that_reporter_alone(cast: Cast, value: str) -> None:
    assert ruled(cast, ("approved", value)) == APPROVED
    assert why(SENDER, cast.basic.id) is None
    assert why(SENDER) is None


@pytest.mark.parametrize("value", ["203.0.113.8", "198.51.100.0/24", "isp:AS64501", "country:DE"])
def test_a_rule_for_others_approves_nobody_else(cast: Cast, value: str) -> None:
    assert ruled(cast, ("approved", value)) is None


@pytest.mark.parametrize("value", [SENDER, "isp:AS64500", "country:AT"])
def test_a_sender_that_the_reporter_blocks_is_not_exempt(cast: Cast, value: str) -> None:
    assert ruled(cast, ("blocked", value)) is None


@pytest.mark.parametrize("specific", [SENDER, "203.0.113.0/28", "203.0.113.0/24", "isp:AS64500"])
@pytest.mark.parametrize(("first", "second"), [("approved", "blocked"), ("blocked", "approved")])
def test_the_most_specific_rule_speaks(cast: Cast, specific: str, first: str, second: str) -> None:
    wider = "country:AT" if specific.startswith("isp") else "203.0.112.0/23"
    found = ruled(cast, (first, specific), (second, wider))

    assert found == (APPROVED if first == "approved" else None)


@pytest.mark.parametrize(("network", "origin"), [("approved", "blocked"), ("blocked", "approved")])
def test_a_rule_for_a_network_speaks_before_one_for_its_isp(cast: Cast, network: str, origin: str) -> None:
    found = ruled(cast, (network, "203.0.112.0/20"), (origin, "isp:AS64500"), (origin, "country:AT"))

    assert found == (APPROVED if network == "approved" else None)


@pytest.mark.parametrize("value", [SENDER, "203.0.113.0/24", "isp:AS64500", "country:AT"])
@pytest.mark.parametrize("actions", [("approved", "blocked"), ("blocked", "approved")])
def test_who_is_approved_and_blocked_alike_is_approved(cast: Cast, value: str, actions: tuple[str, str]) -> None:
    assert ruled(cast, *((action, value) for action in actions)) == APPROVED


def test_an_approved_isp_counts_only_where_the_origins_are_known(cast: Cast) -> None:
    policy.add_rule(cast.acme.id, "approved", "isp:AS64500", NOON)

    assert Exemptions().why(parse_address(SENDER), cast.acme.id) is None


@pytest.mark.parametrize(
    ("network", "is_in"),
    [
        ("203.0.113.0/24", True), ("203.0.113.8/31", True), ("203.0.113.10/31", False), ("198.51.100.0/24", False),
        ("172.16.0.0/12", True), ("8.0.0.0/6", True), ("2001:db8:1:2::/64", True), ("2001:db8:1:3::/64", False),
    ],
)  # fmt: skip
def test_a_network_with_a_mail_server_or_a_reserved_one_in_it_is_told(cast: Cast, network: str, is_in: bool) -> None:
    for server in (SENDER, "2001:db8:1:2::25"):
        MailServer.create(organization=cast.acme.id, network=server, created_at=NOON, confirmed_at=NOON)

    assert Exemptions().any_in(parse_network(network)) is is_in


@pytest.mark.parametrize("network", ["203.0.113.0/24", "2001:db8:1:2::/64"])
def test_a_network_with_an_unconfirmed_server_in_it_may_be_listed(cast: Cast, network: str) -> None:
    for server in (SENDER, "2001:db8:1:2::25"):
        MailServer.create(organization=cast.acme.id, network=server, created_at=NOON)

    assert Exemptions().any_in(parse_network(network)) is False


@pytest.mark.parametrize(
    ("subject", "is_one"),
    [
        ("198.51.100.128", True), ("198.51.100.255", True), ("198.51.100.0/24", True), ("198.51.100.127", False),
        ("203.0.113.9", True), ("203.0.113.10", False), ("203.0.113.0/24", True), ("0.0.0.0/0", True),
        ("2001:db8:2::/64", True), ("2001:db8:2:ffff::/64", True), ("2001:db8:3::/64", False), ("2001:db8::/32", True),
        ("198.18.98.7", True), ("198.18.97.7", False),
    ],
)  # fmt: skip
def test_what_touches_a_protected_sender_is_protected(store: Store, subject: str, is_one: bool) -> None:
    protected(store, "provider.example", "198.51.100.128/25", "2001:db8:2::/48")
    protected(store, SENDER, SENDER)

    assert Exemptions().is_protected(parse_network(subject)) is is_one
    assert Exemptions().any_in(parse_network(subject)) is (is_one or subject == "0.0.0.0/0")


def test_a_protected_sender_is_one_until_it_is_removed(store: Store) -> None:
    protected_senders.add("203.0.113.0/24", NOON)
    before = Exemptions()
    protected_senders.remove("203.0.113.0/24", NOON)

    assert before.is_protected(parse_network(SENDER)) and not Exemptions().is_protected(parse_network(SENDER))


def test_a_report_about_a_protected_sender_is_no_report_about_an_exempt_one(store: Store) -> None:
    """It counts for who reported it."""
    protected(store, SENDER, SENDER)

    assert why(SENDER) is None


def protected(store: Store, name: str, *networks: str) -> None:
    kind = "domain" if "example" in name else "network"
    ProtectedSender.create(name=name, kind=kind, networks=json.dumps(networks), added_at=NOON)
