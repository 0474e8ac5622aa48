"""Networks that may contain one another, each with a value: found without going through all of them.

Networks never overlap in part: two of them are apart, the same, or one is inside the other. Sorted by first address,
the wider one first, the networks inside another one therefore follow it directly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Generic, TypeVar

from reputation.addresses.address import BITS, Network

Value = TypeVar("Value")
Key = tuple[int, int, int]  # version, first address, prefix


class NestedNetworks(Generic[Value]):
    """Networks of both IP versions with their values. They never change; building takes O(n log n).

    The same network may be given more than once: its values stay in the order in which they came.
    """

    def __init__(self, entries: Iterable[tuple[Network, Value]]) -> None:
        self._values: dict[Key, list[Value]] = {}
        for network, value in entries:
            key = network.version, network.first, network.prefix
            if key in self._values:
                self._values[key].append(value)
            else:
                self._values[key] = [value]
        self._keys = sorted(self._values)
        prefixes = {(version, prefix) for version, _, prefix in self._keys}
        self._prefixes = {
            version: sorted((prefix for one, prefix in prefixes if one == version), reverse=True) for version in BITS
        }

    def __len__(self) -> int:
        """Count the different networks."""
        return len(self._keys)

    def __iter__(self) -> Iterator[Value]:
        """Give all values: IPv4 first, in the order of the addresses, a wider network before those inside it."""
        return self._between(0, len(self._keys))

    def around(self, network: Network) -> Iterator[Value]:
        """Yield the values of the networks that contain all of this one, itself included, the most specific first.

        O(p), p the number of different prefixes: at most 33 of IPv4, 129 of IPv6.
        """
        version, first, bits = network.version, network.first, BITS[network.version]
        for prefix in self._prefixes[version]:
            if prefix <= network.prefix:
                free = bits - prefix
                yield from self._values.get((version, first >> free << free, prefix), ())

    def inside(self, network: Network) -> Iterator[Value]:
        """Yield the values of the networks inside this one, without itself, in the order of the addresses.

        O(log n), and O(1) for each value.
        """
        return self._between(*self._places_inside(network))

    def count_inside(self, network: Network) -> int:
        """Count the different networks inside this one, without itself. O(log n)."""
        begin, end = self._places_inside(network)
        return end - begin

    def touching(self, network: Network) -> Iterator[Value]:
        """Yield the values of the networks that share an address with this one: those around it, then those inside."""
        return chain(self.around(network), self.inside(network))

    def left_over(self, network: Network) -> Iterator[tuple[int, int]]:
        """Yield the first and the last address of each part of a network that no network inside it takes.

        O(k log n), k the number of networks inside it that no other network inside it contains.
        """
        begin, end = self._places_inside(network)
        version, at = network.version, network.first
        while begin < end:
            _, first, prefix = self._keys[begin]
            if at < first:
                yield at, first - 1
            at = first + (1 << (BITS[version] - prefix))
            begin = bisect_left(self._keys, (version, at, 0), begin, end)
        if at <= network.last:
            yield at, network.last

    def steps(self, version: int) -> Iterator[tuple[int, list[Value]]]:
        """Flatten the networks of one version: yield each address from which on other values hold, and those values.

        The first step begins at address 0 and the values are sorted from the widest network to the most specific one;
        an empty list is a gap. O(n d), d the number of networks that contain one address.
        """
        bits = BITS[version]
        end, start, values = 1 << bits, 0, list[Value]()
        open_ = [(end + 1, values)]  # just behind each network that has begun, and what holds in it; beneath them a gap
        for key in (*self._keys[self._place(version) : self._place(version + 1)], (version, end, bits)):
            first = key[1]
            while open_[-1][0] <= first:  # it has ended, the most specific one first
                after, _ = open_.pop()
                if after != start:
                    yield start, values
                start, values = after, open_[-1][1]
            if first != start:
                yield start, values
            if first == end:
                return
            start, values = first, values + self._values[key]
            open_.append((first + (1 << (bits - key[2])), values))

    def _between(self, begin: int, end: int) -> Iterator[Value]:
        return (value for place in range(begin, end) for value in self._values[self._keys[place]])

    def _places_inside(self, network: Network) -> tuple[int, int]:
        """Where those inside a network begin and end."""
        begin = bisect_left(self._keys, (network.version, network.first, network.prefix + 1))
        return begin, bisect_left(self._keys, (network.version, network.last + 1, 0), begin)

    def _place(self, version: int) -> int:
        return bisect_left(self._keys, (version, 0, 0))
