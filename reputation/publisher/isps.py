"""The ISPs that the operator has accepted, laid over the table of origins. Knows no file of origins, and no request.

A table has hundreds of thousands of steps and an installation a few ISPs of its own: what lies between their networks
is copied in one piece.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from reputation.addresses.address import Network, parse_network
from reputation.ranges.intersect import starts_of
from reputation.store.models import Isp, IspNetwork
from reputation.verdict.nesting import flatten
from reputation.verdict.origins import Origins, country_number, isp_names
from reputation.verdict.steps import Steps6, steps4_of

BITS = {4: 32, 6: 128}
LOW = (1 << 64) - 1


class Own(NamedTuple):
    """One ISP of our own; `country` "" leaves the countries of its networks as the table has them."""

    asn: int
    name: str
    country: str
    networks: tuple[Network, ...]


class Stretch(NamedTuple):
    """From the first to the last address an ISP holds all; stretches do not overlap."""

    first: int
    last: int
    own: Own


def accepted() -> list[Own]:
    """All of them, by ASN."""
    networks: dict[int, list[Network]] = {}
    for row in IspNetwork.select():
        networks.setdefault(row.isp_id, []).append(parse_network(row.network))
    rows = Isp.select().order_by(Isp.asn)
    return [Own(row.asn, row.name, row.country, tuple(networks.get(row.asn, ()))) for row in rows]


def overlaid(table: Origins, own: Sequence[Own]) -> Origins:
    """The table with these ISPs laid over it: the most specific network wins, and so do their names."""
    if not own:
        return table
    numbers = Numbers(table)
    old4, old6 = Column("I", [starts_of(table.steps4)]), Column("Q", [table.steps6.high, table.steps6.low])
    starts4, values4 = _merged(old4, table.steps4.values, _stretches(own, 4), numbers)
    (high, low), values6 = _merged(old6, table.steps6.values, _stretches(own, 6), numbers)
    names = isp_names(chain(table.names, ((one.asn, one.name) for one in own)))
    return Origins(
        steps4_of(starts4[0], values4),
        Steps6(high, low, values6),
        numbers.asn_of,
        numbers.country_of,
        names,
        table.dated,
        table.source,
        table.rows,
    )


class Numbers:
    """What origin numbers mean: those of the table, and behind them those of our own ISPs."""

    def __init__(self, table: Origins) -> None:
        self.asn_of, self.country_of = array("I", table.asn_of), array("H", table.country_of)
        self._known: dict[tuple[int, int], int] = {}

    def of(self, own: Own, present: int) -> int:
        """The number of an ISP where the table has the number `present`."""
        country = country_number(own.country) or self.country_of[present]
        number = self._known.setdefault((own.asn, country), len(self.asn_of))
        if number == len(self.asn_of):
            self.asn_of.append(own.asn)
            self.country_of.append(country)
        return number


class Column:
    """Sorted starts as one array of 32 bits, or as two of 64: high and low halves."""

    def __init__(self, typecode: str, columns: Iterable[Any]) -> None:
        self.typecode, self.arrays = typecode, tuple(_array(typecode, column) for column in columns)
        self.bits = 32 if len(self.arrays) == 1 else 128

    def __len__(self) -> int:
        return len(self.arrays[0])

    def __getitem__(self, place: int) -> int:
        if self.bits == 32:
            return int(self.arrays[0][place])
        return int(self.arrays[0][place]) << 64 | int(self.arrays[1][place])

    def before(self, address: int) -> int:
        """How many starts lie before the address."""
        return bisect_left(range(len(self)), address, key=self.__getitem__)

    def holding(self, address: int) -> int:
        """The place of the step that holds at the address."""
        return bisect_right(range(len(self)), address, key=self.__getitem__) - 1

    def add(self, start: int) -> None:
        for column, half in zip(self.arrays, (start,) if self.bits == 32 else (start >> 64, start & LOW), strict=True):
            column.append(half)


def _merged(old: Column, values: Any, stretches: Iterable[Stretch], numbers: Numbers) -> tuple[tuple[Any, ...], Any]:
    """Starts and values of the old steps with the stretches in their places."""
    made, made_values = Column(old.typecode, [()] * len(old.arrays)), array("I")
    values = array("I", values)  # a small table has numbers of 16 bits

    def add(start: int, value: int) -> None:
        if len(made) and made[len(made) - 1] == start:  # a stretch that begins where the one before it has ended
            made_values[-1] = value
        elif not made_values or made_values[-1] != value:
            made.add(start)
            made_values.append(value)

    def copy(begin: int, end: int) -> None:
        for column, piece in zip(made.arrays, old.arrays, strict=True):
            column.extend(piece[begin:end])
        made_values.extend(values[begin:end])

    place = 0
    for first, last, own in stretches:
        copy(place, old.before(first))
        at = old.holding(first)
        add(first, numbers.of(own, values[at]))
        place = old.before(last + 1)
        for inner in range(at + 1, place):
            add(old[inner], numbers.of(own, values[inner]))
        if not (last + 1) >> old.bits:
            add(last + 1, values[old.holding(last + 1)])
            place = old.before(last + 2)
    copy(place, len(old))
    return made.arrays, made_values


def _array(typecode: str, column: Any) -> array[int]:
    """The compiled steps lend their columns as views, which cannot be added to."""
    if isinstance(column, array | tuple):
        return array(typecode, column)
    made = array(typecode)
    made.frombytes(memoryview(column).cast("B"))
    return made


def _stretches(own: Sequence[Own], version: int) -> Iterator[Stretch]:
    """What each ISP holds of one version, in the order of the addresses."""
    networks = [(network, one) for one in own for network in one.networks if network.version == version]
    begun: tuple[int, Own] | None = None
    for start, holding in flatten(networks):
        if begun:
            yield Stretch(begun[0], start - 1, begun[1])
        begun = (start, holding[-1]) if holding else None
    if begun:
        yield Stretch(begun[0], (1 << BITS[version]) - 1, begun[1])
