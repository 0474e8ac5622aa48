"""Own listings of every kind, published: what the exports are made of."""

from __future__ import annotations

import ipaddress
from random import Random

from reputation.intake import listings
from reputation.publisher import Publisher
from reputation.store import db
from reputation.store.models import Listing, Organization
from reputation.verdict.decision import decide
from reputation.verdict.live import Live
from reputation.verdict.origins import EMPTY
from reputation.verdict.snapshot import Snapshot
from tests import neighbour
from tests.conftest import NOON

CATEGORIES = ("KSS", "DUL", "ETL")
FIRST = neighbour.number(Organization) + 1  # the organization that a test makes first
CODES = {"KSS": 2, "DUL": 3, "ETL": 4}


def published(now: int = NOON) -> Snapshot:
    live = Live()
    Publisher(live, lambda: EMPTY, lambda _: EMPTY, "").catch_up(now)
    assert live.current is not None
    return live.current


def some_listings(seed: str, count: int) -> None:
    """Networks that overlap in many ways, of both versions, in both databases, with ends and levels of their own."""
    chance = Random(seed)
    with db.write():
        for number in range(count):
            version = 6 if number % 3 == 0 else 4
            prefix = chance.choice((48, 48, 52, 56, 64, 128) if version == 6 else (22, 24, 25, 28, 32, 32, 32))
            base = int(ipaddress.ip_address("2001:db8::" if version == 6 else "203.0.112.0"))
            value = base | chance.getrandbits(84 if version == 6 else 10)
            network = str(ipaddress.ip_network((value, prefix), strict=False))
            duration = chance.choice((600, 3600, 86400, 3650 * 86400))
            if chance.random() < 0.5:
                listings.add(network, "standard", chance.choice(CATEGORIES), duration, f"Reason {number} of $", NOON)
                continue
            ends = sorted(NOON + chance.choice((0, 600, 3600, 86400)) for _ in range(4))
            levels = {f"level{level}_until": end for level, end in enumerate(ends, 1)}
            Listing.insert(
                database="dynamic", network=network.removesuffix("/32").removesuffix("/128"), category="ETL",
                reason=f"Seen {number}", source="reports", created_at=NOON, expires_at=ends[3], **levels,
            ).on_conflict_ignore().execute()  # fmt: skip


def answer(snapshot: Snapshot, database: int, value: ipaddress.IPv4Address | ipaddress.IPv6Address, now: int) -> int:
    """The last octet of what DNS answers the first organization; 0 where it is not listed."""
    return decide(snapshot, database, FIRST, value.version, int(value), now).code


def sampled(seed: str, version: int, count: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """Addresses in and beside the networks."""
    chance = Random(seed)
    if version == 4:
        return [
            ipaddress.IPv4Address(int(ipaddress.IPv4Address("203.0.111.0")) + chance.getrandbits(11))
            for _ in range(count)
        ]
    return [
        ipaddress.IPv6Address(int(ipaddress.IPv6Address("2001:db8::")) | chance.getrandbits(85)) for _ in range(count)
    ]
