"""Who changed what, and when.

It is written in the transaction of the change itself; customers/audit_log.py reads it.
"""

from __future__ import annotations

from reputation.store.models import AuditEntry

COMMAND_LINE = "command line"
SELF = "Gatepost"  # who does what nobody has asked for, such as to end a rule


def record(organization_id: int | None, who: str, what: str, now: int, before: str = "", after: str = "") -> None:
    """Write one line of the audit log; `organization_id` is None where it is about the installation.

    Call it inside the transaction of the change.
    """
    AuditEntry.create(organization=organization_id, who=who, what=what, before=before, after=after, at=now)
