"""Code networks: what may be one, what is served of them, and who is warned."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from random import Random

import pytest

from reputation.addresses.address import parse_address
from reputation.customers import code_networks, mail_servers
from reputation.publisher import Publisher
from reputation.refusal import Refused
from reputation.store.models import AuditEntry, CodeNetwork
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from tests.conftest import NOON, Cast
from tests.neighbour import others


def may(organization: int, *clients: str) -> list[bool]:
    """Whether the organization's codes may be used from each of these addresses."""
    live = Live()
    Publisher(live, lambda: EMPTY, lambda _: EMPTY, "").catch_up(NOON)
    assert live.current
    return [live.current.may_ask_from(organization, parse_address(client)) for client in clients]


def test_without_a_list_they_may_be_used_from_anywhere(cast: Cast) -> None:
    code_networks.add(cast.basic.id, "192.0.2.0/24", NOON)

    assert may(cast.acme.id, "192.0.2.1", "203.0.113.1", "2001:db8::1", "127.0.0.1") == [True] * 4


def test_with_a_list_they_may_be_used_from_its_networks_alone(cast: Cast) -> None:
    for network in ("192.0.2.0/25", "192.0.2.7", "10.0.0.53", "2001:db8:1::/48", "127.0.0.1"):
        code_networks.add(cast.acme.id, network, NOON)

    inside = ("192.0.2.0", "192.0.2.7", "192.0.2.127", "10.0.0.53", "2001:db8:1::5", "127.0.0.1")
    outside = ("192.0.1.255", "192.0.2.128", "10.0.0.52", "10.0.0.54", "2001:db8:2::", "::1", "255.255.255.255")
    assert may(cast.acme.id, *inside) == [True] * len(inside)
    assert may(cast.acme.id, *outside) == [False] * len(outside)
    assert may(cast.basic.id, *outside) == [True] * len(outside)


@pytest.mark.parametrize("network", ["192.0.2.53", "2001:db8::/32"])
def test_a_list_of_one_version_lets_nobody_of_the_other_in(cast: Cast, network: str) -> None:
    code_networks.add(cast.acme.id, network, NOON)

    assert may(cast.acme.id, "203.0.113.1", "2001:db9::1") == [False, False]


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ("mx.acme.example", "is not an IP address"),
        ("192.0.2.1/24", "did you mean 192.0.2.0/24"),
        ("0.0.0.0/0", "leave the list empty"),
        ("::/0", "leave the list empty"),
        ("192.0.0.0/7", "wider than /8"),
        ("192.0.2.53", "already"),
    ],
)
def test_what_cannot_be_one_is_refused(cast: Cast, network: str, sentence: str) -> None:
    code_networks.add(cast.acme.id, "192.0.2.53", NOON)

    with pytest.raises(Refused, match=sentence):
        code_networks.add(cast.acme.id, network, NOON)
    assert others(CodeNetwork).count() == 1


def test_a_list_is_bounded(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_networks, "MOST", 3)
    for number in range(3):
        code_networks.add(cast.acme.id, f"192.0.2.{number}", NOON)
    mail_servers.add(cast.acme.id, "192.0.2.25", NOON)

    for more in (
        lambda: code_networks.add(cast.acme.id, "192.0.2.9", NOON),
        lambda: code_networks.add_mail_servers(cast.acme.id, NOON),
    ):
        with pytest.raises(Refused, match="at most"):
            more()
    assert code_networks.how_many(cast.acme.id) == 3


def test_all_valid_mail_servers_are_taken_at_once_and_no_other_organizations(cast: Cast) -> None:
    with pytest.raises(Refused, match="no valid mail server yet"):
        code_networks.add_mail_servers(cast.acme.id, NOON)
    for network in ("192.0.2.25", "198.51.100.0/28"):
        mail_servers.add(cast.acme.id, network, NOON)
    mail_servers.add(cast.basic.id, "203.0.113.25", NOON)
    code_networks.add(cast.acme.id, "192.0.2.25", NOON)

    assert code_networks.add_mail_servers(cast.acme.id, NOON) == ["198.51.100.0/28"]
    assert may(cast.acme.id, "192.0.2.25", "198.51.100.15", "203.0.113.25") == [True, True, False]
    with pytest.raises(Refused, match="already"):
        code_networks.add_mail_servers(cast.acme.id, NOON)


def test_without_its_last_network_it_is_anywhere_again(cast: Cast) -> None:
    for network in ("192.0.2.53", "192.0.2.54"):
        code_networks.add(cast.acme.id, network, NOON)

    code_networks.remove(cast.acme.id, code_networks.find(cast.acme.id, "192.0.2.53").id, NOON)
    assert may(cast.acme.id, "192.0.2.53", "192.0.2.54") == [False, True]
    code_networks.remove(cast.acme.id, code_networks.find(cast.acme.id, "192.0.2.54").id, NOON)
    assert may(cast.acme.id, "192.0.2.53", "203.0.113.1") == [True, True]


def test_anywhere_empties_the_list_of_one_organization(cast: Cast) -> None:
    for organization in (cast.acme.id, cast.basic.id):
        code_networks.add(organization, "192.0.2.53", NOON)

    assert code_networks.remove_all(cast.acme.id, NOON) == 1

    assert may(cast.acme.id, "203.0.113.1") == [True] and may(cast.basic.id, "203.0.113.1") == [False]
    with pytest.raises(Refused, match="anywhere already"):
        code_networks.remove_all(cast.acme.id, NOON)


