"""The two texts of a network lead back to it."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_network
from reputation.customers.policy.sort_keys import network_keys, network_of, sort_keys, value_of


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0/0", "0.0.0.0", "255.255.255.255", "128.0.0.0/1", "203.0.113.0/24", "192.0.2.7", "::/0", "::1",
     "2001:db8::/32", "8000::/1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
)  # fmt: skip
def test_a_network_is_found_again_from_its_texts(text: str) -> None:
    network = parse_network(text)

    assert network_of(*network_keys(network)) == network


@pytest.mark.parametrize(
    ("kind", "value"), [("isp", "isp:AS70"), ("isp", "isp:AS4294967295"), ("country", "country:AT")]
)
def test_an_isp_and_a_country_are_found_again_from_their_text(kind: str, value: str) -> None:
    assert value_of(sort_keys(kind, value)[0]) == value
