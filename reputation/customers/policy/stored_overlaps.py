"""How a rule relates to an organization's rules in the store: what `Overlaps` says, read question by question.

A person waits for it at each pause in typing, so it costs the same with ten rules and with fifty thousand.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import Any, cast

from reputation.addresses.address import Network
from reputation.customers.policy.overlaps import Overlaps
from reputation.customers.policy.rule_networks import together
from reputation.customers.policy.stored_networks import StoredByOrigin, StoredNetworks
from reputation.verdict.origins import EMPTY, Origins, country_code, country_number
from reputation.verdict.steps import Column


class StoredOverlaps(Overlaps):
    """Like `Overlaps`, for all rules of an organization except `without`; each rule is looked up when it is needed."""

    def __init__(self, organization_id: int, origins: Origins = EMPTY, without: int = 0) -> None:
        """Without origins nothing is said of where a network belongs."""
        super().__init__((), origins)
        self._stored = StoredNetworks(organization_id, without)
        self._by_isp = StoredByOrigin(organization_id, without)
        self._networks, self._others = cast(Any, self._stored), cast(Any, self._by_isp)

    def _that_decide_first(self, action: str, kind: str, number: int) -> tuple[list[Network], bool]:
        home = self._home(kind)
        return self._stored.that_decide_first(action, lambda *address: home(*address) == number)

    def _said_of(self, values: Iterable[str]) -> dict[str, str]:
        wanted = sorted(set(values))
        found = self._by_isp.that_say(wanted)
        return {value: together(found.get(value, ())) for value in wanted}

    def _countries_of(self, asn: int) -> set[str]:
        countries = self._origins.country_of
        return {country_code(countries[place]) for place in _places(self._origins.asn_of, asn)}

    def _isps_of(self, country: str, action: str) -> list[int]:
        ruled = self._by_isp.isps(action)
        if not ruled:
            return []
        number = country_number(country)
        asns = self._origins.asn_of
        known = {asns[place] for place in _places(self._origins.country_of, number)}
        return [asn for asn in ruled if asn in known]


def _places(numbers: Column, wanted: int) -> Iterator[int]:
    """Yield where a number stands, searched as octets: there are some hundred thousand."""
    view = memoryview(numbers)
    octets, sought = view.tobytes(), array(view.format, [wanted]).tobytes()
    at = octets.find(sought)
    while at >= 0:
        if at % view.itemsize == 0:
            yield at // view.itemsize
        at = octets.find(sought, at + 1)
