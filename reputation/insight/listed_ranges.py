"""Listed addresses by ISP and by country: what the live lists hold, whoever asks. It knows snapshots, and no table.

It has figures even before any traffic was counted, and for one ISP it says which of its networks are listed.
"""

from __future__ import annotations

import ipaddress
import itertools
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from reputation.addresses.address import Network
from reputation.ranges.intersect import (
    List4,
    Pieces,
    addresses_by_number,
    listed_in,
    ranges_with_value,
    ranges_with_value6,
    summary,
)
from reputation.verdict.counters import HOUR
from reputation.verdict.origins import Origins, country_code
from reputation.verdict.snapshot import ALL_SLOTS, Layer, Listed, Snapshot
from reputation.verdict.zones import CATEGORIES

EXAMPLES = 6
DYNAMIC = "dynamic"
ORDER = ("KSS", "DUL", "ETL", DYNAMIC)


class ListedTotals(NamedTuple):
    """IPv4 addresses that feeds list now, each once: by ASN, by country code, and all of them."""

    by_asn: dict[int, int]
    by_country: dict[str, int]
    total: int


class MainCountry(NamedTuple):
    """Where an ISP's addresses are: the country with most of them, and how many IPv4 addresses it announces."""

    country: str
    addresses: int


class ListedCategory(NamedTuple):
    """What one category lists of an ISP: IPv4 addresses and ranges, IPv6 ranges, and examples of both as texts.

    Each example is (text, an address in it that can be looked up).
    """

    name: str
    addresses: int
    ranges: int
    ranges6: int
    examples: tuple[tuple[str, str], ...]


class ListedNetworks(NamedTuple):
    """An ISP's networks: IPv4 addresses, ranges of both versions, addresses by country, and what is listed of them.

    `listed_addresses` counts each listed IPv4 address once, in however many categories it is.
    """

    addresses: int
    ranges: int
    ranges6: int
    countries: tuple[tuple[str, int], ...]
    listed: tuple[ListedCategory, ...]
    listed_addresses: int


