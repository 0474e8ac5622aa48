"""Where an address comes from: country, ASN and ISP name. It owns the lookup, not the source of the data.

Every known pair of ASN and country has an origin number; addresses are mapped to these numbers by step functions, and 0
means "not known". Missing data makes an origin unknown and is never an error; `EMPTY` knows no origin at all.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cython

from reputation.verdict.steps import NO_STEPS4, NO_STEPS6, Column, Steps4, Steps6

COUNTRY_NUMBERS = 26 * 26 + 1  # a table by country number has this many places


class Origin(NamedTuple):
    """ASN (0 when not known), country (ISO 3166 alpha-2, "" when not known), ISP name ("" without an ASN)."""

    asn: int
    country: str
    isp: str


UNKNOWN = Origin(0, "", "")


def country_number(code: str) -> int:
    """Return the number of a country code: `AA` is 1, `AB` is 2, `ZZ` is 676.

    Anything that is not two letters is 0, the unknown country.
    """
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        return 0
    first, second = code.upper().encode()
    return (first - 65) * 26 + second - 65 + 1


def country_code(number: int) -> str:
    """Return the two letters of a country number; "" for 0."""
    if not 0 < number < COUNTRY_NUMBERS:
        return ""
    return chr(65 + (number - 1) // 26) + chr(65 + (number - 1) % 26)


class IspNames:
    """ISP names by ASN: the ASNs sorted, and all names in one text, since 85,000 separate ones would cost 12 MB."""

    __slots__ = ("asns", "ends", "text")

    def __init__(self, asns: Column, ends: Column, text: bytes | memoryview) -> None:
        if len(asns) != len(ends) or (ends[len(ends) - 1] if ends else 0) != len(text):
            raise ValueError("ISP names need one end each, and the last end is the length of the text")
        self.asns = asns
        self.ends = ends
        self.text = text

    def __len__(self) -> int:
        return len(self.asns)

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return ((asn, self._at(place)) for place, asn in enumerate(self.asns))

    def get(self, asn: int) -> str:
        """Return the name of an ASN, "" where none is known."""
        place = bisect_left(self.asns, asn)
        return self._at(place) if place < len(self.asns) and self.asns[place] == asn else ""

    def _at(self, place: int) -> str:
        return str(self.text[self.ends[place - 1] if place else 0 : self.ends[place]], "utf-8")


def isp_names(pairs: Iterable[tuple[int, str]]) -> IspNames:
    """Make the names from (ASN, name) pairs in any order; the last of several for one ASN is kept."""
    asns, ends, text = array("I"), array("I"), bytearray()
    for asn, name in sorted(dict(pairs).items()):
        text += name.encode()
        asns.append(asn)
        ends.append(len(text))
    return IspNames(asns, ends, bytes(text))


@cython.final
@cython.cclass
class Origins:
    """Origin numbers of all addresses, what each number means, and how old the data is. It never changes.

    `dated` is the day of the data as 2026-06-17, `source` names who it comes from, `rows` is the number of rows it was
    made from; "" and 0 where there is none.
    """

    def __init__(
        self,
        steps4: Steps4 = NO_STEPS4,
        steps6: Steps6 = NO_STEPS6,
        asn_of: Column | None = None,
        country_of: Column | None = None,
        names: IspNames | None = None,
        dated: str = "",
        source: str = "",
        rows: int = 0,
    ) -> None:
        """`asn_of` array('I') and `country_of` array('H') by origin number; number 0 is unknown in both."""
        self.steps4, self.steps6 = steps4, steps6
        self.asn_of = array("I", [0]) if asn_of is None else asn_of
        self.country_of = array("H", [0]) if country_of is None else country_of
        self.names = isp_names(()) if names is None else names
        self.dated, self.source, self.rows = dated, source, rows

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def seek(self, version: cython.int, high: cython.ulonglong, low: cython.ulonglong) -> cython.uint:
        """Return the origin number of an address in two halves of 64 bits; 0 when not known."""
        if version == 4:
            return self.steps4.seek(low)
        return self.steps6.seek(high, low)

    def number(self, version: int, value: int) -> int:
        """Return the origin number of an address, an index into `asn_of` and `country_of`; 0 when not known."""
        return self.steps4.find(value) if version == 4 else self.steps6.find(value)

    def asn(self, version: int, value: int) -> int:
        """Return the number of the autonomous system that announces the address; 0 when not known."""
        return self.asn_of[self.number(version, value)]

    def country_number(self, version: int, value: int) -> int:
        """Return the country of an address as `country_number` counts; 0 when not known."""
        return self.country_of[self.number(version, value)]

    def origin(self, version: int, value: int) -> Origin:
        """Return everything that is known about an address's origin, in words."""
        number = self.number(version, value)
        asn = self.asn_of[number]
        return Origin(asn, country_code(self.country_of[number]), self.isp_name(asn))

    def isp_name(self, asn: int) -> str:
        """Return the ISP's name; `AS64500` where the ASN has none; "" for 0, which is no ASN."""
        return (self.names.get(asn) or f"AS{asn}") if asn else ""

    def isps_named(self, text: str, limit: int = 20) -> list[tuple[int, str]]:
        """Find ISPs whose name contains the text, in any case, as (ASN, name).

        Names that begin with the text come first.
        """
        wanted = text.casefold().strip()
        found = [(asn, name) for asn, name in self.names if wanted in name.casefold()] if wanted else []
        found.sort(key=lambda pair: (not pair[1].casefold().startswith(wanted), pair[1].casefold(), pair[0]))
        return found[:limit]


EMPTY = Origins()
