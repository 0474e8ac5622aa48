"""Reads a table of origins in the form of iptoasn.com: first, last, ASN, country and name, separated by tabs.

IPv4 and IPv6 may be in one file, which may be gzip. A bad line gives a warning with its number; a file that is cut off,
or of which nothing or less than half can be read, is refused as a whole. It knows no database.
"""

from __future__ import annotations

import gzip
import io
import socket
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from reputation.addresses.address import shortened
from reputation.intake.origins.table import OriginTable
from reputation.refusal import Refused
from reputation.verdict.origins import country_number

GZIP = b"\x1f\x8b"
MAX_BYTES = 256 << 20  # of the opened file; the published one has about 40 MB
LONGEST_LINE = 4096
KEPT_WARNINGS = 20
NOTHING = ("", "-", "NONE")
NO_COUNTRY = (*NOTHING, "ZZ")  # by custom the unknown country
NO_ASN = (0, 23456)  # "Not routed"; and AS_TRANS, which stands for a number that was too long (RFC 6793)


class _Fault(ValueError):
    """One line cannot be used; the text says why."""


def read_iptoasn(file: Path | str | IO[bytes], dated: str, source: str) -> OriginTable:
    """Read the table in a file or stream, gzip or plain. Raise Refused where it cannot be used as a whole."""
    if isinstance(file, (str, Path)):
        try:
            with open(file, "rb") as opened:
                return read_iptoasn(opened, dated, source)
        except OSError as error:
            raise Refused(f"{file} cannot be read: {error.strerror or error}.") from error
    table = OriginTable(dated, source)
    good = 0
    for number, line in enumerate(_lines(file), 1):
        try:
            good += _add(table, line)
        except _Fault as fault:
            table.bad += 1
            if len(table.warnings) < KEPT_WARNINGS:
                table.warnings.append(f"line {number}: {fault}: {shortened(_text(line).strip(), 80)}")
    _check(table, good)
    return table


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    lines: IO[bytes] | gzip.GzipFile = io.BytesIO(stream.read(MAX_BYTES + 1))
    if lines.read(len(GZIP)) == GZIP:
        lines.seek(0)
        lines = gzip.GzipFile(fileobj=lines)
    else:
        lines.seek(0)
    read = 0
    try:
        # A limit for a line, too: what unpacks to a gigabyte may do so without a line end.
        while line := lines.readline(LONGEST_LINE):
            read += len(line)
            if read > MAX_BYTES:
                raise Refused(f"The table is larger than {MAX_BYTES >> 20} MB: it is not one of countries and ISPs.")
            yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise Refused(f"The file is damaged or cut off ({error}): load it again.") from error


def _add(table: OriginTable, line: bytes) -> int:
    """Whether the line held a row, with or without an origin; comments and empty lines hold none."""
    if line.startswith(b"#") or not line.strip():
        return 0
    fields = _text(line).rstrip("\r\n").split("\t")
    if len(fields) < 4:
        raise _Fault("there must be first address, last address, ASN, country and name, between tabs")
    version, first = number_of(fields[0])
    other, last = number_of(fields[1])
    if version != other or last < first:
        raise _Fault("the last address is not behind the first")
    asn, country = _asn(fields[2]), _country(fields[3])
    if asn or country:
        table.rows += 1
        table.add(version, first, last, asn, country)
        table.name(asn, fields[4] if len(fields) > 4 else "")
    return 1


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # a name in an old encoding must not cost the row


def number_of(text: str) -> tuple[int, int]:
    """Return version and value of an address, ten times as fast as the `ipaddress` module.

    Raise ValueError where it is none.
    """
    version, family = (6, socket.AF_INET6) if ":" in text else (4, socket.AF_INET)
    try:
        return version, int.from_bytes(socket.inet_pton(family, text), "big")
    except (OSError, ValueError):
        raise _Fault(f"{shortened(text)!r} is not an IP address") from None


def _asn(text: str) -> int:
    if text.upper() in NOTHING:
        return 0
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or int(text) >> 32:
        raise _Fault(f"{shortened(text)!r} is not an ASN")
    return 0 if int(text) in NO_ASN else int(text)


def _country(text: str) -> int:
    if text.upper() in NO_COUNTRY:
        return 0
    number = country_number(text)
    if not number:
        raise _Fault(f"{shortened(text)!r} is not a country code of two letters")
    return number


def _check(table: OriginTable, good: int) -> None:
    first = f" First fault: {table.warnings[0]}." if table.warnings else ""
    if table.bad > good:
        raise Refused(
            f"{table.bad:,} of {table.bad + good:,} lines cannot be read as first address, last address, ASN, country "
            f"and name between tabs: is this the file ip2asn-combined.tsv?{first}"
        )
    if not table.rows:
        raise Refused(f"The table names no origin of any address: is this the file ip2asn-combined.tsv?{first}")
