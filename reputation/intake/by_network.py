"""Values by network, such as whose mail servers are where: found without going through all of them.

Networks never overlap in part: two of them are apart, the same, or one lies inside the other. So those around a network
are found by a look-up for each prefix that occurs, and those inside it stand side by side.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Generic, TypeVar

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import BITS, around

Value = TypeVar("Value")
Key = tuple[int, int, int]  # version, first address, prefix


class ByNetwork(Generic[Value]):
    """Networks as texts, each with a value; the same network may be given more than once. Does not change."""

    def __init__(self, entries: Iterable[tuple[str, Value]]) -> None:
        found = [(_key(parse_network(text)), value) for text, value in entries]
        found.sort(key=lambda entry: entry[0])  # the values of the same network stay in their order
        self._keys = [key for key, _ in found]
        self._values = [value for _, value in found]
        prefixes = {(version, prefix) for version, _, prefix in self._keys}
        self._prefixes = {
            version: sorted((prefix for one, prefix in prefixes if one == version), reverse=True) for version in BITS
        }

    def __len__(self) -> int:
        return len(self._keys)

    def around(self, network: Network) -> Iterator[Value]:
        """The values of the networks that hold all of this one, the most specific first."""
        base = Address(network.version, network.first)
        for prefix in self._prefixes[network.version]:
            if prefix <= network.prefix:
                wider = _key(around(base, prefix))
                yield from self._between(wider, (*wider[:2], prefix + 1))

    def inside(self, network: Network) -> Iterator[Value]:
        """The values of the networks that lie inside this one and are smaller, in the order of their addresses."""
        version, first, prefix = _key(network)
        return self._between((version, first, prefix + 1), (version, network.last + 1, 0))

    def touching(self, network: Network) -> Iterator[Value]:
        """The values of the networks that share an address with this one."""
        return chain(self.around(network), self.inside(network))

    def _between(self, begin: Key, end: Key) -> Iterator[Value]:
        return islice(self._values, bisect_left(self._keys, begin), bisect_left(self._keys, end))


def _key(network: Network) -> Key:
    return network.version, network.first, network.prefix
