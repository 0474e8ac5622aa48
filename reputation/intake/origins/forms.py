"""The forms in which tables of origins are published, each recognised by its content. One row a form.

The forms of a set of files are told first, since MaxMind's blocks refer to a file of locations beside them. What is in
none of the forms is refused with their names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from reputation.intake.origins import delegated, geo_csv, mmdb
from reputation.intake.origins.fields import lines_of
from reputation.intake.origins.iptoasn import is_iptoasn, read_iptoasn
from reputation.intake.origins.opening import Member, open_tables
from reputation.intake.origins.table import OriginTable
from reputation.refusal import Refused

HEAD = 1 << 16
LOOKED_AT = 20  # lines: a bad one at the beginning does not hide the form of the others
DAY_IN_NAME = re.compile(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)|(?<!\d)(20\d\d)-(\d\d)(?:-(\d\d))?(?!\d)")
MARKUP = (b"<", b"\xef\xbb\xbf<")


class Form(NamedTuple):
    """A form of tables: `is_it` is asked about the first line that is no comment; `has` says what it names."""

    name: str
    publisher: str
    about: str
    has: str
    is_it: Callable[[str], bool] | None
    read: Callable[[bytes, OriginTable], int] | None


FORMS = (
    Form("mmdb", "", "MaxMind DB (`.mmdb`) of ASNs, countries or cities, by MaxMind, DB-IP or IPinfo",
         "what its records have: ASN and name, or country, or both", None, mmdb.read_mmdb),
    Form("delegated", "NRO statistics", "what a registry has given out (`delegated` and `delegated-extended`)",
         "country and registry; no ASN and no name", lambda line: bool(delegated.registry_of(line)),
         delegated.read_delegated),
    Form("maxmind-asn", "MaxMind", "ASN blocks as CSV", "ASN and name; no country",
         geo_csv.is_blocks_of_asns, geo_csv.read_blocks_of_asns),
    Form("maxmind-country", "MaxMind", "blocks of countries or cities as CSV, with the file of locations",
         "country; no ASN and no name", geo_csv.is_blocks_of_places, None),
    Form("maxmind-locations", "MaxMind", "the file of locations that such blocks refer to", "nothing alone",
         geo_csv.is_locations, None),
    Form("iptoasn", "", "iptoasn.com's table, between tabs", "ASN, country and name", is_iptoasn, read_iptoasn),
    Form("country-csv", "DB-IP", "`first,last,country` as CSV", "country; no ASN and no name",
         geo_csv.is_countries, geo_csv.read_countries),
    Form("asn-csv", "DB-IP", "`first,last,ASN,name` as CSV", "ASN and name; no country",
         geo_csv.is_asns, geo_csv.read_asns),
)  # fmt: skip
BY_NAME = {form.name: form for form in FORMS}


class File(NamedTuple):
    """A file as it comes: what it is called, where it is from (in words), its day, and its octets."""

    name: str
    source: str
    dated: str
    content: bytes


def read_files(files: Sequence[File]) -> list[OriginTable]:
    """Read the tables in some files. Raise Refused where one cannot be used as a whole."""
    found = [(file, member, form_of(member)) for file in files for member in open_tables(file.content, file.name)]
    countries: dict[str, int] = {}
    for _, member, form in found:
        if form.name == "maxmind-locations":
            geo_csv.read_locations(member.content, countries)
    tables = [_read(file, member, form, countries) for file, member, form in found if form.name != "maxmind-locations"]
    if not tables:
        raise Refused("These are locations alone: give the blocks that refer to them, too, or the zip as published.")
    return tables


def form_of(member: Member) -> Form:
    """Return the form of a table. Raise Refused, which names the forms, where it is in none."""
    if mmdb.is_mmdb(member.content):
        return BY_NAME["mmdb"]
    head = member.content[:HEAD]
    if head.lstrip().startswith(MARKUP):
        raise Refused(f"{member.name} is a web page and no table: load the file itself.")
    lines = [line for _, line in lines_of(head.removeprefix(b"\xef\xbb\xbf"))][:LOOKED_AT]
    if not lines:
        raise Refused(f"{member.name} is empty: it names no origin of any address.")
    for line in lines:
        for form in FORMS:
            if form.is_it and form.is_it(line):
                return form
    raise Refused(f"The form of {member.name} cannot be told. Tables of origins are read as {names()}.")


def names() -> str:
    """Return all forms in one sentence's part."""
    said = [form.about.replace("`", "") for form in FORMS if form.name != "maxmind-locations"]
    return "; ".join([*said[:-1], f"or {said[-1]}"])


def _read(file: File, member: Member, form: Form, countries: dict[str, int]) -> OriginTable:
    content = member.content.removeprefix(b"\xef\xbb\xbf")
    dated, publisher = file.dated, form.publisher
    if form.publisher in ("MaxMind", "DB-IP"):
        dated = _day_in(member.name) or dated
    if form.publisher == "DB-IP" and "dbip" not in member.name.lower().replace("-", ""):
        publisher = ""  # others have the same form
    if form.name == "mmdb":
        kind, dated = mmdb.about(content)
        publisher = _publisher(kind)
    if form.name == "delegated":
        first = next(line for _, line in lines_of(content))
        dated = delegated.day_of(first) or dated
        publisher = f"{form.publisher} of {delegated.registry_of(first)}"
    table = OriginTable(dated, f"{publisher}, {file.source}" if publisher else file.source)
    table.form = form.name
    if form.name == "maxmind-country":
        if not countries:
            raise Refused(
                f"{member.name} names places by number (geoname_id), and no file says which country each is in: give "
                "the file of locations with it, or the zip as published, which holds both."
            )
        good = geo_csv.read_blocks_of_places(content, table, countries)
    else:
        assert form.read
        good = form.read(content, table)
    _check(table, member.name, form, good)
    return table


def _day_in(name: str) -> str:
    """The day that a published name ends with, such as GeoLite2-ASN-CSV_20260616 or dbip-asn-lite-2026-06."""
    found = DAY_IN_NAME.search(name)
    parts = [part for part in found.groups() if part] if found else []
    try:
        return date(*map(int, [*parts, "1"][:3])).isoformat() if parts else ""
    except ValueError:
        return ""


def _publisher(kind: str) -> str:
    """Who made a MaxMind DB file, by its type, and that type."""
    names = {"dbip": "DB-IP", "geolite": "MaxMind", "geoip": "MaxMind", "ipinfo": "IPinfo"}
    return next((f"{name} {kind}" for mark, name in names.items() if mark in kind.lower().replace("-", "")), kind)


def _check(table: OriginTable, name: str, form: Form, good: int) -> None:
    first = f" First fault: {table.warnings[0]}." if table.warnings else ""
    if table.bad > good:
        raise Refused(
            f"{name}: {table.bad:,} of {table.bad + good:,} lines cannot be read as "
            f"{form.about.replace('`', '')}.{first}"
        )
    if not table.rows:
        raise Refused(f"{name} names no origin of any address.{first}")
