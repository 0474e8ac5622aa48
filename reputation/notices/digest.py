"""The digest: a letter each Monday with the week's figures, to people who want alerts; once, also after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reputation.counting import connections
from reputation.notices import alerts, outbox
from reputation.notices.channels.mail.transport import recipients
from reputation.store import db
from reputation.store.models import Letter, Organization
from reputation.verdict.subscriptions import includes
from reputation.verdict.zones import DYNAMIC

WEEK = 7 * 86400


def write(portal_url: str, now: int) -> str:
    """Write the letters about the last ISO week (UTC); return a sentence, or "" where they are written already."""
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
            for email in recipients(organization.id):
                outbox.write(email, subject, text, now)
                written += 1
    return f"Wrote {written} digests of week {week}." if written else ""


def monday(now: int) -> int:
    """Return the Monday, 00:00 UTC, with which the present ISO week began (Unix seconds)."""
    day = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day - timedelta(days=day.weekday())).timestamp())


def _text(organization: Organization, begin: int, end: int, portal_url: str) -> str:
    present = connections.total(organization.id, begin, end)
    before = connections.total(organization.id, begin - WEEK, begin)
    told = [alert for alert in alerts.recent(organization.id) if begin <= alert.raised_at < end]
    deferred = _line("Deferred", present.deferred, before.deferred)
    lines = [
        f"{organization.name}, the week of {datetime.fromtimestamp(begin, UTC):%d %B %Y}:",
        "",
        _line("Asked (queries)", present.asked, before.asked),
        _line("Refused", present.refused, before.refused),
        *([deferred] if includes(organization.subscription, DYNAMIC) or present.deferred or before.deferred else []),
        _line("Matched", present.matched, before.matched),
        "",
        f"Alerts: {len(told)}" if told else "No alert.",
        *(f"- {alert.text}" for alert in told[:20]),
        "",
        f"Reports: {portal_url}/report/queries-per-day",
        f"Whether you want this mail: {portal_url}/administration/alerts",
    ]
    return "\n".join(lines)


def _line(word: str, present: int, before: int) -> str:
    return f"{word:<26} {present:>12,}   (the week before: {before:,})"
