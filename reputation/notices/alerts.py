"""Alerts: raised once when something begins, cleared when it is over. It owns their state, not what raises them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from reputation.clock import was_within
from reputation.store import db
from reputation.store.models import Alert

KEPT = 365 * 86400
LONGEST_SUBJECT = 200


class AlertView(NamedTuple):
    """One alert.

    `cleared_at` is None while it lasts; `organization_id` is None where it is for the operator. Times are Unix seconds.
    """

    id: int
    organization_id: int | None
    kind: str
    subject: str
    text: str
    raised_at: int
    cleared_at: int | None


def update_current(kind: str, found: dict[tuple[int | None, str], str], now: int) -> int:
    """Update all lasting alerts of one kind to what is found now, by organization and subject; return how many are new.

    What is new is raised, what is gone is cleared, and what lasts is left as it is.
    """
    found = {(owner, subject[:LONGEST_SUBJECT]): text for (owner, subject), text in found.items()}
    with db.write():
        lasting = {(row.organization_id, row.subject): row for row in _open().where(Alert.kind == kind)}
        for key, row in lasting.items():
            if key not in found:
                row.cleared_at = now
                row.save()
        begun = [(key, text) for key, text in found.items() if key not in lasting]
        for (organization_id, subject), text in begun:
            Alert.create(organization=organization_id, kind=kind, subject=subject, text=text, raised_at=now)
    return len(begun)


def raise_event(kind: str, organization_id: int | None, subject: str, text: str, now: int) -> bool:
    """Raise an alert about an event, which does not last; tell whether it was raised.

    It is raised once a day for the same subject.
    """
    subject = subject[:LONGEST_SUBJECT]
    with db.write():
        same = (Alert.kind == kind) & (Alert.subject == subject) & was_within(Alert.raised_at, now, 86400)
        is_ours = Alert.organization.is_null() if organization_id is None else Alert.organization == organization_id
        if Alert.select().where(same & is_ours).exists():
            return False
        Alert.create(
            organization=organization_id,
            kind=kind,
            subject=subject[:LONGEST_SUBJECT],
            text=text,
            raised_at=now,
            cleared_at=now,
        )
    return True


def lasting(organization_id: int | None) -> list[AlertView]:
    """Return the alerts that last now, of an organization or (None) for the operator; the newest first."""
    return [_raised(row) for row in _of(organization_id).where(Alert.cleared_at.is_null())]


def lasting_texts(kind: str) -> dict[str, str]:
    """Return what the operator's alerts of one kind that last now say, by their subject."""
    rows = _of(None).where(Alert.cleared_at.is_null() & (Alert.kind == kind))
    return {row.subject: row.text for row in rows}


def recent(organization_id: int | None, limit: int = 100) -> list[AlertView]:
    """Return the newest alerts, including those that are over."""
    return [_raised(row) for row in _of(organization_id).limit(limit)]


def not_notified() -> list[AlertView]:
    """Return the alerts that people were not told yet, the oldest first."""
    waiting = Alert.select().where(Alert.told_at.is_null()).order_by(Alert.raised_at, Alert.id)
    return [_raised(row) for row in waiting]


def mark_notified(told: Iterable[AlertView], now: int) -> None:
    """Record that people have been told these alerts."""
    Alert.update(told_at=now).where(Alert.id << [alert.id for alert in told]).execute()


def prune(now: int) -> int:
    """Remove the alerts that have been over for a year; return how many."""
    return int(Alert.delete().where(Alert.cleared_at < now - KEPT).execute())


def _open() -> Any:
    return Alert.select().where(Alert.cleared_at.is_null())


def _of(organization_id: int | None) -> Any:
    ours = Alert.organization.is_null() if organization_id is None else Alert.organization == organization_id
    return Alert.select().where(ours).order_by(Alert.raised_at.desc(), Alert.id.desc())


def _raised(row: Alert) -> AlertView:
    return AlertView(row.id, row.organization_id, row.kind, row.subject, row.text, row.raised_at, row.cleared_at)