class _Latest:
    """The last result for as long as it was made from the same arrays; does not keep them alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: tuple[Any, ...] = ()
        self._at, self._result = 0, None

    def get(self, arrays: tuple[Any, ...], at: int, make: Any) -> Any:
        """Return the last result where it was made from the same arrays at the same time; otherwise make a new one."""
        with self._lock:  # two readers at once count once
            same = len(self._of) == len(arrays) and all(
                kept() is array for kept, array in zip(self._of, arrays, strict=True)
            )
            if not same or self._at != at:
                self._result, self._of, self._at = make(), tuple(map(weakref.ref, arrays)), at
            return self._result


_listed, _homes = _Latest(), _Latest()


def by_isp(snapshot: Snapshot, now: int) -> ListedTotals:
    """Count the listed addresses by ISP and by country.

    They are counted once for each state of the lists, and again each hour, because dynamic listings end by themselves.
    """
    layers = (snapshot.standard.feeds, snapshot.dynamic.feeds)
    arrays = (*(layer.steps4.values for layer in layers), snapshot.origins.steps4.values)
    found: ListedTotals = _listed.get(arrays, now - now % HOUR, lambda: _count(layers, snapshot.origins, now))
    return found


def main_countries(origins: Origins) -> dict[int, MainCountry]:
    """Return the main country of every ISP that announces IPv4 addresses, by ASN."""
    found: dict[int, MainCountry] = _homes.get((origins.steps4.values,), 0, lambda: _find_homes(origins))
    return found


def networks_of(snapshot: Snapshot, asn: int, now: int) -> ListedNetworks:
    """Return the networks of one ISP, and which of them are listed now, in either database, by feeds or by us."""
    origins = snapshot.origins
    is_wanted = np.asarray(origins.asn_of) == asn
    is_wanted[0] = False  # unknown
    own = ranges_with_value(origins.steps4, is_wanted)
    own6 = ranges_with_value6(origins.steps6, is_wanted)
    by_number = addresses_by_number(own, len(is_wanted))
    countries: Counter[str] = Counter()
    for number in np.flatnonzero(is_wanted).tolist():
        countries[country_code(origins.country_of[number])] += by_number[number]
    listed = [_category(name, snapshot, own, own6, now) for name in ORDER]
    return ListedNetworks(
        sum(countries.values()),
        len(own.firsts),
        len(own6),
        tuple(countries.most_common()),
        tuple(category for category in listed if category.ranges or category.ranges6),
        summary(listed_in(own, [*_lists4(snapshot.standard, now), *_lists4(snapshot.dynamic, now)]), 0).addresses,
    )


def _count(layers: tuple[Layer, ...], origins: Origins, now: int) -> ListedTotals:
    count = len(origins.asn_of)
    everything = ranges_with_value(origins.steps4, [True] * count)
    found = listed_in(everything, [_list4(layer, now) for layer in layers])
    by_asn: Counter[int] = Counter()
    by_country: Counter[str] = Counter()
    for number, addresses in enumerate(addresses_by_number(found, count)):
        if addresses:
            by_asn[origins.asn_of[number]] += addresses
            by_country[country_code(origins.country_of[number])] += addresses
    return ListedTotals(dict(by_asn), dict(by_country), sum(by_asn.values()))


def _find_homes(origins: Origins) -> dict[int, MainCountry]:
    count = len(origins.asn_of)
    everything = ranges_with_value(origins.steps4, [True] * count)
    found: dict[int, MainCountry] = {}
    largest: dict[int, int] = {}
    for number, addresses in enumerate(addresses_by_number(everything, count)):
        asn = origins.asn_of[number]
        if not asn or not addresses:
            continue
        country, whole = found.get(asn, MainCountry("", 0))
        if addresses > largest.get(asn, 0):
            largest[asn], country = addresses, country_code(origins.country_of[number])
        found[asn] = MainCountry(country, whole + addresses)
    return found


def _category(name: str, snapshot: Snapshot, own: Pieces, own6: list[tuple[int, int]], now: int) -> ListedCategory:
    database = snapshot.dynamic if name == DYNAMIC else snapshot.standard
    slots = ALL_SLOTS if name == DYNAMIC else (CATEGORIES.index(name),)
    found = summary(listed_in(own, _lists4(database, now, slots)), EXAMPLES)
    six = _joined6(_listed6(own6, database, slots, now))
    examples = [(4, *bounds) for bounds in found.largest]
    examples += [(6, *bounds) for bounds in sorted(six, key=lambda one: one[0] - one[1])[:EXAMPLES]]
    return ListedCategory(name, found.addresses, found.ranges, len(six), tuple(map(_example, examples[: 2 * EXAMPLES])))


def _lists4(listed: Listed, now: int, slots: Sequence[int] = ALL_SLOTS) -> list[List4]:
    """What feeds list, and what we list ourselves."""
    own = _list4(listed.own, now, slots)._replace(above=_list4(listed.recent, now, slots))
    return [_list4(listed.feeds, now, slots), own]


def _list4(layer: Layer, now: int, slots: Sequence[int] = ALL_SLOTS) -> List4:
    return List4(layer.steps4, layer.listed_values(now, slots))


def _listed6(own: list[tuple[int, int]], listed: Listed, slots: Sequence[int], now: int) -> Iterator[tuple[int, int]]:
    for inside in (listed.feeds.inside, listed.own_inside):
        for first, last in own:
            for found in inside(Network(6, first, last, 0), now, slots):
                yield found.first, found.last


def _joined6(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found


def _example(bounds: tuple[int, int, int]) -> tuple[str, str]:
    """A range as a person writes it: an address, a network, or its two ends; and its first address."""
    version, first, last = bounds
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    networks = list(itertools.islice(ipaddress.summarize_address_range(kind(first), kind(last)), 2))
    if first == last:
        return str(kind(first)), str(kind(first))
    return str(networks[0]) if len(networks) == 1 else f"{kind(first)} to {kind(last)}", str(kind(first))
