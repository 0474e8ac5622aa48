"""Where the addresses of a network come from, as far as a limited number of steps in the table of origins can tell."""

from __future__ import annotations

from collections.abc import Iterable

from reputation.addresses.address import ALL_ADDRESSES
from reputation.verdict.iterate import steps_and_gaps
from reputation.verdict.origins import Origins, country_code

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
