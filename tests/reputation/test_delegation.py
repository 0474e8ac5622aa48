"""How the zone is found: the addresses of its name server, the parent's records, and where resolvers ask."""

from __future__ import annotations

import pytest

from reputation.delegation import Delegation
from reputation.settings import listen_address

ZONE = "rep.example.org"
OWN = ["127.0.0.1", "10.1.2.3", "::1", "fe80::1", "2001:db8::7"]


def delegation(*doors: str, **given: tuple[str, ...]) -> Delegation:
    """`given` are name servers that were set, with _ for the dots of their names."""
    named = {name.replace("_", "."): addresses for name, addresses in given.items()}
    return Delegation(ZONE, [listen_address(door, "--dns") for door in doors], named)


@pytest.mark.parametrize(
    ("doors", "addresses"),
    [
        (("192.0.2.53:53",), ("192.0.2.53",)),
        (("192.0.2.53:53", "[2001:db8::53]:53"), ("192.0.2.53", "2001:db8::53")),
        (("192.0.2.53:53", "192.0.2.53:5300"), ("192.0.2.53",)),
        (("192.0.2.53:5300",), ("192.0.2.53",)),
        # at a loopback address, a resolver elsewhere would ask itself
        (("127.0.0.1:53", "192.0.2.53:53"), ("192.0.2.53",)),
        (("127.0.0.1:53", "*:53"), ()),
        # where only this machine can ask, its own resolver finds the zone by it
        (("127.0.0.1:5300",), ("127.0.0.1",)),
        (("127.0.0.2:53", "[::1]:53"), ("127.0.0.2", "::1")),
        (("*:53",), ()),
        (("[::]:53",), ()),
        (("*:53", "192.0.2.53:53"), ("192.0.2.53",)),
        # an address of one link says nothing without the name of the link
        (("[fe80::1]:53", "192.0.2.53:53"), ("192.0.2.53",)),
        ((), ()),
    ],
)
def test_the_name_server_has_the_addresses_at_which_dns_is_served(
    doors: tuple[str, ...], addresses: tuple[str, ...]
) -> None:
    assert delegation(*doors).name_servers == {f"ns.{ZONE}": addresses}


def test_name_servers_that_were_set_are_those_of_the_zone() -> None:
    given = {"ns1_rep_example_org": ("203.0.113.9",), "ns_other_example": ()}

    found = delegation("192.0.2.53:53", **given)

    assert found.name_servers == {"ns1.rep.example.org": ("203.0.113.9",), "ns.other.example": ()}
    assert found.lacks == "" and found.is_found


@pytest.mark.parametrize(
    ("doors", "sentence", "to_set"),
    [
        (("*:53",), "ns.rep.example.org has no address", 'nameserver = ["ns.rep.example.org=192.0.2.53"]'),
        (("[::]:53",), "dns listens on [::]:53, which is every address", "Set dns to the address that resolvers reach"),
        (("*:53", "127.0.0.1:53"), "has no address", "as in 192.0.2.53:53"),
        (("*:53", "[2001:db8::53]:53"), "has no IPv4 address", "as in 192.0.2.53:53"),
        (("127.0.0.1:5300",), "Only this machine can ask", "set dns to an address of this machine"),
        (("192.0.2.53:5300",), "asks port 53, and dns listens on 192.0.2.53:5300", "Set dns to port 53"),
        (("192.0.2.53:5300", "127.0.0.1:53"), "asks port 53", 'nameserver = ["ns.rep.example.org=192.0.2.53"]'),
    ],
)
def test_what_keeps_others_from_finding_the_zone_is_said_with_what_to_set(
    doors: tuple[str, ...], sentence: str, to_set: str
) -> None:
    found = delegation(*doors)

    assert sentence in found.lacks and to_set in found.lacks
    assert not found.is_found


@pytest.mark.parametrize(
    "doors",
    [("192.0.2.53:53",), ("192.0.2.53:53", "127.0.0.1:5300"), ("[::]:53", "192.0.2.53:53"), ("[2001:db8::53]:53",)],
)
def test_nothing_is_lacking_where_a_concrete_address_is_served_on_port_53(doors: tuple[str, ...]) -> None:
    assert delegation(*doors).lacks == "" and delegation(*doors).is_found


def test_where_dns_is_not_served_nothing_is_found_and_nothing_said() -> None:
    assert delegation().lacks == "" and not delegation().is_found and delegation().ways(OWN) == []


def test_a_name_server_in_the_zone_that_was_set_without_an_address_is_told() -> None:
    assert 'nameserver = ["ns1.rep.example.org=192.0.2.53"]' in delegation("*:53", ns1_rep_example_org=()).lacks
    assert delegation("*:53", rep_example_org=()).lacks != ""
    assert delegation("*:53", notrep_example_org=()).lacks == "", "it lies beside the zone"


def test_the_parent_has_the_name_servers_and_the_addresses_of_those_in_the_zone() -> None:
    given = {"ns1_rep_example_org": ("192.0.2.53", "2001:db8::53"), "ns_other_example": ("192.0.2.9",)}

    found = delegation("*:53", **given)

    assert found.parent_zone == "example.org"
    assert [line.split() for line in found.parent_records.splitlines()] == [
        ["rep.example.org.", "IN", "NS", "ns1.rep.example.org."],
        ["rep.example.org.", "IN", "NS", "ns.other.example."],
        ["ns1.rep.example.org.", "IN", "A", "192.0.2.53"],
        ["ns1.rep.example.org.", "IN", "AAAA", "2001:db8::53"],
    ]
    assert Delegation("rep", []).parent_zone == "."


@pytest.mark.parametrize(
    ("doors", "ways"),
    [
        (("192.0.2.53:53", "[2001:db8::53]:53"), ["192.0.2.53:53,[2001:db8::53]:53"]),
        (("127.0.0.1:5300",), ["here"]),
        (("192.0.2.53:53", "127.0.0.1:53"), ["192.0.2.53:53", "here"]),
        (("*:5353",), ["10.1.2.3:5353", "here"]),
        (("[::]:53",), ["[2001:db8::7]:53", "here"]),
        (("*:53", "[::]:53"), ["10.1.2.3:53", "[2001:db8::7]:53", "here"]),
    ],
)
def test_a_resolver_elsewhere_is_sent_to_no_loopback_address(doors: tuple[str, ...], ways: list[str]) -> None:
    found = delegation(*doors).ways(OWN)

    assert [way.id for way in found] == ways
    for way in found:
        is_local = all(host.startswith("127.") or host == "::1" for host, _ in way.doors)
        assert is_local == (way.id == "here") == ("on Gatepost's own machine" in way.words)


def test_the_addresses_of_name_servers_that_were_set_come_first() -> None:
    found = delegation("10.1.2.3:5300", ns1_rep_example_org=("203.0.113.9",)).ways(OWN)

    assert [way.doors for way in found] == [(("203.0.113.9", 53),), (("10.1.2.3", 5300),)]
    assert len(delegation("192.0.2.53:53", ns1_rep_example_org=("192.0.2.53",)).ways(OWN)) == 1
