"""The ISPs that the operator has accepted, laid over the table of origins. It knows no file of origins, and no request.

A table has hundreds of thousands of steps and an installation has a few ISPs of its own: everything between their
networks is copied in one piece.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

from reputation.addresses.address import (
    ALL_ADDRESSES,
    BITS,
    Network,
    parse_network,
)
from reputation.addresses.nested import NestedNetworks
from reputation.ranges.intersect import starts_of
from reputation.store.models import Isp, IspNetwork
from reputation.verdict.iterate import Starts
from reputation.verdict.origins import Origins, country_number, isp_names
from reputation.verdict.steps import LOW_HALF, Steps4, Steps6, steps4_of


class Own(NamedTuple):
    """One accepted ISP; `country` "" leaves the countries of its networks as they are in the table."""

    asn: int
    name: str
    country: str
    networks: tuple[Network, ...]


class Stretch(NamedTuple):
    """A span of addresses, `first` to `last`, that belongs to one ISP; stretches do not overlap."""

    first: int
    last: int
    own: Own


def accepted() -> list[Own]:
    """Return all accepted ISPs, by ASN."""
    networks: dict[int, list[Network]] = {}
    for row in IspNetwork.select():
        networks.setdefault(row.isp_id, []).append(parse_network(row.network))
    rows = Isp.select().order_by(Isp.asn)
    return [Own(row.asn, row.name, row.country, tuple(networks.get(row.asn, ()))) for row in rows]


def overlaid(table: Origins, own: Sequence[Own]) -> Origins:
    """Lay these ISPs over the table: the most specific network wins, and their names take precedence."""
    if not own:
        return table
    numbers = Numbers(table)
    (starts4,), values4 = _merged(table.steps4, 4, own, numbers)
    (high, low), values6 = _merged(table.steps6, 6, own, numbers)
    names = isp_names(chain(table.names, ((one.asn, one.name) for one in own)))
    return Origins(
        steps4_of(starts4, values4),
        Steps6(high, low, values6),
        numbers.asn_of,
        numbers.country_of,
        names,
        table.dated,
        table.source,
        table.rows,
    )


class Numbers:
    """What origin numbers mean: those of the table, followed by those of the accepted ISPs."""

    def __init__(self, table: Origins) -> None:
        self.asn_of, self.country_of = array("I", table.asn_of), array("H", table.country_of)
        self._known: dict[tuple[int, int], int] = {}

    def of(self, own: Own, present: int) -> int:
        """Return the number of an ISP where the table has the number `present`; a new one is added."""
        country = country_number(own.country) or self.country_of[present]
        number = self._known.setdefault((own.asn, country), len(self.asn_of))
        if number == len(self.asn_of):
            self.asn_of.append(own.asn)
            self.country_of.append(country)
        return number


def _merged(
    steps: Steps4 | Steps6, version: int, own: Sequence[Own], numbers: Numbers
) -> tuple[tuple[array[int], ...], array[int]]:
    """Starts and values of the table's steps with the networks of our own ISPs in their places.

    The starts are one column of IPv4, and two of IPv6: the high and the low halves.
    """
    starts, columns = Starts(steps), _columns(steps)
    values = array("I", steps.values)  # a small table has numbers of 16 bits
    made, made_values = tuple(array(column.typecode) for column in columns), array("I")
    latest = -1  # the start that was added last

    def add(start: int, value: int) -> None:
        nonlocal latest
        if start == latest:  # a stretch that begins where the one before it has ended
            made_values[-1] = value
        elif not made_values or made_values[-1] != value:
            for column, half in zip(made, (start,) if version == 4 else (start >> 64, start & LOW_HALF), strict=True):
                column.append(half)
            made_values.append(value)
            latest = start

    def copy(begin: int, end: int) -> None:
        for column, old in zip(made, columns, strict=True):
            column.extend(old[begin:end])
        made_values.extend(values[begin:end])

    place = 0
    for first, last, isp in _stretches(own, version):
        copy(place, starts.before(first))
        at = starts.holding(first)
        add(first, numbers.of(isp, values[at]))
        place = starts.before(last + 1)
        for inner, start in enumerate(islice(starts.since(at + 1), place - at - 1), at + 1):
            add(start, numbers.of(isp, values[inner]))
        if not (last + 1) >> BITS[version]:
            add(last + 1, values[starts.holding(last + 1)])
            place = starts.before(last + 2)
    copy(place, len(starts))
    return made, made_values


def _columns(steps: Steps4 | Steps6) -> tuple[array[int], ...]:
    """The starts as arrays of our own: the compiled steps lend views, which cannot be added to."""
    if isinstance(steps, Steps4):
        return (_array("I", starts_of(steps)),)
    return _array("Q", steps.high), _array("Q", steps.low)


def _array(typecode: str, column: Any) -> array[int]:
    made = array(typecode)
    made.frombytes(memoryview(column).cast("B"))
    return made


def _stretches(own: Sequence[Own], version: int) -> Iterator[Stretch]:
    """What each ISP holds of one version, in the order of the addresses."""
    begun: tuple[int, Own] | None = None
    for start, holding in NestedNetworks((network, one) for one in own for network in one.networks).steps(version):
        if begun:
            yield Stretch(begun[0], start - 1, begun[1])
        begun = (start, holding[-1]) if holding else None
    if begun:
        yield Stretch(begun[0], ALL_ADDRESSES[version].last, begun[1])
