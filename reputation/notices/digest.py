"""The digest: a letter each Monday with the week's figures, to whoever wants alerts; once, also after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from peewee import fn

from reputation.notices import alerts, notifier, outbox
from reputation.store import db
from reputation.store.models import Letter, Organization, QueryHour
from reputation.verdict.zones import DYNAMIC, STANDARD

WEEK = 7 * 86400


def write(portal_url: str, now: int) -> str:
    """The letters about the ISO week (UTC) that ended last; a sentence, empty where they are written already."""
    end = monday(now)
    begin = end - WEEK
    year, week, _ = datetime.fromtimestamp(begin, UTC).isocalendar()
    subject = f"Gatepost: week {week} of {year}"
    written = 0
    with db.write():
        if Letter.select().where((Letter.subject == subject) & (Letter.created_at >= end)).exists():
            return ""
        for organization in Organization.select().where(Organization.created_at < end).order_by(Organization.id):
            text = _text(organization, begin, end, portal_url)
            for email in notifier.recipients(organization.id):
                outbox.write(email, subject, text, now)
                written += 1
    return f"Wrote {written} digests of week {week}." if written else ""


def monday(now: int) -> int:
    """The Monday, 00:00 UTC, with which the present ISO week began."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day - timedelta(days=day.weekday())).timestamp())


def _text(organization: Organization, begin: int, end: int, portal_url: str) -> str:
    present, before = figures(organization.id, begin, end), figures(organization.id, begin - WEEK, begin)
    told = [alert for alert in alerts.recent(organization.id) if begin <= alert.raised_at < end]
    lines = [
        f"{organization.name}, the week of {datetime.fromtimestamp(begin, UTC):%d %B %Y}:",
        "",
        f"Connections asked about    {present[0]:>12,}   (the week before: {before[0]:,})",
        f"Refused                    {present[1]:>12,}   (the week before: {before[1]:,})",
        f"Deferred                   {present[2]:>12,}   (the week before: {before[2]:,})",
        "",
        f"Alerts: {len(told)}" if told else "No alert.",
        *(f"- {alert.text}" for alert in told[:20]),
        "",
        f"Reports: {portal_url}/report/queries-per-day",
        f"Whether you want this mail: {portal_url}/administration/alerts",
    ]
    return "\n".join(lines)


def figures(organization_id: int, begin: int, end: int) -> tuple[int, int, int]:
    """Connections, matches of the standard database and matches of the dynamic one between two moments."""
    rows = QueryHour.select(QueryHour.database, QueryHour.code, fn.SUM(QueryHour.queries).alias("total"))
    rows = rows.where(
        (QueryHour.organization == organization_id) & (QueryHour.hour >= begin) & (QueryHour.hour < end)
    ).group_by(QueryHour.database, QueryHour.code)
    counts = {(row.database, row.code): int(row.total) for row in rows}
    # A mail server asks the dynamic database about what the standard one does not list: counted once.
    asked = sum(count for (database, _), count in counts.items() if database == STANDARD)
    matched = [
        sum(n for (database, code), n in counts.items() if database == which and code) for which in (STANDARD, DYNAMIC)
    ]
    return asked, matched[0], matched[1]
