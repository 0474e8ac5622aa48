"""Whom evidence is about: the subject that is scored for an address, its neighbourhood, and this machine itself."""

from __future__ import annotations

import ipaddress
import re
import time
from pathlib import Path

from reputation.addresses.address import Address, Network

# One customer has at least a /64 of IPv6 (RFC 6177 2) and can take a new address of it for each message.
WHOLE = {4: 32, 6: 64}
AROUND = {4: 24, 6: 56}
BITS = {4: 32, 6: 128}

ROUTES4 = Path("/proc/net/fib_trie")
ADDRESSES6 = Path("/proc/net/if_inet6")
LOCAL4 = re.compile(r"\|-- ([\d.]+)\n\s+/32 host LOCAL")
FRESH_FOR = 60  # seconds; interfaces seldom change


def subject_of(address: Address) -> Network:
    """The IPv4 address itself, or the /64 of an IPv6 address."""
    return around(address, WHOLE[address.version])


def neighbourhood_of(address: Address) -> Network:
    """The /24 around an IPv4 address, the /56 around an IPv6 address."""
    return around(address, AROUND[address.version])


def around(address: Address, prefix: int) -> Network:
    """The network of that prefix in which the address lies."""
    free = BITS[address.version] - prefix
    first = address.value >> free << free
    return Network(address.version, first, first + (1 << free) - 1, prefix)


class OwnAddresses:
    """The addresses of this machine's interfaces, as Linux tells them; asked again after a minute."""

    def __init__(self) -> None:
        self._known: frozenset[Address] = frozenset()
        self._read_at = -float(FRESH_FOR)

    def inside(self, network: Network) -> bool:
        """Whether one of them lies in the network."""
        if time.monotonic() - self._read_at >= FRESH_FOR:
            self._known, self._read_at = frozenset((*_local4(), *_local6())), time.monotonic()
        return any(
            address.version == network.version and network.first <= address.value <= network.last
            for address in self._known
        )


def _local4() -> list[Address]:
    return [Address(4, int(ipaddress.IPv4Address(text))) for text in LOCAL4.findall(_read(ROUTES4))]


def _local6() -> list[Address]:
    return [Address(6, int(line.split()[0], 16)) for line in _read(ADDRESSES6).splitlines()]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # not Linux, or a container that hides it
        return ""
