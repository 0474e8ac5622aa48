"""Activation codes: the secret label under which an organization's mail servers ask. It does not know who may see them.

A code is 31 letters and digits, shown in dashed groups and written without dashes in a query name. It contains only
letters and digits that cannot be mistaken for one another.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, NamedTuple

from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import ActivationCode, LastAsked
from reputation.verdict.zones import FOREVER

LENGTH = 31
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without i, l, o, 0 and 1; 31 to the 31st is more than 2 to the 153rd
GROUPS = (6, 5, 5, 5, 5, 5)
DAY = 86400
LONGEST_OVERLAP = 90  # days in which a replaced code is still answered
PAST_SHOWN = 30 * DAY  # for so long the page tells of codes that are over


class Code(NamedTuple):
    """An activation code.

    `label` is the code as it is in a query name. Times are Unix seconds. The last query is that of the organization,
    under any of its codes.
    """

    organization_id: int
    label: str
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_asked_at: int | None = None
    id: int = 0
    replaced_at: int | None = None

    @property
    def masked(self) -> str:
        """Return the first letters, which tell the code from others; the audit log uses them."""
        return _masked(self.label)

    @property
    def dashed(self) -> str:
        """Return the code as people read it, in groups."""
        starts = [sum(GROUPS[:k]) for k in range(len(GROUPS))]
        return "-".join(self.label[start : start + size].upper() for start, size in zip(starts, GROUPS, strict=True))


def issue(organization_id: int, now: int, who: str = audit.COMMAND_LINE) -> Code:
    """Issue a new code, in addition to those that are active."""
    label = _new_label()
    with db.write():
        row = ActivationCode.create(organization=organization_id, label=label, created_at=now)
        audit.record(organization_id, who, "Activation code issued", now, after=_masked(label))
        changes.record_change(changes.POLICIES, now)
    return _code(row, None)


def revoke(text: str, now: int, who: str = audit.COMMAND_LINE) -> Code:
    """Revoke a code: from the next packet on it is unknown. Raise Refused where it is not an active code."""
    label = label_of(text)
    with db.write():
        row = ActivationCode.get_or_none(ActivationCode.label == label)
        if row is None:
            raise Refused(
                f"{_masked(label)} is no activation code of this installation: compare it with the portal's page."
            )
        if row.revoked_at is not None:
            raise Refused(f"{_masked(label)} has been revoked already.")
        _revoke(row, now, who)
    return _code(row, None)


def rotate(organization_id: int, code_id: int, overlap: int, now: int, who: str) -> tuple[Code, Code]:
    """Replace an active code, which is still answered for `overlap` days; return the new code and the old one.

    The new code ends when the old one would have ended: a limit on a subscription holds for its later codes, too. Raise
    Refused where the code is not active or `overlap` is not allowed.
    """
    if not 1 <= overlap <= LONGEST_OVERLAP:
        raise Refused(
            f"Let the present code go on for 1 to {LONGEST_OVERLAP} days: mail servers must be changed meanwhile."
        )
    with db.write():
        old = _active_row(organization_id, code_id, now)
        if old.replaced_at is not None:
            raise Refused("This code has been replaced already: replace the new one.")
        label = _new_label()
        new = ActivationCode.create(
            organization=organization_id, label=label, created_at=now, expires_at=old.expires_at
        )
        ends = now + overlap * DAY
        old.replaced_at, old.expires_at = now, min(ends, old.expires_at or ends)
        old.save()
        audit.record(organization_id, who, "Activation code replaced", now, _masked(old.label), _masked(label))
        changes.record_change(changes.POLICIES, now)
    return _code(new, None), _code(old, None)


def revoke_own(organization_id: int, code_id: int, now: int, who: str) -> Code:
    """Revoke a code of this organization. Raise Refused where it is not active or belongs to another one."""
    with db.write():
        row = _active_row(organization_id, code_id, now)
        _revoke(row, now, who)
    return _code(row, None)


def past(organization_id: int, now: int) -> list[Code]:
    """Return the codes that ended or were revoked in the last thirty days, the newest first."""
    first = now - PAST_SHOWN
    over = (ActivationCode.revoked_at > first) | (
        (ActivationCode.expires_at > first) & (ActivationCode.expires_at <= now)
    )
    rows = ActivationCode.select().where((ActivationCode.organization == organization_id) & over)
    return [_code(row, None) for row in rows.order_by(ActivationCode.id.desc())]


def active(organization_id: int, now: int) -> list[Code]:
    """Return the codes that are answered now, the newest first."""
    asked = LastAsked.get_or_none(LastAsked.organization == organization_id)
    rows = (
        ActivationCode.select()
        .where((ActivationCode.organization == organization_id) & ActivationCode.revoked_at.is_null())
        .order_by(ActivationCode.id.desc())
    )
    return [_code(row, asked) for row in rows if row.expires_at is None or now < row.expires_at]


def label_of(text: str) -> str:
    """Read a code as people write it, with or without dashes. Raise Refused where it cannot be one."""
    label = text.strip().replace("-", "").lower()
    if len(label) != LENGTH or not (label.isascii() and label.isalnum()):
        raise Refused(
            f"An activation code has {LENGTH} letters and digits, with or without dashes; this one has {len(label)}."
        )
    return label


def _new_label() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def _active_row(organization_id: int, code_id: int, now: int) -> Any:
    row = ActivationCode.get_or_none((ActivationCode.id == code_id) & (ActivationCode.organization == organization_id))
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise Refused("This code is not active any more: reload the page to see those that are.")
    return row


def _revoke(row: ActivationCode, now: int, who: str) -> None:
    row.revoked_at = now
    row.save()
    audit.record(row.organization_id, who, "Activation code revoked", now, before=_masked(row.label))
    changes.record_change(changes.POLICIES, now)


def _masked(label: str) -> str:
    """Enough to tell codes apart in a log, too little to ask with."""
    return f"{label[:4].upper()}-…"


def _code(row: ActivationCode, asked: LastAsked | None) -> Code:
    return Code(
        row.organization_id,
        row.label,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        last_asked_at=asked.last_at if asked else None,
        id=row.id,
        replaced_at=row.replaced_at,
    )


def end_at(organization_id: int, code_id: int, expires_at: int | None, now: int, who: str) -> Code:
    """Set when an active code ends: a future time in Unix seconds, or None for never. Raise Refused."""
    if expires_at is not None and expires_at <= now:
        raise Refused("The end of a code must be in the future; to end it now, revoke it.")
    if expires_at is not None and expires_at >= FOREVER:
        raise Refused("The end of the code is too far away: leave it out for a code without an end.")
    with db.write():
        row = _active_row(organization_id, code_id, now)
        before, row.expires_at = row.expires_at, expires_at
        row.save()
        what = f"End of the activation code {masked(row.label)} changed"
        audit.record(organization_id, who, what, now, _written(before), _written(expires_at))
        changes.record_change(changes.POLICIES, now)
    return _code(row, None)


def masked(label: str) -> str:
    """Return the first letters of a code: enough to tell codes apart, too few to ask with."""
    return _masked(label)


def _written(timestamp: int | None) -> str:
    return "never" if timestamp is None else datetime.fromtimestamp(timestamp, UTC).strftime("%Y-%m-%d %H:%M UTC")
