"""Nested networks as steps: what the builders of lists and rules share. Owns no lookup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from reputation.addresses.address import Network

Value = TypeVar("Value")


def flatten(networks: Iterable[tuple[Network, Value]]) -> list[tuple[int, list[Value]]]:
    """Nested networks of one version as steps: from each start on, the values that hold there, widest first.

    Prefixes never overlap in part, so a stack of those that are open is enough. Two networks that are the same keep
    the order in which they came.
    """
    steps: list[tuple[int, list[Value]]] = [(0, [])]
    open_: list[tuple[int, Value]] = []
    for network, value in sorted(networks, key=lambda pair: (pair[0].first, -pair[0].last)):
        _close(steps, open_, network.first)
        open_.append((network.last, value))
        _step(steps, network.first, open_)
    _close(steps, open_, 1 << 128)
    return steps


def _step(steps: list[tuple[int, list[Value]]], start: int, open_: list[tuple[int, Value]]) -> None:
    values = [value for _, value in open_]
    if steps[-1][0] == start:
        steps.pop()
    steps.append((start, values))


def _close(steps: list[tuple[int, list[Value]]], open_: list[tuple[int, Value]], before: int) -> None:
    """End the networks whose last address lies before `before`, the innermost first."""
    while open_ and open_[-1][0] < before:
        end = open_[-1][0]
        while open_ and open_[-1][0] == end:
            open_.pop()
        _step(steps, end + 1, open_)
