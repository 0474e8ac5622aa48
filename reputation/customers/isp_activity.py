"""One ISP as an organization sees it: the queries about its addresses, and the organization's rules for it."""

from __future__ import annotations

from typing import NamedTuple

from peewee import Case, fn

from reputation.counting.connections import is_match
from reputation.counting.volumes import DAY
from reputation.customers import policy
from reputation.store.models import MailServer, QueryLogEntry, SenderRule

DAYS = 7
LATEST = 8


class Asked(NamedTuple):
    """The query log of seven days: `matched` counts all matches, `others` the rows of the sample of the rest."""

    matched: int
    others: int
    latest: tuple[LoggedConnection, ...]


class LoggedConnection(NamedTuple):
    """One query of the log."""

    at: int
    address: str
    database: int
    code: int
    decided_by: str


class IspRule(NamedTuple):
    """A rule for the ISP."""

    action: str  # approved | blocked
    value: str  # isp:AS64500
    created_at: int


def asked(organization_id: int, asn: int, now: int) -> Asked:
    """Count what the organization's mail servers asked about addresses of the ISP, as far as the query log has it."""
    here = (
        (QueryLogEntry.organization == organization_id)
        & (QueryLogEntry.asn == asn)
        & (QueryLogEntry.asked_at > now - DAYS * DAY)
    )
    # Under heavy load a match stands for several that were not written down.
    matches = fn.SUM(Case(None, [(is_match(QueryLogEntry.code), QueryLogEntry.weight)], 0))
    others = fn.SUM(Case(None, [(is_match(QueryLogEntry.code), 0)], 1))
    counts = QueryLogEntry.select(matches, others).where(here).tuples().get()
    latest = QueryLogEntry.select().where(here).order_by(QueryLogEntry.asked_at.desc(), QueryLogEntry.id.desc())
    return Asked(
        matched=int(counts[0] or 0),
        others=int(counts[1] or 0),
        latest=tuple(
            LoggedConnection(row.asked_at, row.address, row.database, row.code, row.decided_by)
            for row in latest.limit(LATEST)
        ),
    )


def rules(organization_id: int, asn: int) -> list[IspRule]:
    """Return the organization's rules for the ISP; an approved one comes first, because it wins."""
    rows = SenderRule.select().where(
        (SenderRule.organization == organization_id) & (SenderRule.value == rule_value(asn))
    )
    return [IspRule(row.action, row.value, row.created_at) for row in rows.order_by(SenderRule.action)]


def rule_value(asn: int) -> str:
    """Return the ISP as a sender rule names it. Raise Refused where this is no AS number."""
    return policy.parse_value(f"isp:AS{asn}")[1]


def has_mail_servers(organization_id: int) -> bool:
    """Tell whether the organization has named its valid mail servers, which botnet activity needs."""
    return bool(MailServer.select().where(MailServer.organization == organization_id).exists())
