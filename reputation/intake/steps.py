"""The steps above a sender, by name: its /24 and /22 (or /56 and /48), its provider and class of name, the class, all.

The class of a name is told from the address in it, which is no text to search for meaning: whoever gives an address a
name of his own moves it into the class of those who do, and no further.
"""

from __future__ import annotations

import re
from functools import lru_cache

from reputation.addresses.address import Address
from reputation.addresses.scored_networks import WIDE, around, neighbourhood_of, subject_of

UNKNOWN, GENERATED, GIVEN = "unknown", "generated", "given"
WORLD, NO_PROVIDER = "world", "AS0 "
_NUMBERS = re.compile(r"[0-9]+")
LONGEST_NAME = 255


def class_of(name: str, address: Address) -> str:
    """Return the class of an address's name (PTR): UNKNOWN without one, GENERATED from the address, or GIVEN.

    A name is generated where it holds three of the four numbers of an IPv4 address, in decimal or as the address in
    eight hexadecimal digits; of IPv6 where it holds the last sixteen digits of its /64.
    """
    if not name:
        return UNKNOWN
    name = name[:LONGEST_NAME].lower()
    if address.version == 6:
        return GENERATED if f"{address.value >> 64:016x}" in name.replace("-", "").replace(".", "") else GIVEN
    parts = [str(address.value >> shift & 255) for shift in (24, 16, 8, 0)]
    numbers = {number.lstrip("0") or "0" for number in _NUMBERS.findall(name)}
    is_generated = sum(part in numbers for part in parts) >= 3 or f"{address.value:08x}" in name
    return GENERATED if is_generated else GIVEN


@lru_cache(maxsize=1 << 16)
def networks_of(address: Address) -> tuple[str, str, str]:
    """Return the names of the sender, of its near and of its wide network."""
    return str(subject_of(address)), str(neighbourhood_of(address)), str(around(address, WIDE[address.version]))


def steps_of(address: Address, asn: int, name_class: str) -> tuple[str, ...]:
    """Return the names of the steps above a sender, from the near network to the world; ASN 0 is an unknown one."""
    _, near, wide = networks_of(address)
    return near, wide, f"{NO_PROVIDER if not asn else f'AS{asn} '}{name_class}", name_class, WORLD


def has_provider(names: tuple[str, ...]) -> bool:
    """Tell whether these steps are those of a sender whose provider is known."""
    return not names[2].startswith(NO_PROVIDER)
