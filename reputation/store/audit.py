"""Who changed what, and when. Written in the transaction of the change itself; read by the audit log."""

from __future__ import annotations

from reputation.store.models import AuditEntry

COMMAND_LINE = "command line"


def record(organization_id: int | None, who: str, what: str, now: int, before: str = "", after: str = "") -> None:
    """One line of the audit log; `organization_id` is None where it concerns the installation."""
    AuditEntry.create(organization=organization_id, who=who, what=what, before=before, after=after, at=now)
