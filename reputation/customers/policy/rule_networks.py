"""What an organization's rules say by network: those around and inside another one are found at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reputation.addresses.address import BITS, Network
from reputation.addresses.nested import NestedNetworks

ACTIONS = ("approved", "blocked")


class RuleNetworks:
    """Networks and what their rules say: approved where one of them does, for approved wins."""

    def __init__(self, rules: Iterable[tuple[str, Network]]) -> None:
        self._said: dict[Network, set[str]] = {}
        for action, network in rules:
            self._said.setdefault(network, set()).add(action)
        self._all = NestedNetworks((network, network) for network in self._said)
        self._by_action = {
            action: NestedNetworks((network, network) for network in self._all if self.says(network) == action)
            for action in ACTIONS
        }

    def __iter__(self) -> Iterator[Network]:
        return iter(self._all)

    def actions(self, network: Network) -> set[str]:
        """Find what the rules for this very network say."""
        return self._said.get(network, set())

    def says(self, network: Network) -> str:
        """Find what they say together; "" where there is none."""
        said = self.actions(network)
        return "approved" if "approved" in said else "blocked" if said else ""

    def around(self, network: Network) -> Network | None:
        """Find the next wider one."""
        return next((wider for wider in self._all.around(network) if wider != network), None)

    def at_first(self, network: Network) -> Network:
        """Find the most specific one at the first address of a network, or itself."""
        first = Network(network.version, network.first, network.first, BITS[network.version])
        inner = next(self._all.around(first), network)
        return inner if inner.prefix > network.prefix else network

    def inside(self, network: Network, action: str) -> tuple[int, Iterator[Network]]:
        """Count those that say this and lie inside a network; give those of them that decide at least one address."""
        those = self._by_action[action]
        return those.count_inside(network), (one for one in those.inside(network) if any(self.left_over(one)))

    def left_over(self, network: Network) -> Iterator[tuple[int, int]]:
        """Give the first and the last address of each part of a network that none inside it takes."""
        return self._all.left_over(network)
