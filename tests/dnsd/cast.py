"""Who plays in the DNS tests: two organizations, a stranger, and what is listed; all in one snapshot.

Acme has an advanced subscription, Basic Ltd a standard one, the stranger's code is nobody's. NOW is when it plays.
"""

from __future__ import annotations

import functools
import ipaddress
from array import array
from typing import NamedTuple

from reputation.addresses.address import parse_network
from reputation.addresses.nested import NestedNetworks
from reputation.verdict.rules import APPROVED, OriginRules, Rules
from reputation.verdict.snapshot import Layer, Listed, Policies, Snapshot
from reputation.verdict.steps import steps4, steps6
from reputation.verdict.zones import BLOCKED_ADDRESS, FOREVER, SLOTS

NOW = 1_800_000_000
ZONE = "rep.example"
ACME, BASIC = 0, 1
ACME_CODE = "acme0123456789abcdefghijklmnopq"
BASIC_CODE = "basic123456789abcdefghijklmnopq"
EXPIRED_CODE = "expired3456789abcdefghijklmnopq"
STRANGER_CODE = "stranger456789abcdefghijklmnopq"
ETL_SLOT, KSS_SLOT, DUL_SLOT = 0, 1, 2
LONG_REASON = "seen in many places, " * 100


class Listing(NamedTuple):
    network: str
    slot: int
    until: int = FOREVER
    reason: str = ""


STANDARD_LISTINGS = (
    Listing("203.0.113.2", KSS_SLOT, reason="Known spam source $"),
    Listing("203.0.113.3", DUL_SLOT),
    Listing("203.0.113.4", ETL_SLOT),
    Listing("203.0.113.30", KSS_SLOT, until=NOW + 30),
    Listing("203.0.113.31", KSS_SLOT, until=NOW),
    Listing("203.0.113.200", KSS_SLOT, reason=LONG_REASON),
    Listing("203.0.113.201", KSS_SLOT, reason="Überall gemeldet; " * 40),
    Listing("2001:db8::2", KSS_SLOT, reason="Known spam source $"),
    Listing("2.0.0.3", KSS_SLOT),
)
DYNAMIC_LISTINGS = (
    Listing("203.0.113.9", 1, until=NOW + 3600, reason="Spam seen from $"),
    Listing("2001:db8::9", 1, until=NOW + 3600),
    Listing("203.0.113.10", 1, until=NOW + 7),
)


def layer(listings: tuple[Listing, ...]) -> Layer:
    """Listings that are not nested, as a layer."""
    expiries, reasons = [0] * SLOTS, [""] * SLOTS
    pairs = []
    for meaning, listing in enumerate(listings, 1):
        expiries += [listing.until if slot == listing.slot else 0 for slot in range(SLOTS)]
        reasons += [listing.reason if slot == listing.slot else "" for slot in range(SLOTS)]
        pairs.append((parse_network(listing.network), meaning))
    nested = NestedNetworks(pairs)
    return Layer(
        steps4((start, held[0] if held else 0) for start, held in nested.steps(4)),
        steps6((start, held[0] if held else 0) for start, held in nested.steps(6)),
        array("I", expiries),
        tuple(reasons),
    )


def policies(more_codes: dict[bytes, tuple[int, int]] | None = None) -> Policies:
    """Acme blocks 198.51.100.7, .8 and .9, and approves 203.0.113.77 and .78; the last of each end, one has just ended.

    Both have all categories, Acme dynamic level 2.
    """
    return Policies(
        codes=(more_codes or {})
        | {
            ACME_CODE.encode(): (ACME, FOREVER),
            BASIC_CODE.encode(): (BASIC, FOREVER),
            EXPIRED_CODE.encode(): (ACME, NOW),
        },
        databases=b"\3\1",
        categories=b"\7\7",
        levels=b"\2\2",
        rules=Rules(
            from4=array("I", [0, 8, 8]),
            starts4=array("I", [0, *range(0xC6336407, 0xC633640B), *range(0xCB00714D, 0xCB007150)]),
            values4=bytes((0, *[BLOCKED_ADDRESS] * 3, 0, APPROVED, APPROVED, 0)),
            texts4=("", "198.51.100.7", "198.51.100.8", "198.51.100.9", "", "203.0.113.77", "203.0.113.78", ""),
            ends4=(FOREVER, FOREVER, NOW + 20, NOW, FOREVER, FOREVER, NOW + 5, FOREVER),
            from6=array("I", [0, 0, 0]),
        ),
        origin_rules=OriginRules(from_asn=array("I", [0, 0, 0])),
        has_origin_rules=b"\0\0",
    )


@functools.cache
def snapshot() -> Snapshot:
    """The snapshot of most tests; it never changes, so one serves them all."""
    return snapshot_with()


def snapshot_with(standard: Listed | None = None, chosen: Policies | None = None, serial: int = 2026) -> Snapshot:
    """The same with other listings, policies or another serial."""
    return Snapshot(
        standard=standard or Listed(feeds=layer(STANDARD_LISTINGS)),
        dynamic=Listed(own=layer(DYNAMIC_LISTINGS)),
        policies=chosen or policies(),
        serial=serial,
        lookup_url="https://rep.example/lookup/",
    )


def reversed_name(address: str, code: str = ACME_CODE, database: str = "r", zone: str = ZONE) -> str:
    """The query name for an address, written out apart from the product."""
    if ":" in address:
        labels = ".".join(reversed(f"{int(ipaddress.IPv6Address(address)):032x}"))
    else:
        labels = ".".join(reversed(address.split(".")))
    return f"{labels}.{code}.{database}.{zone}"
