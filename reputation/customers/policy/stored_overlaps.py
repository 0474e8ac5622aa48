"""How a rule relates to an organization's rules in the store: what `Overlaps` says, read question by question.

A person waits for it at each pause in typing, so it costs the same with ten rules and with fifty thousand.
"""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from reputation.addresses.address import Network
from reputation.customers.policy.overlaps import Overlaps
from reputation.customers.policy.stored_networks import StoredByOrigin, StoredNetworks
from reputation.verdict.origins import EMPTY, Origins, country_code, country_number


class StoredOverlaps(Overlaps):
    """Like `Overlaps`, for all rules of an organization except `without`; each rule is looked up when it is needed."""

    def __init__(self, organization_id: int, origins: Origins = EMPTY, without: int = 0) -> None:
        """Without origins nothing is said of where a network belongs."""
        super().__init__((), origins)
        self._stored = StoredNetworks(organization_id, without)
        self._by_isp = StoredByOrigin(organization_id, without)
        self._networks, self._others = cast(Any, self._stored), cast(Any, self._by_isp)

    def _that_decide_first(self, action: str) -> tuple[list[Network], bool]:
        return self._stored.that_decide_first(action)

    def _countries_of(self, asn: int) -> set[str]:
        numbers = self._origins.asn_of
        found, place = set(), -1
        for _ in range(numbers.count(asn)):  # searched by the array itself: there are some hundred thousand
            place = numbers.index(asn, place + 1)
            found.add(country_code(self._origins.country_of[place]))
        return found

    def _isps_of(self, country: str, action: str) -> list[int]:
        ruled = self._by_isp.isps(action)
        if not ruled:
            return []
        number = country_number(country)
        # Of some hundred thousand ranges those of the country, by numpy: a loop in Python takes far longer.
        asns, countries = np.asarray(self._origins.asn_of), np.asarray(self._origins.country_of)
        known = set(asns[countries == number].tolist())
        return [asn for asn in ruled if asn in known]
