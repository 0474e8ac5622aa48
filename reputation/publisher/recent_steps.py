"""Steps that are changed region by region: what a small layer says of the networks that have changed.

It knows neither listings nor tables. A value of 0 is a gap, in which the layer says nothing.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence

from reputation.addresses.address import BITS, Network
from reputation.ranges.side_by_side import lows_and_positions
from reputation.verdict.steps import NO_STEPS4, NO_STEPS6, Steps4, Steps6, steps6


class RecentSteps:
    """The steps of one IP version, in the order of the addresses; the first one begins at address 0."""

    def __init__(self, version: int) -> None:
        self._top = (1 << BITS[version]) - 1
        self.starts, self.values = [0], [0]

    def put(self, network: Network, steps: Sequence[tuple[int, int]]) -> None:
        """Replace all that is said inside a network.

        The steps begin at its first address, and fill it to its end. No network that was put before holds it.
        """
        begin, end = bisect_left(self.starts, network.first), bisect_left(self.starts, network.last + 1)
        after = network.last + 1
        # A network that was put before and begins there goes on; otherwise nothing is said from there on.
        is_open = network.last < self._top and (end == len(self.starts) or self.starts[end] != after)
        gap = [(after, 0)] if is_open else []
        self.starts[begin:end] = [start for start, _ in (*steps, *gap)]
        self.values[begin:end] = [value for _, value in (*steps, *gap)]

    def starts_inside(self, network: Network) -> list[int]:
        """Return where steps begin inside a network."""
        return self.starts[bisect_left(self.starts, network.first) : bisect_left(self.starts, network.last + 1)]

    def pairs(self) -> Sequence[tuple[int, int]]:
        """Return start and value of each step."""
        return list(zip(self.starts, self.values, strict=True))

    def steps4(self) -> Steps4:
        """Make them the steps of a layer."""
        if len(self.starts) == 1 and not self.values[0]:
            return NO_STEPS4
        lows, positions = lows_and_positions(self.starts)
        return Steps4(lows, array("I", self.values), positions)

    def steps6(self) -> Steps6:
        """Make them the steps of a layer."""
        if len(self.starts) == 1 and not self.values[0]:
            return NO_STEPS6
        return steps6(self.pairs())
