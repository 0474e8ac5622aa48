"""Addresses and networks as numbers, read strictly. It owns no list and knows no DNS name."""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import NamedTuple

PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")  # without leading zeros, which some programs read as octal
RANGE = re.compile(r"([0-9A-Fa-f:.]+)\s*[-\u2013]\s*([0-9A-Fa-f:.]+)")  # with a hyphen, or the dash of a word processor
MOST_NAMED = 5  # networks of a range that a hint names
BITS = {4: 32, 6: 128}  # of an address, by IP version: also the prefix of a network that is one address


class Address(NamedTuple):
    """One address: `version` 4 or 6, `value` an unsigned number of 32 or 128 bits."""

    version: int
    value: int

    def __str__(self) -> str:
        return _text(self.version, self.value)


class Network(NamedTuple):
    """The addresses `first` to `last` of one prefix."""

    version: int
    first: int
    last: int
    prefix: int

    def __str__(self) -> str:
        text = _text(self.version, self.first)
        return text if self.prefix == BITS[self.version] else f"{text}/{self.prefix}"

    def __contains__(self, address: object) -> bool:
        return (
            isinstance(address, Address)
            and address.version == self.version
            and self.first <= address.value <= self.last
        )

    def overlaps(self, other: Network) -> bool:
        """Tell whether the two share an address."""
        return self.version == other.version and self.first <= other.last and other.first <= self.last


# Every address there is, by IP version.
ALL_ADDRESSES = {version: Network(version, 0, (1 << bits) - 1, 0) for version, bits in BITS.items()}


def unmapped(version: int, value: int) -> tuple[int, int]:
    """Return an IPv4-mapped IPv6 address as the IPv4 address, any other unchanged.

    A dual-stack socket must not hide a sender.
    """
    if version == 6 and value >> 32 == 0xFFFF:
        return 4, value & 0xFFFFFFFF
    return version, value


def parse_address(text: str) -> Address:
    """Read `192.0.2.1` or `2001:db8::1`. Raise ValueError, which says what is wrong with the text."""
    value = _canonical4(text)
    if value >= 0:
        return Address(4, value)
    try:
        parsed = ipaddress.ip_address(text.strip())
    except ValueError:
        raise ValueError(f"{shortened(text)!r} is not an IP address: write 192.0.2.1 or 2001:db8::1") from None
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.scope_id:
        raise ValueError(f"{shortened(text)!r} names a network interface: leave out the part from % on")
    return Address(*unmapped(parsed.version, int(parsed)))


def _canonical4(text: str) -> int:
    """An IPv4 address that is written as we write it, in a tenth of the library's time: a log has thousands a second.

    -1 for any other text, of which the library says what it is.
    """
    try:
        packed = socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        return -1
    return int.from_bytes(packed) if socket.inet_ntoa(packed) == text else -1


def parse_network(text: str) -> Network:
    """Read `192.0.2.0/24`, or one address as a /32 or /128. Raise ValueError where bits beyond the prefix are set.

    A network inside ::ffff:0:0/96 is the IPv4 network. It also raises ValueError for any other wrong text, and says
    what to write.
    """
    text = text.strip()
    if "/" not in text:
        between = networks_between(text)
        if between:
            raise ValueError(f"{shortened(text)!r} is a range: write {_listed(between)}")
        address = parse_address(text)
        return Network(address.version, address.value, address.value, BITS[address.version])
    if "%" in text:
        raise ValueError(f"{shortened(text)!r} names a network interface: leave out the part from % on")
    try:
        parsed = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{shortened(text)!r} is not a network: write 192.0.2.0/24 or 2001:db8::/32") from None
    base, _, prefix = text.partition("/")
    if not PREFIX.fullmatch(prefix):
        raise ValueError(f"{shortened(text)!r}: write the prefix as a number, as in {parsed}")
    version, first = unmapped(parsed.version, int(parsed.network_address))
    bits = parsed.prefixlen - BITS[parsed.version] + BITS[version]
    network = Network(version, first, first + parsed.num_addresses - 1, bits)
    if int(parsed.network_address) != int(ipaddress.ip_address(base)):
        raise ValueError(f"{shortened(text)!r} has bits set beyond its prefix: did you mean {network}?")
    return network


def networks_between(text: str) -> list[Network]:
    """Return the networks of a range such as `192.0.2.0 - 192.0.2.255`, whose ends are whole addresses of one version.

    Return none where the text is no range. Raise ValueError where the range ends before it begins.
    """
    found = RANGE.fullmatch(text.strip())
    try:
        first, last = (parse_address(end) for end in found.groups()) if found else (None, None)
    except ValueError:
        return []
    if first is None or last is None or first.version != last.version:
        return []
    if first.value > last.value:
        raise ValueError(f"{shortened(text)!r} ends before it begins: write {last} - {first}")
    kind = ipaddress.IPv4Address if first.version == 4 else ipaddress.IPv6Address
    return [
        Network(first.version, int(one.network_address), int(one.broadcast_address), one.prefixlen)
        for one in ipaddress.summarize_address_range(kind(first.value), kind(last.value))
    ]


def _listed(networks: list[Network]) -> str:
    """The first networks of a range, as a hint names them."""
    shown = ", ".join(map(str, networks[:MOST_NAMED]))
    more = len(networks) - MOST_NAMED
    return f"{shown} and {more} more networks" if more > 0 else shown


def shortened(text: str, limit: int = 60) -> str:
    """Shorten a text that is too long for an error message."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _text(version: int, value: int) -> str:
    # IPv4 without the library's objects, in a third of their time: a flush of counts writes some thousand.
    if version == 4:
        return socket.inet_ntoa(value.to_bytes(4, "big"))
    if value >> 32 == 0xFFFF:  # the library writes it in two ways, by its age; what we write and store is one
        return f"::ffff:{value >> 16 & 0xFFFF:x}:{value & 0xFFFF:x}"
    return str(ipaddress.IPv6Address(value))
