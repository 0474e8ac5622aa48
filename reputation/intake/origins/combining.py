"""Several tables as one: ISPs from one file, countries from another, and what no file has from the table before.

A table consists of four parts: ASNs and countries, of IPv4 and of IPv6. Each part comes from files of one form, or it
is kept, or nothing is known. It says what is missing, and what that means.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.intake.origins.table import ENDS, OriginTable, Rows
from reputation.refusal import Refused
from reputation.verdict.origins import Origins

VERSIONS = (4, 6)
ASN, COUNTRY = "asn", "country"
PARTS = tuple((field, version) for field in (ASN, COUNTRY) for version in VERSIONS)
NOUNS = {ASN: "ASNs and ISPs", COUNTRY: "countries"}
KEPT = {
    ASN: "rules for ISPs and the statistics by ISP keep those of the table before",
    COUNTRY: "rules for countries and the statistics by country keep those of the table before",
}
LOST = {
    ASN: "rules for ISPs reach no such address, and the statistics by ISP have nothing of it",
    COUNTRY: "rules for countries reach no such address, and the statistics by country have nothing of it",
}


class Origin(NamedTuple):
    """Where a part is from, and of which day its data are."""

    source: str
    dated: str


class Before(NamedTuple):
    """The table in use, and where each of its parts is from (`asn4`, `country6` and the like)."""

    origins: Origins
    parts: Mapping[str, Origin]


class Combined(NamedTuple):
    """The table, where each of its parts is from, and sentences about what the files lack."""

    table: OriginTable
    parts: dict[str, Origin]
    lacks: tuple[str, ...]


def combine(tables: Sequence[OriginTable], before: Before | None) -> Combined:
    """Make one table of several; what they lack is kept from `before`, or unknown where that is None.

    Raise Refused where files of two forms have the same part.
    """
    given = {part: _having(tables, *part) for part in PARTS}
    missing = [part for part, found in given.items() if not found]
    lacks = (*_about_missing(missing, before is not None), *_about_names(tables, before))
    is_whole = len(tables) == 1 and (not missing or before is None)
    table = tables[0] if is_whole else _overlaid(tables, given, before)
    return Combined(_named_by(table, before), _parts(given, before), lacks)


def _overlaid(
    tables: Sequence[OriginTable], given: Mapping[tuple[str, int], Sequence[OriginTable]], before: Before | None
) -> OriginTable:
    table = OriginTable(min(one.dated for one in tables), _named(tables))
    for one in tables:
        table.rows += one.rows
        table.bad += one.bad
        table.warnings += one.warnings
        table.names = one.names | table.names
    for version in VERSIONS:
        layers = [_layer(given[field, version], field, version, before) for field in (ASN, COUNTRY)]
        for first, last, (asn, country) in joined(version, *(layer.steps() for layer in layers)):
            table.add(version, first, last, asn, country)
    return table


def _parts(given: Mapping[tuple[str, int], Sequence[OriginTable]], before: Before | None) -> dict[str, Origin]:
    """Where each part is from; one of which nothing is known is not there."""
    made = {
        _key(*part): Origin(_named(found), min(one.dated for one in found)) for part, found in given.items() if found
    }
    return {**(before.parts if before else {}), **made}


def joined(version: int, *functions: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Yield first, last and values of the pieces into which several step functions cut all addresses.

    Pieces of which all functions say 0 are left out.
    """
    steps = list(_together(*functions))
    for (first, values), (after, _) in zip(steps, [*steps[1:], (ENDS[version], ())], strict=True):
        if any(values):
            yield first, after - 1, values


def steps_of(origins: Origins, version: int) -> tuple[list[int], NDArray[np.int64]]:
    """Return where the steps of a table in use begin, and their origin numbers."""
    if version == 6:
        six = origins.steps6
        starts = [int(high) << 64 | int(low) for high, low in zip(six.high, six.low, strict=True)]
        return starts, np.asarray(six.values, np.int64)
    four = origins.steps4
    index = np.asarray(four.index, np.int64)
    buckets = np.repeat(np.arange(len(index) - 1, dtype=np.int64), np.diff(index))
    return (buckets << 16 | np.asarray(four.lows, np.int64)).tolist(), np.asarray(four.values, np.int64)


