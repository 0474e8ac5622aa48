"""Reads a table of origins in the form of iptoasn.com: first, last, ASN, country and name, separated by tabs.

IPv4 and IPv6 may be in one file. A bad line gives a warning with its number.
"""

from __future__ import annotations

from reputation.intake.origins.fields import Fault, asn_of, country_of, lines_of, note_fault, number_of, range_of
from reputation.intake.origins.table import OriginTable

IN_WORDS = "there must be first address, last address, ASN, country and name, between tabs"


def is_iptoasn(line: str) -> bool:
    """Tell whether the first line of a file is one of this form."""
    fields = line.split("\t")
    try:
        return len(fields) >= 4 and bool(number_of(fields[0]) and number_of(fields[1]))
    except Fault:
        return False


def read_iptoasn(content: bytes, table: OriginTable) -> int:
    """Read all lines into the table; return how many held a row, with or without an origin."""
    good = 0
    for number, line in lines_of(content):
        try:
            _add(table, line)
            good += 1
        except Fault as fault:
            note_fault(table, number, line, fault)
    return good


def _add(table: OriginTable, line: str) -> None:
    fields = line.split("\t")
    if len(fields) < 4:
        raise Fault(IN_WORDS)
    version, first, last = range_of(fields[0], fields[1])
    asn, country = asn_of(fields[2]), country_of(fields[3])
    table.row(version, first, last, asn, country, fields[4] if len(fields) > 4 else "")
