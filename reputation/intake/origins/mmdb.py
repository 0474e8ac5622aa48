"""Reads MaxMind DB files (.mmdb) of ASNs, countries or cities, as MaxMind, DB-IP and IPinfo publish them.

The records are read by the names of their fields; what else they hold is left aside. A file that leads to more networks
than there can be is refused: its tree may share its branches, so that a small file has endless ones.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Any, NamedTuple

from reputation.addresses.address import Address
from reputation.intake.origins.fields import Fault, asn_of, country_of, note_fault
from reputation.intake.origins.table import OriginTable
from reputation.refusal import Refused

MARK = b"\xab\xcd\xefMaxMind.com"
WITHIN = 128 << 10  # of the end: there the mark stands
MOST_LOOKUPS = 20_000_000
BEHIND_IPV4 = 1 << 32  # in an IPv6 tree, IPv4 stands below ::/96
# Where such trees lead to IPv4 once more: mapped addresses, Teredo, 6to4.
ALIASES = (
    range(0xFFFF << 32, 0x10000 << 32),
    range(0x20010000 << 96, 0x20010001 << 96),
    range(0x20020000 << 96, 0x20030000 << 96),
)
AS = re.compile(r"AS(?=\d)", re.IGNORECASE)
# What is raised for a damaged file: the library's own error is a RuntimeError.
FAULTS = (RuntimeError, ValueError, TypeError, LookupError, OSError, OverflowError, AttributeError)
FIELDS = "autonomous_system_number, asn, country.iso_code, registered_country.iso_code or country_code"


class About(NamedTuple):
    """What a file says of itself: its type, such as GeoLite2-ASN, and the day that it was made."""

    kind: str
    day: str


def is_mmdb(content: bytes) -> bool:
    """Tell whether it is a MaxMind DB file."""
    return MARK in content[-WITHIN:]


def about(content: bytes) -> About:
    """Return what the file says of itself. Raise Refused where it is damaged."""
    try:
        with _opened(content) as reader:
            found = reader.metadata()
            day = datetime.fromtimestamp(found.build_epoch, UTC).date().isoformat()
            return About("".join(filter(str.isprintable, str(found.database_type)))[:60], day)
    except FAULTS as error:
        raise _damaged(error) from None


def read_mmdb(content: bytes, table: OriginTable) -> int:
    """Read all networks into the table; return how many there were. Raise Refused where the file is damaged."""
    good, known = 0, False
    for number, (version, first, last, record) in enumerate(_networks(content), 1):
        try:
            known |= _add(table, version, first, last, record)
            good += 1
        except Fault as fault:
            note_fault(table, number, str(Address(version, first)), fault)
    if good and not known:
        raise Refused(f"The records of this MaxMind DB file have none of the fields {FIELDS}: it names no origins.")
    return good


def _networks(content: bytes) -> Iterator[tuple[int, int, int, Any]]:
    """Version, first and last address and record of each network.

    Each is looked up by its first address, and the next one begins behind it: a look-up ends, whatever the tree is,
    and a walk through a tree that bites its tail does not.
    """
    try:
        with _opened(content) as reader:
            left = iter(range(MOST_LOOKUPS))
            for version in (4, 6) if reader.metadata().ip_version == 6 else (4,):
                yield from _of_version(reader, version, left)
    except FAULTS as error:
        raise _damaged(error) from None


def _of_version(reader: Any, version: int, left: Iterator[int]) -> Iterator[tuple[int, int, int, Any]]:
    address, bits, place = (IPv4Address, 32, 0) if version == 4 else (IPv6Address, 128, BEHIND_IPV4)
    while place < 1 << bits:
        if next(left, None) is None:
            raise Refused(f"The file has more than {MOST_LOOKUPS:,} networks and gaps: it is damaged.")
        alias = next((alias for alias in ALIASES if version == 6 and place in alias), None)
        if alias:
            place = alias.stop
            continue
        record, prefix = reader.get_with_prefix_len(address(place))
        end = (place | (1 << bits - prefix) - 1) + 1
        if record is not None:
            yield version, place, end - 1, record
        place = end


def _opened(content: bytes) -> Any:
    """A reader of what is in memory: the process that reads tables opens no file."""
    import maxminddb  # 30 ms that no other command pays

    return maxminddb.open_database(io.BytesIO(content), maxminddb.MODE_FD)


def _add(table: OriginTable, version: int, first: int, last: int, record: Any) -> bool:
    """Whether the record has a field of ours."""
    if not isinstance(record, Mapping):
        raise Fault("the record is no map")
    asn, country = _asn(record), _country(record)
    name = record.get("autonomous_system_organization") or record.get("as_name") or ""
    table.row(version, first, last, asn or 0, country or 0, name if isinstance(name, str) else "")
    return asn is not None or country is not None


def _asn(record: Mapping[str, Any]) -> int | None:
    value = record.get("autonomous_system_number", record.get("asn"))
    return None if value is None else asn_of(AS.sub("", str(value), count=1))


def _country(record: Mapping[str, Any]) -> int | None:
    """Where the address is, or where it is registered."""
    found = [record.get(name) for name in ("country", "registered_country")]
    codes = [place.get("iso_code") for place in found if isinstance(place, Mapping)]
    codes += [record.get("country_code"), *(place for place in found if isinstance(place, str) and len(place) == 2)]
    code = next((code for code in codes if isinstance(code, str) and code), None)
    return None if code is None else country_of(code)


def _damaged(error: Exception) -> Refused:
    said = " ".join(str(error).replace(str(type(io.BytesIO())), "a copy").split())[:120].rstrip(".")
    return Refused(f"The MaxMind DB file is damaged or cut off ({said}): load it again.")
