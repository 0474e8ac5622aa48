"""Packets that were not connections, for the operator: unknown codes and who uses them, malformed packets, losses."""

from __future__ import annotations

from typing import NamedTuple

from peewee import fn

from reputation.counting import turned_away
from reputation.counting.spool import LOST
from reputation.counting.volumes import DAY
from reputation.store.db import add_counts
from reputation.store.models import OtherHour
from reputation.verdict.counters import ELSEWHERE, HOUR, NOT_SUBSCRIBED, OVER_QUOTA

UNKNOWN = "unknown code"
FORGOTTEN = "askers forgotten"
# What an operator should know of, and what it means; the rest is the everyday life of resolvers.
TELLING = {
    UNKNOWN: "asked under a code that is unknown, has ended or is revoked",
    NOT_SUBSCRIBED: "asked in the dynamic database by a standard subscription: answered, and nobody is listed there",
    ELSEWHERE: "asked under a valid code from a network that may not use it: answered as an unknown code",
    OVER_QUOTA: "asked under a code whose organization has used up its daily quota: nobody is listed there",
    "malformed": "no well-formed query",
    "refused": "names outside the zone, and what is not served",
    "denied": "from a network that may not ask (setting allow)",
    "limited": "left unanswered or sent to TCP by the rate limit",
    "failed": "answered SERVFAIL: nothing loaded yet, or a fault of ours",
    "queue full": "dropped, because too many packets for the slow path came at once",
    "not sent": "answers that the system could not send",
    "matches lost": "matches that were counted, but not remembered one by one",
    LOST: "queries that no figure has: the database was away for so long that the disk had no room for them",
    FORGOTTEN: "senders that only asked, forgotten before their week was over: there were too many of them",
}


class Other(NamedTuple):
    """One kind of packets in the last 24 hours; `networks` are the clients that sent most of them."""

    kind: str
    meaning: str
    packets: int
    networks: tuple[str, ...]


def last_24_hours(now: int) -> list[Other]:
    """Return the kinds that an operator should know, the most frequent first; empty where there were none."""
    rows = _counts(now)
    networks = {kind: turned_away.busiest(kind, now - DAY) for kind in (ELSEWHERE, OVER_QUOTA) if kind in rows}
    networks[UNKNOWN] = tuple(network for network, _ in rows.get(UNKNOWN, [])[:5] if network)
    found = [
        Other(kind, meaning, dict(rows[kind]).get("", 0), networks.get(kind, ()))
        for kind, meaning in TELLING.items()
        if kind in rows
    ]
    return sorted(found, key=lambda other: -other.packets)


def add(kind: str, count: int, now: int) -> None:
    """Count something of this hour. Call it inside a transaction."""
    fields = (OtherHour.hour, OtherHour.kind, OtherHour.network, OtherHour.packets)
    add_counts(fields, [(now - now % HOUR, kind, "", count)])


def _counts(now: int) -> dict[str, list[tuple[str, int]]]:
    """By kind: (network, packets), the most first; the network "" stands for all."""
    total = fn.SUM(OtherHour.packets)
    query = (
        OtherHour.select(OtherHour.kind, OtherHour.network, total)
        .where(OtherHour.hour > now - now % HOUR - DAY)
        .group_by(OtherHour.kind, OtherHour.network)
        .order_by(total.desc())
        .tuples()
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for kind, network, packets in query:
        found.setdefault(kind, []).append((network, int(packets)))
    return found
