"""The entries of a batch: what is said of a node, and the spam volume of an AS or a country; read with limits.

A line is a JSON array:

    ["node","192.0.2.0/24",3,4,2,495400]   spam and messages since the last batch, reporters, hour of the newest spam
    ["volume","AS64500",20641,312]         the day since 1970, and what was counted on it until now

Nothing else can be said: no text, no recipient, no organization.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from reputation.addresses.address import Network, parse_network
from reputation.addresses.reserved import RESERVED
from reputation.countries import COUNTRIES
from reputation.exchange.signed import NotGenuine
from reputation.intake.steps import GENERATED, GIVEN, UNKNOWN

NETWORK, ADDRESS, PROVIDER = "network", "address", "provider"
WIDEST, NARROWEST = {4: 16, 6: 32}, {4: 24, 6: 48}  # prefixes of a network that is told of
SINGLE = {4: 32, 6: 64}  # of a single address, which is told of only where the operator wants it
MOST = 20_000  # entries of a batch
LARGEST = 4 << 20  # octets of a batch, unpacked
LONGEST = 120  # octets of a line
MOST_MESSAGES = 1_000_000  # of one node in one batch
MOST_REPORTERS = 10_000
MOST_VOLUME = 10**12
HIGHEST_ASN = (1 << 32) - 1
CLASSES = (UNKNOWN, GENERATED, GIVEN)
AS_NUMBER = re.compile(r"AS([1-9][0-9]{0,9})")


class NodeEntry(NamedTuple):
    """What was seen of a node since the last batch: whole messages, and the hour of its newest spam since 1970.

    Below 0 is what is taken back.
    """

    name: str
    spam: int
    seen: int
    reporters: int
    newest_hour: int


class VolumeEntry(NamedTuple):
    """The spam volume of an AS ("AS64500") or a country ("AT") on a day since 1970, until now."""

    subject: str
    day: int
    volume: int


class Entries(NamedTuple):
    """All that a batch says. `left_out` counts the lines that say what this version does not know or take."""

    nodes: tuple[NodeEntry, ...]
    volumes: tuple[VolumeEntry, ...]
    left_out: int = 0


def write(nodes: Iterable[NodeEntry], volumes: Iterable[VolumeEntry]) -> bytes:
    """Write entries as lines."""
    rows = [("node", *entry) for entry in nodes] + [("volume", *entry) for entry in volumes]
    return "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows).encode()


def read(content: bytes) -> Entries:
    """Read the lines of a batch. Raise NotGenuine where one is none, or where there are too many."""
    lines = content.splitlines()
    if len(lines) > MOST:
        raise NotGenuine(f"The batch has {len(lines):,} entries, and {MOST:,} are the most.")
    nodes: list[NodeEntry] = []
    volumes: list[VolumeEntry] = []
    left_out = 0
    for place, line in enumerate(lines, 1):
        row = _row(line, place)
        found = _node(row) if row[0] == "node" else _volume(row) if row[0] == "volume" else None
        if isinstance(found, NodeEntry):
            nodes.append(found)
        elif found is not None:
            volumes.append(found)
        else:
            left_out += 1
    return Entries(tuple(nodes), tuple(volumes), left_out)


@lru_cache(maxsize=1 << 16)
def kind_of(name: str) -> str:
    """Return which kind of node this is; "" for what is none, reserved as a whole, too wide, or told of by nobody."""
    if name.startswith("AS"):
        number, _, name_class = name.partition(" ")
        return PROVIDER if name_class in CLASSES and is_as(number) else ""
    try:
        network = parse_network(name)
    except ValueError:
        return ""
    if str(network) != name or network.prefix < WIDEST[network.version] or _is_reserved(network):
        return ""
    if network.prefix <= NARROWEST[network.version]:
        return NETWORK
    return ADDRESS if network.prefix == SINGLE[network.version] else ""


def _is_reserved(network: Network) -> bool:
    """Whether all of it lies in a network from which no mail comes."""
    around = (one.network for one in RESERVED if one.network.version == network.version)
    return any(one.first <= network.first and network.last <= one.last for one in around)


def is_as(text: str) -> bool:
    """Tell whether this is an AS number, as `AS64500`."""
    found = AS_NUMBER.fullmatch(text)
    return bool(found) and int(found[1]) <= HIGHEST_ASN  # type: ignore[index]


def is_volume_of(text: str) -> bool:
    """Tell whether a volume can be told of this: an AS number, or a country that there is."""
    return is_as(text) or text in COUNTRIES


def _row(line: bytes, place: int) -> list[object]:
    fault = f"Entry {place:,} of the batch cannot be read."
    if len(line) > LONGEST:
        raise NotGenuine(fault)
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise NotGenuine(fault) from None
    if not isinstance(row, list) or not row or not all(isinstance(cell, str) or type(cell) is int for cell in row):
        raise NotGenuine(fault)
    return row


def _node(row: list[object]) -> NodeEntry | None:
    match row[1:]:
        case [str(name), int(spam), int(seen), int(reporters), int(hour)]:
            entry = NodeEntry(name, spam, seen, min(reporters, MOST_REPORTERS), hour)
            fits = max(abs(spam), abs(seen)) <= MOST_MESSAGES and reporters >= 1 and 0 <= hour < 1 << 31
            return entry if fits and kind_of(name) else None
    return None


def _volume(row: list[object]) -> VolumeEntry | None:
    match row[1:]:
        case [str(subject), int(day), int(volume)]:
            fits = 0 <= volume <= MOST_VOLUME and 0 <= day < 1 << 31
            return VolumeEntry(subject, day, volume) if fits and is_volume_of(subject) else None
    return None
