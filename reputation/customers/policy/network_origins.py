"""What the table of origins says of networks, ISPs and countries, for a comparison of rules.

Where the addresses of a network come from it tells as far as a limited number of steps in the table can tell.
"""

from __future__ import annotations

from collections.abc import Iterable

from reputation.addresses.address import ALL_ADDRESSES
from reputation.ranges.pairs import NumberPairs
from reputation.verdict.iterate import steps_and_gaps
from reputation.verdict.origins import Origins, country_code, country_number

MOST_STEPS = 400  # ranges, and steps of the table of origins, that are looked at for one question

Origin = tuple[int, str]  # ASN and country


def origins_of(origins: Origins, version: int, parts: Iterable[tuple[int, int]]) -> set[Origin] | None:
    """Find where the addresses of some ranges come from, in their order; return None where they are too many."""
    numbers: set[int] = set()
    steps = origins.steps4 if version == 4 else origins.steps6
    left, reached = MOST_STEPS, -1
    for first, last in parts:
        # Many parts lie in one step of the table: a step is looked up when a part is behind the one before.
        behind = steps_and_gaps(steps, first, ALL_ADDRESSES[version].last) if last > reached else ()
        for _, end, number in behind:
            left, reached = left - 1, end
            numbers.add(number)
            if reached >= last or left < 0:
                break
        left -= 1
        if left < 0:
            return None
    return {(origins.asn_of[number], country_code(origins.country_of[number])) for number in numbers}


class IspCountries:
    """Which countries each ISP sends from, and which ISPs each country has: the table is gone through once for all."""

    def __init__(self, origins: Origins) -> None:
        self._pairs = NumberPairs(origins.asn_of, origins.country_of)

    def countries(self, asn: int) -> set[str]:
        """Return the countries of an ISP by their two letters; "" where some of its addresses have none known."""
        return {country_code(country) for country in self._pairs.beside_left(asn)}

    def asns(self, country: str) -> list[int]:
        """Return the ASNs of a country, sorted; 0 stands for addresses without an ISP."""
        return self._pairs.beside_right(country_number(country))
