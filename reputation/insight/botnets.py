"""Bots among the senders asked about, and the Botnet Report: evidence against an organization's own valid mail servers.

Botnet activity compares hours that have ended; counting/bots.py counts them. The report reads spam reports, our own
listings and what feeds list now. It says when, what kind of source, category and reason, and never which trap was hit,
who complained or what the message was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, NamedTuple

from peewee import fn

from reputation.addresses.address import Network, parse_network
from reputation.insight import periods
from reputation.insight.evidence import Evidence, feed_listings, own_listings_of, spam_reports_of
from reputation.store.models import BotHour, MailServer
from reputation.verdict.counters import HOUR
from reputation.verdict.snapshot import Snapshot

DAYS = 7


class Activity(NamedTuple):
    """Bots of the last whole hour, which began at `hour` (Unix seconds), and of the hour before."""

    bots: int
    before: int
    hour: int

    @property
    def percent(self) -> float | None:
        """Return the change from the hour before in percent; None where there was no bot then."""
        return 100 * (self.bots - self.before) / self.before if self.before else None


class BotDay(NamedTuple):
    """One day in the reader's time zone: how much of each kind of evidence there is."""

    begins: int
    reports: int
    listings: int

    @property
    def is_active(self) -> bool:
        """Tell whether there is any evidence."""
        return bool(self.reports or self.listings)


class ServerActivity(NamedTuple):
    """A valid mail server with its days, the oldest first, and the evidence behind them, the newest first."""

    id: int
    network: str
    note: str
    days: tuple[BotDay, ...]
    evidence: tuple[Evidence, ...]

    @property
    def active_days(self) -> int:
        """Count the days with evidence."""
        return sum(day.is_active for day in self.days)


def activity(organization_id: int, now: int) -> Activity:
    """Return the botnet activity among all addresses that the organization asked about."""
    counts = activity_by_asn(organization_id, now).values()
    return Activity(sum(bots for bots, _ in counts), sum(before for _, before in counts), _last_hour(now))


def activity_by_asn(organization_id: int, now: int) -> dict[int, tuple[int, int]]:
    """Return bots of the last whole hour and of the hour before, by ASN (0: unknown). ISPs without any are left out."""
    hour = _last_hour(now)
    rows = (
        BotHour.select(BotHour.asn, BotHour.hour, fn.SUM(BotHour.bots))
        .where((BotHour.organization == organization_id) & (BotHour.hour << [hour, hour - HOUR]))
        .group_by(BotHour.asn, BotHour.hour)
        .tuples()
    )
    found: dict[int, tuple[int, int]] = {}
    for asn, at, count in rows:
        bots, before = found.get(asn, (0, 0))
        found[asn] = (int(count), before) if at == hour else (bots, int(count))
    return found


def days(zone: tzinfo, now: int) -> list[int]:
    """Return when the seven days of the report begin (Unix seconds), today last."""
    return periods.days(periods.last_days(DAYS, zone, now), zone)


def report(organization_id: int, zone: tzinfo, now: int, snapshot: Snapshot | None = None) -> list[ServerActivity]:
    """Return every valid mail server of the organization with its last seven days.

    Without a snapshot the listings of feeds are left out.
    """
    return _activities(_servers(organization_id), zone, now, snapshot)


def report_page(
    organization_id: int, zone: tzinfo, now: int, first: int, count: int, snapshot: Snapshot | None = None
) -> tuple[list[ServerActivity], int]:
    """Read `count` of these from number `first` on, in the order of their addresses, and how many there are."""
    rows = _servers(organization_id)
    shown = rows.order_by(MailServer.first_key, MailServer.end_key, MailServer.id).offset(first).limit(count)
    return _activities(shown, zone, now, snapshot), rows.count()


def report_of(
    organization_id: int, server_id: int, zone: tzinfo, now: int, snapshot: Snapshot | None = None
) -> ServerActivity | None:
    """Read one of these; None where the organization has no such mail server."""
    found = _activities(_servers(organization_id).where(MailServer.id == server_id), zone, now, snapshot)
    return found[0] if found else None


def _servers(organization_id: int) -> Any:
    return MailServer.select().where(MailServer.organization == organization_id)


def _activities(rows: Iterable[Any], zone: tzinfo, now: int, snapshot: Snapshot | None) -> list[ServerActivity]:
    begins = days(zone, now)
    servers = sorted(((parse_network(row.network), row) for row in rows), key=lambda pair: pair[0])
    networks = [network for network, _ in servers]
    own, reported = own_listings_of(networks, begins[0], now), spam_reports_of(networks, begins[0])
    return [
        ServerActivity(row.id, row.network, row.note, *_told(evidence, begins, now))
        for network, row in servers
        for evidence in [
            sorted(_all(network, reported[network] + own[network], now, snapshot), key=lambda one: -one.at)
        ]
    ]


def _all(network: Network, stored: Iterable[Evidence], now: int, snapshot: Snapshot | None) -> Iterator[Evidence]:
    yield from stored
    if snapshot is not None:
        yield from feed_listings(snapshot, network, now)


def _told(
    evidence: Sequence[Evidence], begins: Sequence[int], now: int
) -> tuple[tuple[BotDay, ...], tuple[Evidence, ...]]:
    ends = [*begins[1:], now + 1]
    found = (_day(evidence, begin, end) for begin, end in zip(begins, ends, strict=True))
    return tuple(found), tuple(evidence)


def _day(evidence: Iterable[Evidence], begins: int, end: int) -> BotDay:
    here = [one for one in evidence if one.touches(begins, end)]
    reports = sum(one.kind == "report" for one in here)
    return BotDay(begins, reports, len(here) - reports)


def _last_hour(now: int) -> int:
    """When the last hour began that is over: the present one would look calm until its end."""
    return now - now % HOUR - HOUR
