"""The addresses of this machine, as Linux lists them. No report may list one of them, and resolvers may ask there."""

from __future__ import annotations

import ipaddress
import re
import time
from pathlib import Path

from reputation.addresses.address import Address, Network

ROUTES4 = Path("/proc/net/fib_trie")
ADDRESSES6 = Path("/proc/net/if_inet6")
LOCAL4 = re.compile(r"\|-- ([\d.]+)\n\s+/32 host LOCAL")
FRESH_FOR = 60  # seconds; interfaces seldom change


def of_this_machine() -> list[str]:
    """Return the addresses of this machine's interfaces as texts, IPv4 first; empty where Linux does not tell."""
    return list(dict.fromkeys(map(str, (*sorted(_local4()), *sorted(_local6())))))


class OwnAddresses:
    """The addresses of this machine's interfaces, as Linux lists them; read again after a minute."""

    def __init__(self) -> None:
        self._known: frozenset[Address] = frozenset()
        self._read_at = -float(FRESH_FOR)

    def inside(self, network: Network) -> bool:
        """Tell whether the network holds one of them."""
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
