"""Networks from which no mail comes are known whole, and no public address is among them."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_address, parse_network
from reputation.addresses.reserved import RESERVED, SPECIAL_PURPOSE, is_public, reserved_part


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10.1.2.3", "private, RFC 1918"),
        ("8.0.0.0/6", "private, RFC 1918"),
        ("255.255.255.255", "reserved, RFC 1112 4"),
        ("fd00::1", "private, RFC 4193"),
        ("::1", "not a global address, RFC 4291 2.4"),
        ("e000::/19", "not a global address, RFC 4291 2.4"),
    ],
)
def test_a_network_that_reaches_into_a_reserved_one_is_told_which(text: str, reason: str) -> None:
    found = reserved_part(parse_network(text))

    assert found is not None and found.reason == reason


@pytest.mark.parametrize(
    "text", ["9.255.255.255", "11.0.0.0/8", "192.0.1.0/24", "2000::/3", "2001:db8::1", "192.0.2.1"]
)
def test_public_networks_and_those_of_documentation_are_not_reserved(text: str) -> None:
    assert reserved_part(parse_network(text)) is None


def test_no_network_stands_in_both_lists() -> None:
    assert not [one for one in SPECIAL_PURPOSE if any(one.network.overlaps(other.network) for other in RESERVED)]


# Of each of these the standard library says one thing or the other, by its age or always the wrong one.
@pytest.mark.parametrize(
    "text",
    [
        "10.1.2.3", "192.0.0.9", "192.0.2.1", "192.88.99.1", "224.0.0.1", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
        "64:ff9b::127.0.0.1", "64:ff9b::a01:203", "64:ff9b:1::1", "2001::1", "2001:20::1", "2002:7f00:1::", "3fff::1",
        "5f00::1", "fec0::1", "ff0e::1",
    ],
)  # fmt: skip
def test_what_is_no_address_of_the_internet_at_large_is_not_public(text: str) -> None:
    assert not is_public(parse_address(text))


@pytest.mark.parametrize("text", ["8.8.8.8", "9.255.255.255", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2a00:1450::1"])
def test_any_other_address_is_public_also_inside_one_of_nat64(text: str) -> None:
    assert is_public(parse_address(text))
