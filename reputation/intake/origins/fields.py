"""What a cell of a table of origins may hold: an address, an ASN, a country. Shared by all forms; it knows none."""

from __future__ import annotations

import socket
from collections.abc import Iterator

from reputation.addresses.address import shortened
from reputation.intake.origins.table import OriginTable
from reputation.verdict.origins import country_number

LONGEST_LINE = 4096
KEPT_WARNINGS = 20
NOTHING = ("", "-", "NONE")
NO_COUNTRY = (*NOTHING, "ZZ")  # by custom the unknown country
NO_ASN = (0, 23456)  # "Not routed"; and AS_TRANS, which stands for a number that was too long (RFC 6793)


class Fault(ValueError):
    """One line cannot be used; the text says why."""


def number_of(text: str) -> tuple[int, int]:
    """Return version and value of an address, ten times as fast as the `ipaddress` module.

    Raise ValueError where it is none.
    """
    version, family = (6, socket.AF_INET6) if ":" in text else (4, socket.AF_INET)
    try:
        return version, int.from_bytes(socket.inet_pton(family, text), "big")
    except (OSError, ValueError):
        raise Fault(f"{shortened(text)!r} is not an IP address") from None


def range_of(first: str, last: str) -> tuple[int, int, int]:
    """Return version, first and last value of a range. Raise Fault where it is none."""
    version, begin = number_of(first)
    other, end = number_of(last)
    if version != other or end < begin:
        raise Fault("the last address is not behind the first")
    return version, begin, end


def network_of(text: str) -> tuple[int, int, int]:
    """Return version, first and last value of a network such as 192.0.2.0/24. Raise Fault where it is none."""
    base, slash, digits = text.partition("/")
    version, first = number_of(base)
    bits = 32 if version == 4 else 128
    if slash and not (digits.isascii() and digits.isdecimal() and len(digits) <= 3 and int(digits) <= bits):
        raise Fault(f"{shortened(text)!r} is not a network")
    hosts = (1 << bits - int(digits or bits)) - 1
    if first & hosts:
        raise Fault(f"{shortened(text)!r} has bits set beyond its prefix")
    return version, first, first | hosts


def asn_of(text: str) -> int:
    """Return an ASN, 0 where none is named. Raise Fault where it is none."""
    if text.upper() in NOTHING:
        return 0
    if not text.isascii() or not text.isdecimal() or len(text) > 10 or int(text) >> 32:
        raise Fault(f"{shortened(text)!r} is not an ASN")
    return 0 if int(text) in NO_ASN else int(text)


def country_of(text: str) -> int:
    """Return the number of a country, 0 where none is named. Raise Fault where it is no code of two letters."""
    if text.upper() in NO_COUNTRY:
        return 0
    number = country_number(text)
    if not number:
        raise Fault(f"{shortened(text)!r} is not a country code of two letters")
    return number


def text_of(line: bytes) -> str:
    """Decode a line; a name in an old encoding must not cost the row."""
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")


def lines_of(content: bytes) -> Iterator[tuple[int, str]]:
    """Yield the lines with their numbers, without comments, empty lines and line ends."""
    at = number = 0
    while at < len(content):
        end = content.find(b"\n", at) + 1 or len(content)
        number += 1
        line = content[at : min(end, at + LONGEST_LINE)]
        at = end
        if line.strip() and not line.startswith(b"#"):
            yield number, text_of(line).rstrip("\r\n")


def note_fault(table: OriginTable, number: int, line: str, fault: object) -> None:
    """Leave a line out; the first twenty are named."""
    table.bad += 1
    if len(table.warnings) < KEPT_WARNINGS:
        table.warnings.append(f"line {number}: {fault}: {shortened(line.strip(), 80)}")
