"""What the readers of all forms share: a line as it was read, networks as other programs write them, and exclusions.

A line is read as it is written, or it has a `problem`: nothing of it is lost in silence.
"""

from __future__ import annotations

import ipaddress
import itertools
import re
import socket
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from reputation.addresses.address import BITS, Network, parse_network, shortened
from reputation.customers.policy.values import LONGEST_NOTE
from reputation.refusal import Refused

APPROVED, BLOCKED, SERVER, LISTING = "approved", "blocked", "server", "listing"
OCTETS = re.compile(r"\d{1,3}(?:\.\d{1,3}){0,2}", re.ASCII)
GROUPS = re.compile(r"[\da-f]{1,4}(?::[\da-f]{1,4}){1,6}", re.IGNORECASE | re.ASCII)
SHORT = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})\.?/(\d{1,2})", re.ASCII)
LONGEST_SHOWN = 80
ALL = 1 << 128  # above every address


class Taken(NamedTuple):
    """A sender of a line: what becomes of it by the file's own word ("": the person says), or why nothing does.

    `expires_at` is Unix seconds, None where it has no end.
    """

    number: int
    text: str
    value: str = ""
    becomes: str = ""
    note: str = ""
    expires_at: int | None = None
    problem: str = ""


class Lines(NamedTuple):
    """A file as the readers take it: its text, its lines, and the moment (Unix seconds) from which stays count."""

    text: str
    lines: Sequence[str]
    now: int

    def filled(self) -> Iterator[tuple[int, str]]:
        """Yield the lines that hold something, with their numbers; comments begin with #."""
        for number, line in enumerate(self.lines, 1):
            if line.strip() and not line.lstrip().startswith("#"):
                yield number, line.strip()


def wrong(number: int, text: str, why: object) -> Taken:
    """Return a line of which nothing is taken, with the reason."""
    return Taken(number, shortened(text.strip(), LONGEST_SHOWN), problem=sentence(str(why)))


def sentence(text: str) -> str:
    """End a text as a sentence ends."""
    return text if text.endswith((".", "?")) else f"{text}."


def note_of(text: str) -> str:
    """Return a note that is short enough to be kept."""
    return shortened(" ".join(text.split()), LONGEST_NOTE)


def network(text: str) -> Network:
    """Read an address or a network as it is written. Raise Refused where it is none."""
    try:
        return parse_network(text)
    except ValueError as error:
        raise Refused(sentence(str(error))) from None


def map_key(text: str) -> Network:
    """Read a key of an access map: an address, a network, or its first octets (`192.0.2` is 192.0.2.0/24).

    Raise Refused where it is none.
    """
    if OCTETS.fullmatch(text):
        return octets(text)
    if GROUPS.fullmatch(text) and "::" not in text:
        count = text.count(":") + 1
        return network(f"{text}::/{16 * count}")
    return network(text)


def octets(text: str, prefix: str = "") -> Network:
    """Read the first octets of a network, such as 192.0.2 or, with its prefix, 10/8. Raise Refused."""
    count = text.count(".") + 1
    return network(f"{text}{'.0' * (4 - count)}/{prefix or 8 * count}")


def short_network(text: str) -> Network:
    """Read `127/8`, `192.0.2.` or any network as it is usually written. Raise Refused where it is none."""
    short = SHORT.fullmatch(text)
    if short:
        return octets(short[1], short[2])
    if text.endswith(".") and OCTETS.fullmatch(text[:-1]):
        return octets(text[:-1])
    return network(text.replace("[", "").replace("]", ""))


class Exclusions:
    """Networks that are excluded, and what is left of others without them. A million pairs are not looked at."""

    def __init__(self, excluded: Iterable[Network]) -> None:
        """Keep the widest ones alone: what stands inside one of them is excluded by it."""
        self._kept: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
        for one in sorted(excluded, key=lambda one: (one.version, one.first, -one.last)):
            kept = self._kept[one.version]
            if not kept or one.first > kept[-1][1]:
                kept.append((one.first, one.last))

    def left_of(self, whole: Network) -> list[Network]:
        """Return what is left of a network, as networks in their order; none where all of it is excluded."""
        kept = self._kept[whole.version]
        place = max(bisect_right(kept, (whole.first, ALL)) - 1, 0)
        found, begin = [], whole.first
        for first, last in itertools.islice(kept, place, None):
            if first > whole.last:
                break
            if last >= begin:
                found += between(whole.version, begin, min(first - 1, whole.last))
                begin = last + 1
        return found + between(whole.version, begin, whole.last)


def between(version: int, first: int, last: int) -> list[Network]:
    """Return the networks that hold the addresses from the first to the last, which may be none."""
    if first > last:
        return []
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return [
        Network(version, int(one.network_address), int(one.broadcast_address), one.prefixlen)
        for one in ipaddress.summarize_address_range(kind(first), kind(last))
    ]


class Earlier:
    """Networks by their line, asked which of them holds another one."""

    def __init__(self) -> None:
        self._lines: dict[tuple[int, int, int], int] = {}

    def add(self, one: Network, line: int) -> None:
        """Note a network; of the same one the first line counts."""
        self._lines.setdefault((one.version, one.prefix, one.first), line)

    def holding(self, one: Network) -> int:
        """Return the line of the narrowest network that holds this one; 0 where none does."""
        bits = BITS[one.version]
        for prefix in range(one.prefix, -1, -1):
            line = self._lines.get((one.version, prefix, one.first >> (bits - prefix) << (bits - prefix)))
            if line:
                return line
        return 0

    def same(self, one: Network) -> int:
        """Return the line of the same network; 0 where there is none."""
        return self._lines.get((one.version, one.prefix, one.first), 0)


def is_address(text: str) -> bool:
    """Tell whether a text is one address."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    try:
        socket.inet_pton(family, text)
    except (OSError, ValueError):
        return False
    return True
