"""An organization's rules by network, in memory: those around and those inside another network are found quickly."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from reputation.addresses.address import BITS, Network
from reputation.addresses.nested import NestedNetworks

ACTIONS = ("approved", "blocked")


class RuleNetworks:
    """Networks and the actions of their rules: approved where one of the rules approves, because approved wins."""

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
        """Return the actions of the rules for exactly this network."""
        return self._said.get(network, set())

    def says(self, network: Network) -> str:
        """Return the action that counts for exactly this network; "" where there is no rule."""
        return together(self.actions(network))

    def around(self, network: Network) -> Network | None:
        """Return the next wider network that has a rule, or None."""
        return next((wider for wider in self._all.around(network) if wider != network), None)

    def at_first(self, network: Network) -> Network:
        """Return the most specific network with a rule at the first address of a network, or the network itself."""
        first = Network(network.version, network.first, network.first, BITS[network.version])
        inner = next(self._all.around(first), network)
        return inner if inner.prefix > network.prefix else network

    def inside(self, network: Network, action: str) -> tuple[int, bool, Iterator[Network]]:
        """Count the networks inside a network with this action, and tell that these are all.

        Return also those that decide at least one address.
        """
        those = self._by_action[action]
        return those.count_inside(network), True, (one for one in those.inside(network) if any(self.left_over(one)))

    def left_over(self, network: Network) -> Iterator[tuple[int, int]]:
        """Yield the first and the last address of each part of a network that no network inside it takes."""
        return self._all.left_over(network)


def together(said: Collection[str]) -> str:
    """Return the action that counts where these are said of one sender: approved wins; "" where nothing is."""
    return "approved" if "approved" in said else "blocked" if said else ""
