"""What a query name asks for: labels in, a place in our zone out. It is pure, and knows no list and no code but its
place.

Names are compared label by label, as lower-cased octets (RFC 4343): a dot inside a label is no separator, and
`str.lower()` would map letters that DNS keeps apart. Numbers come out of tables, since `int()` reads far too much.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from dnsd.protocol import LONGEST_LABEL, LONGEST_NAME
from reputation.addresses.address import unmapped
from reputation.verdict.zones import DATABASE_LABELS

Labels = tuple[bytes, ...]

OCTETS = {str(number).encode(): number for number in range(256)}  # no leading zero, no sign, ASCII only
NIBBLES = {f"{number:x}".encode(): number for number in range(16)}
CODE_LENGTH = 31
# 32 nibbles, the code and the database label before the zone, each with its length octet.
LONGEST_ZONE = LONGEST_NAME - 32 * 2 - (CODE_LENGTH + 1) - 2


class Place(Enum):
    """What needs no code to be answered."""

    OUTSIDE = "not below our zone"
    APEX = "the zone itself"
    EMPTY = "a name that only has names below it"
    NOTHING = "no such name, and none below it"


class Host(NamedTuple):
    """One of our name servers that is in the zone; lower-cased."""

    labels: Labels


class CodeAlone(NamedTuple):
    """`<code>.r.<zone>`: the label of the code, lower-cased, whether it is a code or not."""

    database: int
    code: bytes


class Partial(NamedTuple):
    """A name below a code that is a proper part of an address: a resolver that minimises names asks it (RFC 9156)."""

    database: int
    code: bytes


class Impossible(NamedTuple):
    """A name below a code that is neither an address nor a part of one."""

    database: int
    code: bytes


class Lookup(NamedTuple):
    """A complete address. Where `shared`, the name is also the parent of IPv6 names, so it must never be denied."""

    database: int
    code: bytes
    version: int
    value: int
    shared: bool


BelowCode = CodeAlone | Partial | Impossible | Lookup
Asked = Place | Host | BelowCode


class ZoneNames:
    """The names of one zone, and of those of its name servers that are in it."""

    def __init__(self, zone: str, nameservers: Iterable[str] = ()) -> None:
        """`zone` as text, `rep.example`. ValueError where it leaves no room for an IPv6 address under a code."""
        self.zone = labels_of(zone)
        if wire_length(self.zone) > LONGEST_ZONE:
            raise ValueError(f"the zone {zone} is too long: its name may take {LONGEST_ZONE} octets at most")
        hosts = {labels_of(name) for name in nameservers}
        self.hosts = {host for host in hosts if host[-len(self.zone) :] == self.zone and host != self.zone}
        self.above_hosts = {host[i:] for host in self.hosts for i in range(1, len(host) - len(self.zone))}

    def find(self, labels: Labels) -> Asked:
        """Find out what these labels (without the root, in any case) ask for."""
        size = len(self.zone)
        name = tuple(label.lower() for label in labels)
        if name[-size:] != self.zone:
            return Place.OUTSIDE
        inside = name[:-size]
        if not inside:
            return Place.APEX
        if inside[-1] in DATABASE_LABELS:
            return _in_database(DATABASE_LABELS.index(inside[-1]), inside[:-1])
        if name in self.hosts:
            return Host(name)
        return Place.EMPTY if name in self.above_hosts else Place.NOTHING


def labels_of(text: str) -> Labels:
    """Read a name from a setting, and return its labels lower-cased. ValueError says what is wrong with it."""
    try:
        labels = tuple(text.removesuffix(".").lower().encode("ascii").split(b"."))
    except UnicodeEncodeError:
        raise ValueError(f"{text!r} is not plain ASCII: write an internationalised name in its xn-- form") from None
    if not all(0 < len(label) <= LONGEST_LABEL for label in labels) or wire_length(labels) > LONGEST_NAME:
        raise ValueError(f"{text!r} is not a domain name: write labels of 1 to 63 letters, as in rep.example")
    return labels


def wire_length(labels: Labels) -> int:
    """Return the octets of the uncompressed name, the root included."""
    return sum(len(label) + 1 for label in labels) + 1


def _in_database(database: int, labels: Labels) -> Asked:
    if not labels:
        return Place.EMPTY
    code, address = labels[-1], labels[:-1]
    if not address:
        return CodeAlone(database, code)
    nibbles = len(address) <= 32 and all(label in NIBBLES for label in address)
    octets = len(address) <= 4 and all(label in OCTETS for label in address)
    if octets and len(address) == 4:
        return Lookup(database, code, 4, _number(address, OCTETS, 8), shared=nibbles)
    if nibbles and len(address) == 32:
        return Lookup(database, code, *unmapped(6, _number(address, NIBBLES, 4)), shared=False)
    return Partial(database, code) if nibbles or octets else Impossible(database, code)


def _number(labels: Labels, table: dict[bytes, int], bits: int) -> int:
    """The last label is the highest: addresses stand reversed in a name (RFC 5782 2.1, 2.4)."""
    number = 0
    for label in reversed(labels):
        number = number << bits | table[label]
    return number
