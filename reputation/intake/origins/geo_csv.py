"""Reads tables of origins as CSV: MaxMind's blocks with their locations, and `first,last,...` as DB-IP has them.

    MaxMind   network,autonomous_system_number,autonomous_system_organization
              network,geoname_id,registered_country_geoname_id,...    with the codes of the countries in another file
    DB-IP     first,last,country
              first,last,ASN,name

MaxMind says where an address is (geoname_id), and where it is registered; the second counts where the first is empty.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping

from reputation.intake.origins.fields import Fault, asn_of, country_of, lines_of, network_of, note_fault, range_of
from reputation.intake.origins.table import OriginTable

ASN, NAME = "autonomous_system_number", "autonomous_system_organization"
PLACES = ("geoname_id", "registered_country_geoname_id")
CODE = "country_iso_code"
Countries = Mapping[str, int]  # number of a country by geoname_id


def is_blocks_of_asns(line: str) -> bool:
    """Tell whether a heading is that of MaxMind's ASN blocks."""
    return {"network", ASN} <= set(_cells(line))


def is_blocks_of_places(line: str) -> bool:
    """Tell whether a heading is that of MaxMind's blocks of countries or cities."""
    return {"network", *PLACES} <= set(_cells(line))


def is_locations(line: str) -> bool:
    """Tell whether a heading is that of MaxMind's locations, which blocks refer to."""
    return {PLACES[0], CODE} <= set(_cells(line))


def is_countries(line: str) -> bool:
    """Tell whether a line is a range and its country."""
    return _is_range(line, 3, lambda cells: country_of(cells[2]))


def is_asns(line: str) -> bool:
    """Tell whether a line is a range, its ASN and its name."""
    return _is_range(line, 4, lambda cells: asn_of(cells[2]))


def read_locations(content: bytes, countries: dict[str, int]) -> None:
    """Note the country of each geoname_id."""
    heading: list[str] = []
    for _, line in lines_of(content):
        cells = _cells(line)
        if not heading:
            heading = cells
            continue
        row = dict(zip(heading, cells, strict=False))
        try:
            countries[row.get(PLACES[0], "")] = country_of(row.get(CODE, ""))
        except Fault:
            continue  # a block that refers to it is named as a fault


def read_blocks_of_asns(content: bytes, table: OriginTable) -> int:
    """Read MaxMind's ASN blocks; return how many rows there were."""
    good = 0
    for number, line, row in _rows(content):
        try:
            table.row(*network_of(row["network"]), asn_of(row[ASN]), 0, row.get(NAME, ""))
            good += 1
        except (Fault, KeyError) as fault:
            note_fault(table, number, line, _said(fault))
    return good


def read_blocks_of_places(content: bytes, table: OriginTable, countries: Countries) -> int:
    """Read MaxMind's blocks of countries; return how many rows there were."""
    good = 0
    for number, line, row in _rows(content):
        try:
            table.row(*network_of(row["network"]), 0, _country(row, countries))
            good += 1
        except (Fault, KeyError) as fault:
            note_fault(table, number, line, _said(fault))
    return good


def read_countries(content: bytes, table: OriginTable) -> int:
    """Read ranges with their countries; return how many rows there were."""
    good = 0
    for number, line in lines_of(content):
        try:
            first, last, country = _exactly(line, 3)
            table.row(*range_of(first, last), 0, country_of(country))
            good += 1
        except Fault as fault:
            note_fault(table, number, line, fault)
    return good


def read_asns(content: bytes, table: OriginTable) -> int:
    """Read ranges with their ASNs and names; return how many rows there were."""
    good = 0
    for number, line in lines_of(content):
        try:
            first, last, asn, name = _exactly(line, 4)
            table.row(*range_of(first, last), asn_of(asn), 0, name)
            good += 1
        except Fault as fault:
            note_fault(table, number, line, fault)
    return good


def _country(row: Mapping[str, str], countries: Countries) -> int:
    place = row[PLACES[0]] or row[PLACES[1]]
    if place and place not in countries:
        raise Fault(f"the file of locations has no {place[:20]}")
    return countries[place] if place else 0


def _rows(content: bytes) -> Iterator[tuple[int, str, dict[str, str]]]:
    heading: list[str] = []
    for number, line in lines_of(content):
        cells = _cells(line)
        if heading:
            yield number, line, dict(zip(heading, cells, strict=False))
        heading = heading or cells


def _exactly(line: str, count: int) -> list[str]:
    cells = _cells(line)
    if len(cells) != count:
        raise Fault(f"there must be {count} cells, and there are {len(cells)}")
    return cells


def _is_range(line: str, count: int, third: object) -> bool:
    try:
        cells = _exactly(line, count)
        range_of(cells[0], cells[1])
        third(cells)  # type: ignore[operator]
    except Fault:
        return False
    return True


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.removeprefix("\ufeff")]), [])]
    except csv.Error:
        return []


def _said(fault: Exception) -> str:
    return f"the cell {fault.args[0]} is missing" if isinstance(fault, KeyError) else str(fault)