def said_of(parts: Mapping[str, Origin], field: str) -> str:
    """Write where a field is from; "" where nothing is known of it."""
    found = {version: parts[_key(field, version)] for version in VERSIONS if _key(field, version) in parts}
    if len(found) == 2 and found[4] == found[6]:
        return _words(found[4])
    return ", ".join(f"{_words(one)} (IPv{version})" for version, one in found.items())


def _together(*functions: Iterable[tuple[int, int]]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Step functions as one, of tuples: a step wherever one of them has one."""
    values = [0] * len(functions)
    place = 0
    tagged = ([(start, which, value) for start, value in steps] for which, steps in enumerate(functions))
    for start, which, value in heapq.merge(*tagged):
        if start != place:
            yield place, tuple(values)
            place = start
        values[which] = value
    yield place, tuple(values)


def _key(field: str, version: int) -> str:
    return f"{field}{version}"


def _having(tables: Sequence[OriginTable], field: str, version: int) -> list[OriginTable]:
    """The tables that have a part; several of one form are one table in pieces."""
    found = [table for table in tables if _has(table, field, version)]
    forms = list(dict.fromkeys(table.form for table in found))
    if len(forms) > 1:
        raise Refused(
            f"Several files name {NOUNS[field]} of IPv{version} addresses ({' and '.join(forms)}): give one of them."
        )
    return found


def _has(table: OriginTable, field: str, version: int) -> bool:
    values = [pair[field == COUNTRY] for pair in table.pairs]
    numbers = (table.rows4 if version == 4 else table.rows6).numbers
    return any(values[number] for number in set(numbers))


def _layer(tables: Sequence[OriginTable], field: str, version: int, before: Before | None) -> Rows:
    layer = Rows(version)
    for table in tables:
        values = [pair[field == COUNTRY] for pair in table.pairs]
        rows = table.rows4 if version == 4 else table.rows6
        for first, last, number in zip(rows.firsts, rows.lasts, rows.numbers, strict=True):
            if values[number]:
                layer.add(first, last, values[number])
    if not tables and before:
        _add_kept(layer, field, before.origins)
    return layer


def _add_kept(layer: Rows, field: str, origins: Origins) -> None:
    """Add the same part of the table in use."""
    starts, numbers = steps_of(origins, layer.version)
    by_number = np.asarray(origins.asn_of if field == ASN else origins.country_of, np.int64)
    after = [*starts[1:], ENDS[layer.version]]
    for first, end, value in zip(starts, after, by_number[numbers].tolist(), strict=True):
        if value:
            layer.add(first, end - 1, value)


def _named_by(table: OriginTable, before: Before | None) -> OriginTable:
    """The table with the names that its files lack, as the table before has them."""
    if before:
        wanted = {asn for asn, _ in table.pairs} - table.names.keys()
        table.names.update({asn: name for asn, name in before.origins.names if asn in wanted})
    return table


def _about_missing(missing: Sequence[tuple[str, int]], is_kept: bool) -> Iterator[str]:
    for field in (ASN, COUNTRY):
        versions = [version for which, version in missing if which == field]
        if versions:
            of = "" if len(versions) == 2 else f" of IPv{versions[0]} addresses"
            yield f"No {NOUNS[field]}{of} in it: {(KEPT if is_kept else LOST)[field]}."


def _about_names(tables: Sequence[OriginTable], before: Before | None) -> Iterator[str]:
    asns = {asn for table in tables for asn, _ in table.pairs if asn}
    if asns and not any(table.names for table in tables):
        other = "keep the name that the table before has, or" if before else ""
        yield " ".join(f"No names of ISPs in it: ISPs {other} are shown by their numbers.".split())


def _named(tables: Sequence[OriginTable]) -> str:
    return " and ".join(dict.fromkeys(table.source for table in tables))


def _words(one: Origin) -> str:
    return f"{one.source}, as of {one.dated}" if one.dated else one.source
