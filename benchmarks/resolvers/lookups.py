"""How many packets one lookup costs through a real resolver: nothing known yet, and after a minute a neighbour's.

The minute is longer than an unlisted address is remembered: what a resolver still knows then is what it need not ask.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import NamedTuple

from benchmarks import plan
from benchmarks.packets import NXDOMAIN
from benchmarks.resolvers.capture import capture
from benchmarks.resolvers.network import PORT, SERVICE
from benchmarks.resolvers.programs import KINDS, Resolver
from benchmarks.resolvers.stage import Stage, look_up, opened
from benchmarks.results import CASES, Cost
from benchmarks.servers.base import DidNotStart
from benchmarks.workshop import say

PLAN = replace(plan.QUICK, name="lookups", entries=1_000, questions=1_000, rules=10)
REST = 70.0  # seconds
SETTLING = 0.3  # seconds after an answer in which a resolver may still ask for something


class Addresses(NamedTuple):
    """Three addresses that nobody lists: the second is of the first one's network, the third is of another."""

    cold: str
    same_network: str
    other_network: str


ADDRESSES = {
    4: Addresses("11.67.89.12", "11.67.89.201", "77.12.34.56"),
    6: Addresses("3fff:9a1:1234:5678:1ccd:93ff:fe4e:71a2", "3fff:9a1:1234:5678:8d2:5eff:fe03:b9c4",
                 "2fff:12:77:1:60f8:1dff:fea1:22d7"),
}  # fmt: skip
assert Addresses._fields == CASES


def measured() -> list[Cost]:
    """Measure every resolver that can be had here, IPv4 and IPv6, with an instance for each lookup after the rest."""
    with opened(PLAN) as stage, ExitStack() as ends:
        instances = [
            Instance(resolver, version, warm)
            for version in ADDRESSES
            for warm in CASES[1:]
            for resolver in ends.enter_context(stage.resolvers())
        ]
        cold = [cost(stage, one, CASES[0]) for one in instances]
        say(f"waiting {REST:.0f} s")
        time.sleep(REST)
        warm = [cost(stage, one, one.warm) for one in instances]
    found: dict[tuple[str, int], dict[str, int]] = {}
    for one, first, second in zip(instances, cold, warm, strict=True):
        costs = found.setdefault((one.resolver.name, one.version), {})
        costs |= {CASES[0]: first, one.warm: second}
    return [Cost(name, version, costs) for (name, version), costs in sorted(found.items(), key=in_order)]


class Instance(NamedTuple):
    """A running resolver that is asked twice: about the cold address, and after the rest about that of `warm`."""

    resolver: Resolver
    version: int
    warm: str


def in_order(found: tuple[tuple[str, int], object]) -> tuple[int, int]:
    """Return by what costs are sorted: the resolver, and the IP version."""
    (name, version), _ = found
    return [kind.name for kind in KINDS].index(name), version


def cost(stage: Stage, one: Instance, case: str) -> int:
    """Return how many packets a lookup costs; raise DidNotStart where the address is not found unlisted."""
    address = getattr(ADDRESSES[one.version], case)
    with capture(SERVICE, PORT) as seen:
        found = look_up(one.resolver.port, stage.about(address))
        time.sleep(SETTLING)
    if found.rcode != NXDOMAIN:
        raise DidNotStart(f"{one.resolver.name} says {found.rcode} of {address}, which is not listed")
    return len(seen.of(one.resolver.source))
