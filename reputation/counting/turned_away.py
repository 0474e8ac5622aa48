"""Who was turned away under a valid code: from a network that may not use it, or beyond the daily quota.

Packets are counted by organization and hour, with the networks of the first few clients of each hour: whoever floods
from elsewhere, or forges where it asks from, fills no table. The rest is in the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from peewee import fn

from reputation.store.db import add_counts
from reputation.store.models import TurnedAwayHour
from reputation.verdict.counters import HOUR, Batch

DAY = 24 * HOUR
NAMED = 10  # networks of an organization, hour and kind that have rows of their own
KEEP = 90 * DAY


class TurnedAway(NamedTuple):
    """A network whose packets were turned away; the hours are Unix seconds. The network "" stands for many others."""

    network: str
    packets: int
    first_at: int
    last_at: int


def add(batch: Batch, known: Collection[int]) -> None:
    """Add what was turned away of a batch. Call it inside the transaction that writes the batch."""
    found = {key: count for key, count in batch.turned_away.items() if key[1] in known}
    if not found:
        return
    named = _named({(organization, hour, kind) for hour, organization, kind, _ in found})
    rows: Counter[tuple[int, int, str, str]] = Counter()
    for (hour, organization, kind, network), count in found.items():
        there = named.setdefault((organization, hour, kind), set())
        if network and (network in there or len(there) < NAMED):
            there.add(network)
        else:
            network = ""
        rows[organization, hour, kind, network] += count
    key = (TurnedAwayHour.organization, TurnedAwayHour.hour, TurnedAwayHour.kind, TurnedAwayHour.network)
    add_counts((*key, TurnedAwayHour.packets), ((*one, count) for one, count in rows.items()))


def networks(organization_id: int, kind: str, since: int, limit: int = 50) -> list[TurnedAway]:
    """Return whose packets of this kind were turned away since then, the most packets first, the rest last."""
    row = TurnedAwayHour
    rows = row.select(row.network, fn.SUM(row.packets), fn.MIN(row.hour), fn.MAX(row.hour))
    rows = rows.where((row.organization == organization_id) & (row.kind == kind) & (row.hour >= since - since % HOUR))
    order = [row.network == "", fn.SUM(row.packets).desc(), row.network]
    found = rows.group_by(row.network).order_by(*order).limit(limit).tuples()
    return [TurnedAway(network, int(packets), first, last) for network, packets, first, last in found]


def total(organization_id: int, kind: str, since: int) -> int:
    """Count the packets of this kind that were turned away since then, to the hour."""
    row = TurnedAwayHour
    rows = row.select(fn.SUM(row.packets)).where((row.organization == organization_id) & (row.kind == kind))
    return int(rows.where(row.hour >= since - since % HOUR).scalar() or 0)


def busiest(kind: str, since: int, limit: int = 5) -> tuple[str, ...]:
    """Return the networks of all organizations that sent most packets of this kind since then."""
    row = TurnedAwayHour
    rows = row.select(row.network).where((row.kind == kind) & (row.network != "") & (row.hour >= since - since % HOUR))
    order = [fn.SUM(row.packets).desc(), row.network]
    return tuple(network for (network,) in rows.group_by(row.network).order_by(*order).limit(limit).tuples())


def prune(now: int) -> int:
    """Remove what is older than 90 days; return how many rows. Call it inside a transaction that writes."""
    return int(TurnedAwayHour.delete().where(TurnedAwayHour.hour < now - KEEP).execute())


def _named(hours: set[tuple[int, int, str]]) -> dict[tuple[int, int, str], set[str]]:
    """The networks that have rows already, by organization, hour and kind."""
    row = TurnedAwayHour
    rows = row.select(row.organization, row.hour, row.kind, row.network).where(
        (row.organization << sorted({one[0] for one in hours})) & (row.hour << sorted({one[1] for one in hours}))
    )
    found: dict[tuple[int, int, str], set[str]] = {}
    for organization, hour, kind, network in rows.tuples():
        if network:
            found.setdefault((organization, hour, kind), set()).add(network)
    return found