@pytest.mark.parametrize(
    ("allowed", "warning"),
    [
        ((), ""),
        (("192.0.2.25", "198.51.100.0/24"), ""),
        (("192.0.2.25", "198.51.100.0"), ""),
        (("192.0.0.0/8", "198.51.100.3"), ""),  # a part of a server's network is enough
        (("203.0.113.53",), "None of your valid mail servers (192.0.2.25, 198.51.100.0/28) is in these networks."),
        (("192.0.2.25",), "1 of your 2 valid mail servers are outside these networks: 198.51.100.0/28."),
        (("2001:db8::/32",), "None of your valid mail servers"),
    ],
)
def test_who_locks_its_own_servers_out_is_warned(cast: Cast, allowed: tuple[str, ...], warning: str) -> None:
    for network in ("192.0.2.25", "198.51.100.0/28"):
        mail_servers.add(cast.acme.id, network, NOON)
    for network in allowed:
        code_networks.add(cast.acme.id, network, NOON)

    said = code_networks.warning(cast.acme.id)

    assert said.startswith(warning) and bool(said) == bool(warning)


def test_a_warning_names_the_first_five_servers(cast: Cast) -> None:
    for last in range(7):
        mail_servers.add(cast.acme.id, f"192.0.2.{last}", NOON)
    code_networks.add(cast.acme.id, "203.0.113.53", NOON)

    said = code_networks.warning(cast.acme.id)

    assert "(192.0.2.0, 192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4 and 2 more)" in said


def test_a_note_is_bounded_and_stands_on_one_line(cast: Cast) -> None:
    assert code_networks.add(cast.acme.id, "192.0.2.53", NOON, note="a\n b").note == "a b"
    assert code_networks.add(cast.acme.id, "192.0.2.54", NOON, note="x" * 200).note == "x" * 200
    with pytest.raises(Refused, match="at most 200 characters"):
        code_networks.add(cast.acme.id, "192.0.2.55", NOON, note="x" * 201)


@pytest.mark.parametrize("network", ["192.0.2.54", "192.0.2.0/24", "nothing"])
def test_what_is_not_on_the_list_is_not_found(cast: Cast, network: str) -> None:
    code_networks.add(cast.acme.id, "192.0.2.53", NOON)
    code_networks.add(cast.basic.id, "192.0.2.54", NOON)

    with pytest.raises(Refused, match=r"not among the networks|not an IP address"):
        code_networks.find(cast.acme.id, network)


def test_nobody_is_warned_of_servers_that_it_has_not_named(cast: Cast) -> None:
    mail_servers.add(cast.basic.id, "192.0.2.25", NOON)
    code_networks.add(cast.acme.id, "203.0.113.53", NOON)

    assert code_networks.warning(cast.acme.id) == ""


def test_each_change_is_in_the_audit_log(cast: Cast) -> None:
    mail_servers.add(cast.acme.id, "192.0.2.25", NOON)
    code_networks.add(cast.acme.id, "192.0.2.53", NOON, "ada", note="resolver")
    code_networks.add_mail_servers(cast.acme.id, NOON, "ada")
    code_networks.remove(cast.acme.id, code_networks.find(cast.acme.id, "192.0.2.53").id, NOON, "ada")
    code_networks.remove_all(cast.acme.id, NOON, "ada")

    rows = others(AuditEntry).where(AuditEntry.what.startswith("Activation codes")).order_by(AuditEntry.id)
    assert [(row.what, row.before, row.after) for row in rows] == [
        ("Activation codes may be used from 192.0.2.53", "", "resolver"),
        ("Activation codes may be used from the valid mail servers", "", "192.0.2.25"),
        ("Activation codes may no longer be used from 192.0.2.53", "resolver", ""),
        ("Activation codes may be used from anywhere", "192.0.2.25", ""),
    ]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_served_is_what_the_networks_hold_whatever_they_are(cast: Cast, seed: int) -> None:
    drawing = Random(seed)
    allowed: dict[int, set[str]] = {cast.acme.id: set(), cast.basic.id: set()}
    for _ in range(40):
        bits, prefix = drawing.choice(((32, drawing.randrange(8, 33)), (128, drawing.randrange(8, 129))))
        base = drawing.choice((0xC0000200, 0x20010DB8 << 96, 0)) % (1 << bits) + drawing.randrange(1 << min(bits, 12))
        text = str(ip_network((base >> (bits - prefix) << (bits - prefix), prefix)))
        owner = drawing.choice(list(allowed))
        if text not in allowed[owner]:
            allowed[owner].add(text)
            code_networks.add(owner, text, NOON)
    edges = {ip_network(text)[place] for texts in allowed.values() for text in texts for place in (0, -1)}
    clients = [
        str(edge + step) for edge in edges for step in (-1, 0, 1) if 0 < int(edge) < (1 << edge.max_prefixlen) - 1
    ]
    clients = [client for client in clients if "::ffff:" not in client]

    for owner, texts in allowed.items():
        held = [any(ip_address(client) in ip_network(text) for text in texts) for client in clients]
        assert may(owner, *clients) == held
