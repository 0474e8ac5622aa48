"""Whether the database can be read and written, as the room of faults has it.

It is told by whoever meets an error, and looked at again and again, so that a fault is over soon after its cause is.
"""

from __future__ import annotations

import sqlite3

from peewee import PeeweeException

from reputation import faults
from reputation.store import changes, db, trouble
from reputation.store.models import Secret
from reputation.store.trouble import Trouble

WRITTEN = "written"  # the row of the table of secrets that says when it was last tried to write
EVERY = 60  # seconds after which it is tried though nothing is known to be wrong


def tell(error: BaseException, now: int) -> Trouble | None:
    """Tell the room of faults what an error says of the database; return it, None where it says nothing of it."""
    found = db.trouble_of(error)
    if found and found.name:
        faults.raised(found.name, found.remedy, now)
    return found


def look(now: int) -> None:
    """Read the database, and write it once a minute or where that has failed; raise the error where it cannot.

    What stood and works again is told to be over.
    """
    try:
        changes.states()
        faults.gone(trouble.DATABASE, now)
        if faults.of_kind(trouble.WRITES) or _is_due(now):
            note_write(now)
            faults.gone(trouble.WRITES, now)
    except (PeeweeException, sqlite3.Error) as error:
        tell(error, now)
        raise


def note_write(now: int) -> None:
    """Write down the present time, which shows that the database takes it."""
    content = str(now).encode()
    with db.write():
        row = Secret.insert(name=WRITTEN, content=content)
        row.on_conflict(conflict_target=[Secret.name], update={Secret.content: content}).execute()


def _is_due(now: int) -> bool:
    row = Secret.get_or_none(Secret.name == WRITTEN)
    return row is None or abs(now - int(bytes(row.content) or b"0")) >= EVERY
