"""The networks of an organization's rules, arranged so that those around and inside another one are found at once.

Networks never overlap in part: two of them are apart, the same, or one lies inside the other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, islice

from reputation.addresses.address import Network
from reputation.ranges.iterate import Starts
from reputation.verdict.origins import Origins

BITS = {4: 32, 6: 128}
BEFORE_ALL = -(1 << 129)  # among those that begin at the same address, it comes before the widest
MOST_STEPS = 2000  # of the table of origins that are looked at for one question

Origin = tuple[int, str]  # ASN and country


class Networks:
    """Networks and what their rules say: approved where one of them does, for approved wins."""

    def __init__(self, rules: Iterable[tuple[str, Network]]) -> None:
        self._said: dict[Network, set[str]] = {}
        for action, network in rules:
            self._said.setdefault(network, set()).add(action)
        self._prefixes = {
            version: sorted({one.prefix for one in self._said if one.version == version}, reverse=True)
            for version in BITS
        }
        self._order = {version: self._arranged(version) for version in BITS}
        self._keys = {version: [(one.first, -one.last) for one in found] for version, found in self._order.items()}
        self._approved = {
            version: list(accumulate((self.says(one) == "approved" for one in found), initial=0))
            for version, found in self._order.items()
        }

    def __iter__(self) -> Iterator[Network]:
        return (one for version in BITS for one in self._order[version])

    def actions(self, network: Network) -> set[str]:
        """What the rules for this very network say."""
        return self._said.get(network, set())

    def says(self, network: Network) -> str:
        """What they say together; "" where there is none."""
        said = self.actions(network)
        return "approved" if "approved" in said else "blocked" if said else ""

    def around(self, network: Network) -> Network | None:
        """The next wider one."""
        for prefix in self._prefixes[network.version]:
            if prefix >= network.prefix:
                continue
            size = 1 << (BITS[network.version] - prefix)
            first = network.first & -size
            wider = Network(network.version, first, first + size - 1, prefix)
            if wider in self._said:
                return wider
        return None

    def at_first(self, network: Network) -> Network:
        """The most specific one at the first address of a network, or itself."""
        for prefix in range(BITS[network.version], network.prefix, -1):
            size = 1 << (BITS[network.version] - prefix)
            inner = Network(network.version, network.first, network.first + size - 1, prefix)
            if inner in self._said:
                return inner
        return network

    def inside(self, network: Network, action: str) -> tuple[int, Iterator[Network]]:
        """How many that say this lie inside a network, and those of them that decide at least one address."""
        begin, end = self._places(network)
        approved = self._approved[network.version][end] - self._approved[network.version][begin]
        count = approved if action == "approved" else end - begin - approved
        places = islice(self._order[network.version], begin, end) if count else iter(())
        return count, (one for one in places if self.says(one) == action and any(self.left_over(one)))

    def left_over(self, network: Network) -> Iterator[tuple[int, int]]:
        """First and last address of each part of a network that none inside it takes."""
        begin, end = self._places(network)
        keys, at = self._keys[network.version], network.first
        while begin < end:
            first, last = keys[begin][0], -keys[begin][1]
            if at < first:
                yield at, first - 1
            at = last + 1
            begin = bisect_left(keys, (at, BEFORE_ALL), begin, end)
        if at <= network.last:
            yield at, network.last

    def _places(self, network: Network) -> tuple[int, int]:
        """Where in the order those strictly inside a network begin and end."""
        keys = self._keys[network.version]
        return bisect_right(keys, (network.first, -network.last)), bisect_left(keys, (network.last + 1, BEFORE_ALL))

    def _arranged(self, version: int) -> list[Network]:
        found = (network for network in self._said if network.version == version)
        return sorted(found, key=lambda one: (one.first, -one.last))


def origins_of(origins: Origins, version: int, parts: Iterable[tuple[int, int]]) -> set[Origin] | None:
    """Where the addresses of some ranges come from; None where that takes too many steps to tell."""
    found: set[Origin] = set()
    steps = 0
    for first, last in parts:
        at = first
        while at <= last:
            steps += 1
            if steps > MOST_STEPS:
                return None
            origin = origins.origin(version, at)
            found.add((origin.asn, origin.country))
            at = _next_step(origins, version, at)
    return found


def _next_step(origins: Origins, version: int, address: int) -> int:
    """Where the next step of the table of origins begins."""
    starts = Starts(origins.steps4 if version == 4 else origins.steps6)
    return next(starts.since(starts.holding(address) + 1), 1 << BITS[version])
