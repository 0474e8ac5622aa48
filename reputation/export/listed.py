"""Our own listings as disjoint networks: overlapping ones are cut as an answer sees them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import NamedTuple

from reputation.addresses.address import ALL_ADDRESSES
from reputation.verdict.snapshot import Snapshot
from reputation.verdict.zones import CATEGORIES, CATEGORY_CODES, CATEGORY_NAMES, DYNAMIC, DYNAMIC_LISTING


class ExportEntry(NamedTuple):
    """A network, the last octet of its return code, its category ("" in the dynamic database), its end and its reason.

    `until` is the Unix second from which it is no longer listed. In `reason`, `$` stands for the address and `$$` for a
    dollar sign.
    """

    network: str
    code: int
    category: str
    until: int
    reason: str


def entries(snapshot: Snapshot, database: int, version: int, level: int, now: int) -> Iterator[ExportEntry]:
    """Yield what is listed now, in the order of the addresses.

    `level`, 1 to 4, is that of the dynamic database.
    """
    one = snapshot.dynamic if database == DYNAMIC else snapshot.standard
    slots = (level - 1,) if database == DYNAMIC else tuple(range(len(CATEGORIES)))
    for first, last, listed in one.own_inside(ALL_ADDRESSES[version], now, slots):
        slot, until, reason = listed[0]  # as the decision has it: the first category
        code, category = (DYNAMIC_LISTING, "") if database == DYNAMIC else (CATEGORY_CODES[slot], CATEGORIES[slot])
        # Where a listing has no reason, its TXT record names what listed it.
        words = reason or CATEGORY_NAMES.get(category, category) or "dynamic"
        for network in _networks(version, first, last):
            yield ExportEntry(network, code, category, until, words)


def _networks(version: int, first: int, last: int) -> Iterator[str]:
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return map(str, ipaddress.summarize_address_range(kind(first), kind(last)))
