"""The sender rules of all organizations, in a form in which one search finds the rule that decides.

It knows how rules are found, and nothing of lists, of packets, or of the order in which rules and lists decide.

It runs interpreted, or compiled from the same lines (rules.pxd declares the types).
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence

import cython

from reputation.verdict.organization_steps import OrganizationSteps
from reputation.verdict.origins import COUNTRY_NUMBERS
from reputation.verdict.steps import LOW_HALF
from reputation.verdict.zones import FOREVER

APPROVED = 1  # the value of an approved rule; a blocked one has its return code
NO_END = cython.declare(cython.uint, FOREVER)


@cython.final
@cython.cclass
class Rules:
    """Sender rules by network of all organizations, flattened: each step has the most specific rule.

    The steps are those of OrganizationSteps. `values` are APPROVED, a return code, or 0 for a gap; `texts` name the
    rule, and `ends` are the Unix seconds from which it no longer holds. Without `ends` no rule has one.
    """

    def __init__(
        self,
        from4: Sequence[int] = (0, 0),
        starts4: Sequence[int] = (),
        values4: Sequence[int] = (),
        texts4: Sequence[str] = (),
        ends4: Sequence[int] = (),
        from6: Sequence[int] = (0, 0),
        starts6: Sequence[int] = (),
        values6: Sequence[int] = (),
        texts6: Sequence[str] = (),
        ends6: Sequence[int] = (),
    ) -> None:
        self.steps = OrganizationSteps(from4, starts4, from6, starts6)
        # An empty array has no memory to point into; the place behind the last one is never read.
        self.values4, self.values6 = array("B", [*values4, 0]), array("B", [*values6, 0])
        self.texts4, self.texts6 = tuple(texts4), tuple(texts6)
        self.ends4, self.ends6 = _ends(ends4, len(values4)), _ends(ends6, len(values6))

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def value(
        self, organization: cython.int, version: cython.int, high: cython.ulonglong, low: cython.ulonglong
    ) -> tuple[cython.uint, cython.uint]:
        """Return the most specific rule for this address (APPROVED, a return code, or 0), and its end in seconds."""
        at: cython.Py_ssize_t
        at = self.steps.at4(organization, low) if version == 4 else self.steps.at6(organization, high, low)
        if at < 0:
            return 0, NO_END
        if version == 4:
            return self.values4[at], self.ends4[at]
        return self.values6[at], self.ends6[at]

    def text(self, organization: int, version: int, value: int) -> str:
        """Return the network that the rule names; "" where there is no rule."""
        if version == 4:
            at = self.steps.at4(organization, value)
            return self.texts4[at] if at >= 0 else ""
        at = self.steps.at6(organization, value >> 64, value & LOW_HALF)
        return self.texts6[at] if at >= 0 else ""


@cython.final
@cython.cclass
class OriginRules:
    """Sender rules by ISP and by country.

    Organization n owns the sorted `asns` from `from_asn[n]` to `from_asn[n + 1]`; its countries are in `countries` from
    `country_from[n]` on, one value for each country number; -1 means that it has none. Values and ends are those of
    Rules.
    """

    def __init__(
        self,
        from_asn: Sequence[int] = (0, 0),
        asns: Sequence[int] = (),
        values: Sequence[int] = (),
        ends: Sequence[int] = (),
        countries: Mapping[int, Mapping[int, tuple[int, int]]] | None = None,
    ) -> None:
        """`countries`: of an organization, by country number, value and end."""
        self.from_asn = array("I", from_asn)
        self.asns, self.values, self.ends = array("I", [*asns, 0]), array("B", [*values, 0]), _ends(ends, len(values))
        begins, table, its_ends = array("i", [-1] * len(from_asn)), array("B", [0]), array("I", [FOREVER])
        for organization, chosen in (countries or {}).items():
            begin = begins[organization] = len(table)
            table.extend(bytes(COUNTRY_NUMBERS))
            its_ends.extend([FOREVER] * COUNTRY_NUMBERS)
            for number, (value, end) in chosen.items():
                table[begin + number], its_ends[begin + number] = value, end
        self.country_from, self.countries, self.country_ends = begins, table, its_ends

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def isp(self, organization: cython.int, asn: cython.uint) -> tuple[cython.uint, cython.uint]:
        """Return APPROVED, BLOCKED_ISP, or 0 where no rule names this ASN, and the rule's end (seconds)."""
        low: cython.Py_ssize_t = self.from_asn[organization]
        end: cython.Py_ssize_t = self.from_asn[organization + 1]
        high: cython.Py_ssize_t = end
        middle: cython.Py_ssize_t
        if not cython.compiled:
            low = bisect_left(self.asns, asn, low, high)
            high = low
        while low < high:
            middle = (low + high) >> 1
            if self.asns[middle] < asn:
                low = middle + 1
            else:
                high = middle
        if low < end and self.asns[low] == asn:
            return self.values[low], self.ends[low]
        return 0, NO_END

    def by_country(self) -> dict[int, dict[int, tuple[int, int]]]:
        """Return value and end of each rule by country: of an organization, by country number."""
        found = {}
        for organization, begin in enumerate(self.country_from):
            if begin >= 0:
                found[organization] = {
                    number: (self.countries[begin + number], self.country_ends[begin + number])
                    for number in range(COUNTRY_NUMBERS)
                    if self.countries[begin + number]
                }
        return found

    def asns_of(self, organization: int) -> list[int]:
        """Return the ASNs for which an organization has a rule, sorted."""
        return list(self.asns[self.from_asn[organization] : self.from_asn[organization + 1]])

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def country(self, organization: cython.int, number: cython.uint) -> tuple[cython.uint, cython.uint]:
        """Return APPROVED, BLOCKED_COUNTRY, or 0 where no rule names this country, and the rule's end (seconds)."""
        at: cython.Py_ssize_t = self.country_from[organization]
        if at < 0:
            return 0, NO_END
        at += number
        return self.countries[at], self.country_ends[at]


def _ends(ends: Sequence[int], size: int) -> array[int]:
    """The ends of so many rules, and the place behind the last one, as in every array that may be empty."""
    return array("I", [*(ends or [FOREVER] * size), 0])
