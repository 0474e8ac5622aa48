"""Makes the bundled table of origins from the CSV files of ip-location-db. A developer runs it; the program does not.

    python -m reputation.intake.seed.build ASN4.csv ASN6.csv COUNTRY4.csv COUNTRY6.csv OUT

The ASN table and the country table become one: wherever either changes, a step begins. Overlaps are resolved as
reputation/intake/origins/table.py says. Rows of reserved addresses and ASNs are left out. The same files always
give the same octets; the faults that were found go to stderr.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from reputation.addresses.nested import NestedNetworks
from reputation.addresses.reserved import RESERVED, SPECIAL_PURPOSE
from reputation.intake.origins.combining import joined
from reputation.intake.origins.fields import number_of
from reputation.intake.origins.packed import pack
from reputation.intake.origins.table import OriginTable, Rows, clean_name
from reputation.verdict.origins import country_number

SOURCE = "RouteViews, NRO, DB-IP"

# Who announces these is not the sender's ISP.
NOBODYS = NestedNetworks((one.network, 1) for one in (*RESERVED, *SPECIAL_PURPOSE))

# Documentation, private use and reserved: RFC 5398, 6996, 7300; 65552 to 131071 is reserved by IANA.
NOBODYS_ASNS = ((0, 0), (23456, 23456), (64496, 131071))
# IANA gives numbers out in order and had come to about 403,000 in 2026. What lies far above is a slip of the keyboard.
HIGHEST_ASN = 1_000_000


def build(
    asn4: Path, asn6: Path, country4: Path, country6: Path, dated: str, source: str
) -> tuple[OriginTable, Counter[str]]:
    """Join the ASN tables and the country tables; return the result and how often each fault was found."""
    table, faults, names = OriginTable(dated, source), Counter[str](), dict[int, str]()
    for version, asns, countries in ((4, asn4, country4), (6, asn6, country6)):
        of_asn, of_country = Rows(version), Rows(version)
        for first, last, fields in _rows(asns, version, 4, faults):
            asn = _asn(fields[0], faults)
            of_asn.add(first, last, asn)
            if asn:
                names.setdefault(asn, fields[1])
        for first, last, fields in _rows(countries, version, 3, faults):
            of_country.add(first, last, _country(fields[0], faults))
        faults["overlapping row"] += _overlapping(of_asn) + _overlapping(of_country)
        table.rows += sum(1 for asn in of_asn.numbers if asn)
        _join(table, version, of_asn, of_country)
    for asn, text in names.items():
        faults["name cleaned"] += clean_name(text) != text
        table.name(asn, text)
    return table, faults


def _rows(file: Path, version: int, wanted: int, faults: Counter[str]) -> Iterator[tuple[int, int, list[str]]]:
    with file.open(newline="", encoding="utf-8") as lines:
        for fields in csv.reader(lines):
            try:
                (begins, first), (ends, last) = number_of(fields[0]), number_of(fields[1])
            except (ValueError, IndexError):
                faults["row without two addresses"] += 1
                continue
            if not begins == ends == version or last < first or len(fields) != wanted:
                faults["inverted range, or another number of fields"] += 1
                continue
            yield first, last, fields[2:]


def _asn(text: str, faults: Counter[str]) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if any(low <= number <= high for low, high in NOBODYS_ASNS) or number > HIGHEST_ASN:
        faults["row of an ASN that is nobody's"] += 1
        return 0
    return number


def _country(text: str, faults: Counter[str]) -> int:
    number = country_number(text)
    if not number:
        faults["row without a country code"] += 1
    return number


def _overlapping(rows: Rows) -> int:
    """How many rows begin before an earlier one has ended."""
    end, found = -1, 0
    for first, last in sorted(zip(rows.firsts, rows.lasts, strict=True)):
        found += first <= end
        end = max(end, last)
    return found


def _join(table: OriginTable, version: int, of_asn: Rows, of_country: Rows) -> None:
    nobodys = ((start, len(holding)) for start, holding in NOBODYS.steps(version))
    for first, last, (asn, country, nobody) in joined(version, of_asn.steps(), of_country.steps(), nobodys):
        if not nobody and (asn or country):
            table.add(version, first, last, asn, country)


def _version_beside(file: Path) -> str:
    """The version of the npm package that a file lies in; its last ten digits are year, month, day and hour."""
    try:
        return str(json.loads((file.parent / "package.json").read_text())["version"])
    except (OSError, ValueError, LookupError):
        return ""


def _day(version: str) -> str:
    stamp = version.rpartition(".")[2]
    return f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}" if len(stamp) == 10 and stamp.isdecimal() else ""


def main() -> int:
    """Build the table from the files that the command line names, and print what was found; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m reputation.intake.seed.build", description=__doc__.split("\n")[0])
    for name in ("asn4", "asn6", "country4", "country6", "out"):
        parser.add_argument(name, type=Path, metavar=name.upper())
    parser.add_argument("--dated", help="the day of the data as 2026-06-17; without it, that of the npm packages")
    given = parser.parse_args()
    versions = sorted({_version_beside(file) for file in (given.asn4, given.asn6, given.country4, given.country6)})
    dated = given.dated or _day(versions[0])
    if not dated:
        parser.error("the files do not lie in their npm packages: say of which day they are with --dated")
    source = f"{SOURCE} (ip-location-db {', '.join(filter(None, versions))})"
    table, faults = build(given.asn4, given.asn6, given.country4, given.country6, dated, source)
    content = pack(table)
    given.out.write_bytes(content)
    for fault, count in sorted(faults.items()):
        print(f"{count:>8,} {fault}", file=sys.stderr)
    print(f"{given.out}: {len(table.pairs):,} origins of {dated}, {len(content):,} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
