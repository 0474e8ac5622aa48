"""The canaries among the networks that a person lists or blocks: which of them one holds, or several do together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reputation.addresses.address import Network, parse_network
from reputation.intake.bounds import CANARY_NAMES

NAMED = 5  # networks that a sentence names; the others it counts
CANARIES = tuple((parse_network(text), f"{text} ({name})") for text, name in CANARY_NAMES.items())


class Joined(NamedTuple):
    """A canary that several networks hold together: the new ones, and so many that are there already."""

    canary: str
    new: list[Network]
    standing: int

    def said(self, done: str) -> str:
        """Write it as a sentence; `done` is what is done with those that are there."""
        more = f" and what is {done} already" if self.standing else ""
        return f"{_named(self.new)}{more} hold {self.canary} together."


def in_network(network: Network) -> list[str]:
    """Return the canaries that a network holds, each with whose it is."""
    return [words for canary, words in CANARIES if canary.overlaps(network) and network.prefix <= canary.prefix]


def held_together(networks: Sequence[Network], standing: Callable[[Network], Sequence[Network]]) -> Iterator[Joined]:
    """Yield each canary that is held by several networks together, and by none of the new ones alone.

    `standing` returns those that there are already around or inside a canary.
    """
    for canary, words in CANARIES:
        parts = [network for network in networks if network.overlaps(canary)]
        if parts and all(network.prefix > canary.prefix for network in parts):
            others = standing(canary)
            if _covers([*parts, *others], canary) and not _covers(others, canary):
                yield Joined(words, parts, len(others))


def _covers(networks: Sequence[Network], whole: Network) -> bool:
    """Whether networks, each of which overlaps the whole one, hold every address of it."""
    missing = whole.first
    for network in sorted(networks):
        if network.first > missing:
            return False
        missing = max(missing, network.last + 1)
    return missing > whole.last


def _named(networks: Sequence[Network]) -> str:
    more = f" and {len(networks) - NAMED} more" if len(networks) > NAMED else ""
    return ", ".join(map(str, networks[:NAMED])) + more
