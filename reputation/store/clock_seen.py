"""When this installation last looked at the clock, so that a start knows how far it has moved since.

It is a row beside those of the parts of the snapshot, and none of them.
"""

from __future__ import annotations

from reputation.store import db
from reputation.store.models import Part

NAME = "clock seen"
EVERY = 60  # seconds: a difference that is not worth writing


def last() -> int:
    """Return the last time that was noted, in Unix seconds; 0 where none was."""
    row = Part.get_or_none(Part.name == NAME)
    return int(row.changed_at) if row else 0


def note(now: int) -> None:
    """Note the present time (Unix seconds), also where it is before the last one."""
    if abs(now - last()) < EVERY:
        return
    with db.write():
        Part.insert(name=NAME, generation=0, changed_at=now).on_conflict(
            conflict_target=[Part.name], update={Part.changed_at: now}
        ).execute()
