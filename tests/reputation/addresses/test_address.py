"""Addresses and networks are read strictly, and every refusal says what to write."""

from __future__ import annotations

import ipaddress
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as some

from reputation.addresses.address import (
    Address,
    Network,
    parse_address,
    parse_network,
)


@given(some.ip_addresses())
def test_an_address_survives_being_written_and_read(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    parsed = parse_address(str(address))

    mapped = getattr(address, "ipv4_mapped", None)
    assert str(parsed) == str(mapped or address)


def test_a_mapped_address_is_the_ipv4_address() -> None:
    assert parse_address("::ffff:192.0.2.1") == Address(4, 0xC0000201)


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
        ("::ffff:192.0.2.1/128", "192.0.2.1"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
        ("::fffe:0:0/95", "::fffe:0:0/95"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_of_mapped_addresses_is_the_ipv4_network(text: str, network: str) -> None:
    # A query about one of them is one about the IPv4 address, so nothing else would ever meet such a network.
    assert str(parse_network(text)) == network


def test_a_network_holds_its_first_and_last_address_and_no_other() -> None:
    network = parse_network("192.0.2.0/24")

    assert Address(4, 0xC0000200) in network
    assert Address(4, 0xC00002FF) in network
    assert Address(4, 0xC0000300) not in network
    assert Address(6, 0xC0000200) not in network


def test_a_single_address_is_a_network_of_one() -> None:
    assert parse_network("2001:db8::1") == Network(6, 0x20010DB8 << 96 | 1, 0x20010DB8 << 96 | 1, 128)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("192.0.2.256", "is not an IP address"),
        ("192.0.2.01", "is not an IP address"),
        ("1.2.3", "is not an IP address"),
        ("fe80::1%eth0", "names a network interface"),
        ("example.org", "is not an IP address"),
        ("192.0.2.1/24", "did you mean 192.0.2.0/24"),
        ("::ffff:10.0.0.1/104", "did you mean 10.0.0.0/8"),
        ("192.0.2.0/33", "is not a network"),
        ("192.0.2.0/255.255.255.0", "write the prefix as a number"),
        ("192.0.2.0/024", "write the prefix as a number, as in 192.0.2.0/24"),
        ("fe80::%eth0/64", "names a network interface"),
        ("203.0.113.0 - 203.0.113.255", "is a range: write 203.0.113.0/24"),
        ("203.0.113.1-203.0.113.5", "is a range: write 203.0.113.1, 203.0.113.2/31, 203.0.113.4/31"),
        ("203.0.113.1-203.0.113.254", "203.0.113.16/28 and 9 more networks"),
        ("203.0.113.2-203.0.113.1", "ends before it begins"),
        ("203.0.113.1-2001:db8::1", "is not an IP address"),
        ("203.0.113.1-9", "is not an IP address"),
        ("x" * 500, "…"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_network(text)

    assert says in str(refusal.value)
    assert len(str(refusal.value)) < 200


SIGNS = some.text(some.sampled_from("0123456789abcdefx.:/-–% \t１\u3000"), max_size=24)


@given(SIGNS | some.ip_addresses().map(str))
@example("192.0.2.0/024")
@example("2001:db8::%1/32")
@example("192.0.2.1-192.0.2.2")
def test_a_text_is_the_network_that_the_standard_library_reads_or_none(text: str) -> None:
    try:
        network = parse_network(text)
    except ValueError:
        return
    read = ipaddress.ip_network(text.strip())
    first, last = int(read.network_address), int(read.broadcast_address)
    if read.version == 6 and first >> 32 == 0xFFFF:
        first, last = first & 0xFFFFFFFF, last & 0xFFFFFFFF
    assert "%" not in text and (network.first, network.last) == (first, last)
    assert not re.search("/0[0-9]", text)
