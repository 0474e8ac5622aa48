"""Where the addresses of a network come from, as far as a limited number of steps in the table of origins can tell."""

from __future__ import annotations

from collections.abc import Iterable

from reputation.verdict.iterate import steps_and_gaps
from reputation.verdict.origins import Origins, country_code

MOST_STEPS = 500  # of the table of origins that are looked at for one question

Origin = tuple[int, str]  # ASN and country


def origins_of(origins: Origins, version: int, parts: Iterable[tuple[int, int]]) -> set[Origin] | None:
    """Find where the addresses of some ranges come from; return None where that takes too many steps."""
    found: set[Origin] = set()
    steps = origins.steps4 if version == 4 else origins.steps6
    left = MOST_STEPS
    for part in parts:
        for _, _, number in steps_and_gaps(steps, *part):
            if not left:
                return None
            left -= 1
            found.add((origins.asn_of[number], country_code(origins.country_of[number])))
    return found
