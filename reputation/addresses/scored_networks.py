"""The networks that evidence is about: the one that is scored for an address, and the one around it."""

from __future__ import annotations

from reputation.addresses.address import BITS, Address, Network

# One customer has at least a /64 of IPv6 (RFC 6177 2) and can take a new address of it for each message.
WHOLE = {4: 32, 6: 64}
AROUND = {4: 24, 6: 56}
WIDE = {4: 22, 6: 48}


def subject_of(address: Address) -> Network:
    """Return what is scored for an address: the IPv4 address itself, or the /64 of an IPv6 address."""
    return around(address, WHOLE[address.version])


def neighbourhood_of(address: Address) -> Network:
    """Return the /24 around an IPv4 address, or the /56 around an IPv6 address."""
    return around(address, AROUND[address.version])


def around(address: Address, prefix: int) -> Network:
    """Return the network with this prefix that contains the address."""
    free = BITS[address.version] - prefix
    first = address.value >> free << free
    return Network(address.version, first, first + (1 << free) - 1, prefix)
