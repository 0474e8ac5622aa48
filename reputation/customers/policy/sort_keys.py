"""Where a sender comes in a sorted list, as two texts that any database compares: addresses, countries, ISPs by number.

A network's texts are its first address and the address directly after its last one, written as in the query log, so
that everything inside a network is found between them. It knows no rule and no table.
"""

from __future__ import annotations

from reputation.addresses.address import BITS, Network
from reputation.counting.query_log import key
from reputation.customers.policy.values import span

BEHIND_ALL = "g"  # sorts behind every hexadecimal digit: no address is behind the last one


def sort_keys(kind: str, value: str) -> tuple[str, str]:
    """Return the two texts of a rule; `value` is in canonical form. A country and an ISP have no second text."""
    if kind == "network":
        return _of_span(*span(value))
    return (value if kind == "country" else f"isp:{int(value.removeprefix('isp:AS')):010}"), ""


def value_of(first_key: str) -> str:
    """Return the ISP or country that has this text first."""
    return f"isp:AS{int(first_key.removeprefix('isp:'))}" if first_key.startswith("isp:") else first_key


def network_keys(network: Network) -> tuple[str, str]:
    """Return the two texts of a network."""
    return _of_span(network.version, network.first, network.last)


def network_of(first_key: str, end_key: str) -> Network:
    """Return the network that has these two texts; it is several times faster than to read the network's own text."""
    version, first, last = int(first_key[0]), address_of(first_key), address_of(end_key) - 1
    return Network(version, first, last, BITS[version] - (last - first).bit_length())


def address_of(text: str) -> int:
    """Return the number of the address that such a text stands for.

    For the second text of 0.0.0.0/0 it is one more than the last address.
    """
    version, digits = int(text[0]), text[1:]
    return 1 << BITS[version] if digits == BEHIND_ALL else int(digits, 16)


def _of_span(version: int, first: int, last: int) -> tuple[str, str]:
    behind = last + 1
    return key(version, first), f"{version}{BEHIND_ALL}" if behind >> BITS[version] else key(version, behind)
