"""Reads what a registry has given out (RIR statistics exchange format, `delegated` and `delegated-extended`).

It names the country and the registry of a range, and no ASN of it and no name: what was given to whom is no route. A
file says how many records of each type it has; one that has fewer was cut off.
"""

from __future__ import annotations

import re
from collections import Counter

from reputation.intake.origins.fields import Fault, country_of, lines_of, note_fault, number_of
from reputation.intake.origins.table import ENDS, OriginTable
from reputation.refusal import Refused

REGISTRIES = {
    "afrinic": "AFRINIC", "apnic": "APNIC", "arin": "ARIN", "iana": "IANA", "lacnic": "LACNIC", "ripencc": "RIPE NCC",
    "nro": "NRO",
}  # fmt: skip
VERSION = re.compile(r"2(?:\.\d+)?\|([a-z]+)\|[^|]*\|\d*\|\d*\|(\d*)\|.*")
GIVEN = ("allocated", "assigned")


def registry_of(line: str) -> str:
    """Return the registry that the first line of a file names; "" where it is no such file."""
    found = VERSION.fullmatch(line)
    return REGISTRIES.get(found[1], "") if found else ""


def day_of(line: str) -> str:
    """Return the day of the data by the first line, as 2026-06-17; "" where it names none."""
    found = VERSION.fullmatch(line)
    day = found[2] if found else ""
    return f"{day[:4]}-{day[4:6]}-{day[6:8]}" if len(day) == 8 else ""


def read_delegated(content: bytes, table: OriginTable) -> int:
    """Read the records of addresses; return how many there were. Raise Refused where the file was cut off."""
    good, there, announced = 0, Counter[str](), dict[str, int]()
    for number, line in lines_of(content):
        fields = line.split("|")
        kind = fields[2] if len(fields) > 2 else ""
        if VERSION.fullmatch(line):
            continue
        if fields[-1].strip() == "summary" and len(fields) >= 6:
            announced[kind] = int(fields[4]) if fields[4].isdecimal() else 0
            continue
        there[kind] += 1
        try:
            good += _add(table, fields)
        except Fault as fault:
            note_fault(table, number, line, fault)
    _check(there, announced)
    return good


def _add(table: OriginTable, fields: list[str]) -> int:
    """One record; those of AS numbers say nothing of addresses."""
    if len(fields) < 7:
        raise Fault("there must be registry, country, type, start, value, date and status, between |")
    _, country, kind, start, value, _, status = fields[:7]
    if kind == "asn":
        return 0
    if kind not in ("ipv4", "ipv6"):
        raise Fault(f"{kind[:20]!r} is no type of addresses")
    version, first = number_of(start)
    if version != int(kind[3]) or not (value.isascii() and value.isdecimal() and len(value) <= 10):
        raise Fault(f"{start[:40]} and {value[:20]} are no range")
    size = int(value) if version == 4 else 1 << max(0, 128 - int(value))
    if not size or first + size > ENDS[version] or (version == 6 and int(value) > 128):
        raise Fault(f"{start[:40]} and {value[:20]} are no range")
    if status.strip() in GIVEN:
        table.row(version, first, first + size - 1, 0, country_of(country))
    return 1


def _check(there: Counter[str], announced: dict[str, int]) -> None:
    for kind, count in announced.items():
        if there[kind] < count:
            raise Refused(
                f"The file announces {count:,} records of {kind[:10]}, and {there[kind]:,} are there: it was cut off. "
                "Load it again."
            )
