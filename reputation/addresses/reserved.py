"""The networks from which no mail comes over the internet, and why. There is no other list of them.

Those for documentation are apart: nobody sends from there either, but they may be listed, so that people can try.
"""

from __future__ import annotations

from typing import NamedTuple

from reputation.addresses.address import BITS, Address, Network, parse_network


class Reserved(NamedTuple):
    """A network, with what it is and which RFC says so."""

    network: Network
    reason: str


def _all(*rows: tuple[str, str]) -> tuple[Reserved, ...]:
    return tuple(Reserved(parse_network(text), reason) for text, reason in rows)


RESERVED = _all(
    ("0.0.0.0/8", "this network, RFC 1122 3.2.1.3"),
    ("10.0.0.0/8", "private, RFC 1918"),
    ("100.64.0.0/10", "shared by a provider's customers, RFC 6598"),
    ("127.0.0.0/8", "loopback, RFC 1122 3.2.1.3"),
    ("169.254.0.0/16", "link-local, RFC 3927"),
    ("172.16.0.0/12", "private, RFC 1918"),
    ("192.0.0.0/24", "protocol assignments, RFC 6890"),
    ("192.168.0.0/16", "private, RFC 1918"),
    ("224.0.0.0/4", "multicast, RFC 5771"),
    ("240.0.0.0/4", "reserved, RFC 1112 4"),
    ("fc00::/7", "private, RFC 4193"),
    ("fe80::/10", "link-local, RFC 4291 2.5.6"),
    ("ff00::/8", "multicast, RFC 4291 2.7"),
    # what is left beside 2000::/3, of which all global addresses are (RFC 4291 2.4)
    ("::/3", "not a global address, RFC 4291 2.4"),
    ("4000::/2", "not a global address, RFC 4291 2.4"),
    ("8000::/1", "not a global address, RFC 4291 2.4"),
)

# The rest of IANA's special-purpose registries, and the relays of 6to4 and Teredo: listable, but no provider's own.
SPECIAL_PURPOSE = _all(
    ("192.0.2.0/24", "documentation, RFC 5737"),
    ("192.88.99.0/24", "relays of 6to4, RFC 7526"),
    ("198.18.0.0/15", "benchmarks, RFC 2544"),
    ("198.51.100.0/24", "documentation, RFC 5737"),
    ("203.0.113.0/24", "documentation, RFC 5737"),
    ("2001::/32", "Teredo, RFC 4380"),
    ("2001:2::/48", "benchmarks, RFC 5180"),
    ("2001:10::/28", "ORCHID, RFC 4843"),
    ("2001:20::/28", "ORCHIDv2, RFC 7343"),
    ("2001:db8::/32", "documentation, RFC 3849"),
    ("2002::/16", "6to4, RFC 3056"),
    ("3fff::/20", "documentation, RFC 9637"),
)

NAT64 = parse_network("64:ff9b::/96")  # of RFC 6052 2.1: the last 32 bits are an IPv4 address


def is_public(address: Address) -> bool:
    """Tell whether an address is in neither table. The tables of the standard library change from Python to Python."""
    found = _alone(address)
    if found.overlaps(NAT64):
        found = _alone(Address(4, address.value & 0xFFFFFFFF))
    return not any(one.network.overlaps(found) for one in (*RESERVED, *SPECIAL_PURPOSE))


def _alone(address: Address) -> Network:
    """An address as a network of its own."""
    return Network(address.version, address.value, address.value, BITS[address.version])


def reserved_part(network: Network) -> Reserved | None:
    """Find the first reserved network that shares an address with this one; return None where all of it is public."""
    return next((one for one in RESERVED if one.network.overlaps(network)), None)
