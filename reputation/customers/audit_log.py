"""The audit log as people read it: who did what and when, the newest first. reputation/store/audit.py writes it.

Entries about the installation, which have no organization, are for its operators only; the door takes care of that.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from reputation.store.models import AuditEntry


class AuditLine(NamedTuple):
    """One act, at a Unix second; `before` and `after` are texts, which may be empty."""

    id: int
    at: int
    who: str
    what: str
    before: str
    after: str


def entries(organization_id: int | None, search: str, who: str, first: int, most: int) -> list[AuditLine]:
    """Return at most `most` entries from number `first` on; `organization_id` None is the installation."""
    rows = _rows(organization_id, search, who).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    return [_entry(row) for row in rows.offset(first).limit(most)]


def count(organization_id: int | None, search: str, who: str) -> int:
    """Count the entries that match."""
    return int(_rows(organization_id, search, who).count())


def whole(organization_id: int | None, search: str, who: str) -> Iterator[AuditLine]:
    """Yield all entries that match; they are read while they are used."""
    rows = _rows(organization_id, search, who).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    yield from (_entry(row) for row in rows.iterator())


def people(organization_id: int | None) -> list[str]:
    """Return everybody who has an entry, by name."""
    rows = AuditEntry.select(AuditEntry.who).where(_of(organization_id)).distinct().order_by(AuditEntry.who)
    return [row.who for row in rows]


def _rows(organization_id: int | None, search: str, who: str) -> Any:
    found = AuditEntry.select().where(_of(organization_id))
    if who:
        found = found.where(AuditEntry.who == who)
    if search:
        texts = (AuditEntry.who, AuditEntry.what, AuditEntry.before, AuditEntry.after)
        condition = texts[0].contains(search)
        for text in texts[1:]:
            condition |= text.contains(search)
        found = found.where(condition)
    return found


def _of(organization_id: int | None) -> Any:
    if organization_id is None:
        return AuditEntry.organization.is_null()
    return AuditEntry.organization == organization_id


def _entry(row: AuditEntry) -> AuditLine:
    return AuditLine(row.id, row.at, row.who, row.what, row.before, row.after)
