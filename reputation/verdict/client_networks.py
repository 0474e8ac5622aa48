"""The network that a client of DNS is counted and limited under: a /24 of IPv4, a /56 of IPv6.

That is what one forger or one site can use. On the hot path it is one number of 64 bits, its key.
"""

from __future__ import annotations

from reputation.addresses.address import BITS, Network

SHIFTS = {4: 8, 6: 72}  # bits of an address that its network leaves free
IPV6_KEY = 1 << 63  # set in the keys of IPv6 networks


def network_key(version: int, value: int) -> int:
    """Return the key of the network that an address (its version and value) is in."""
    return value >> SHIFTS[version] | (IPV6_KEY if version == 6 else 0)


def network_text(key: int) -> str:
    """Return the network of a key as text, such as `192.0.2.0/24`."""
    version = 6 if key & IPV6_KEY else 4
    first = (key & ~IPV6_KEY) << SHIFTS[version]
    return str(Network(version, first, first | (1 << SHIFTS[version]) - 1, BITS[version] - SHIFTS[version]))
