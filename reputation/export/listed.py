"""Own listings as disjoint networks: overlapping ones are cut as an answer sees them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from reputation.addresses.address import ALL_ADDRESSES
from reputation.verdict.iterate import steps_inside
from reputation.verdict.snapshot import Layer, Snapshot
from reputation.verdict.zones import CATEGORIES, CATEGORY_CODES, DYNAMIC, DYNAMIC_LISTING, SLOTS

# As the decision asks them: the slot, the return code, and the category's name.
IN_ORDER = tuple(zip(range(SLOTS), CATEGORY_CODES, CATEGORIES, strict=False))


class Entry(NamedTuple):
    """A network, the last octet of its return code, its category (empty in the dynamic database), the second from which
    it is no longer listed, and why."""

    network: str
    code: int
    category: str
    until: int
    reason: str


def entries(snapshot: Snapshot, database: int, version: int, level: int, now: int) -> Iterator[Entry]:
    """What is listed now, in the order of the addresses. `level`, 1 to 4, is that of the dynamic database."""
    layer = (snapshot.dynamic if database == DYNAMIC else snapshot.standard).own
    steps = layer.steps4 if version == 4 else layer.steps6
    for first, last, meaning in steps_inside(steps, 0, ALL_ADDRESSES[version].last):
        found = _said(layer, meaning, database, level, now)
        if found is not None:
            for network in _networks(version, first, last):
                yield Entry(network, *found)


def _said(layer: Layer, meaning: int, database: int, level: int, now: int) -> tuple[int, str, int, str] | None:
    """Code, category, until and reason of a meaning, as the decision has it."""
    slots = [(level - 1, DYNAMIC_LISTING, "")] if database == DYNAMIC else IN_ORDER
    for slot, code, category in slots:
        place = SLOTS * meaning + slot
        if layer.expiries[place] > now:
            return code, category, layer.expiries[place], layer.reasons[place]
    return None


def _networks(version: int, first: int, last: int) -> Iterator[str]:
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return map(str, ipaddress.summarize_address_range(kind(first), kind(last)))
