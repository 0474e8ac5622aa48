"""Networks from which no mail comes are known whole, and no public address is among them."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_network
from reputation.addresses.reserved import RESERVED, SPECIAL_PURPOSE, reserved_part


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
