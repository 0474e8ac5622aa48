"""A stored table of origins that is damaged gives way to the one before it, or to the bundled one, and is fetched anew.

As with the lists of feeds (damaged_lists.py), who reads it writes nothing: `set_aside` lets the row say what was found.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from reputation import faults
from reputation.publisher import damaged_lists
from reputation.store import audit, damage, db
from reputation.store.models import OriginRevision
from reputation.store.models import database as proxy

log = logging.getLogger("gatepost.publisher")

Read = TypeVar("Read")
FAULT = "stored origins"
TABLE = "table of origins"
LONGEST = 300  # characters of a reason
AGAIN = 60  # seconds after which what could not be written is tried again

# All but the content, which is megabytes.
METADATA = [field for field in OriginRevision._meta.sorted_fields if field.name != "content"]

_found: dict[int, tuple[Any, str]] = {}  # the database and why, by the number of the row, until that says it, too
_lock = threading.Lock()
_tried_at: dict[int, float] = {}  # by the monotonic clock
_waiting: dict[int, tuple[Any, int]] = {}  # the database, and until when, by the number of the row


def newest(read: Callable[[bytes], Read]) -> tuple[Any, Read] | None:
    """Read the newest table that can be read; return its row and what `read` makes of its content.

    Return None where only the bundled one can be read.
    """
    for row in list(_whole().order_by(OriginRevision.id.desc())):
        try:
            with damage.named():
                content = db.read_blob(OriginRevision.content, row.id)
            if content is not None:
                return row, read(content)
        except ValueError as error:
            _note(row.id, str(error))
    return None


def in_use() -> Any:
    """Return the row of the newest table that is not damaged, without its content; None where there is none."""
    noted = [number for number, (database, _) in list(_found.items()) if database is proxy.obj]
    return _whole().where(OriginRevision.id.not_in(noted)).order_by(OriginRevision.id.desc()).first()


def set_aside(now: int) -> list[str]:
    """Write down which tables were found to be damaged; return their numbers. What cannot be written is tried again."""
    done = []
    for number, (database, why) in list(_found.items()):
        if database is not proxy.obj or time.monotonic() - _tried_at.get(number, -AGAIN) < AGAIN:
            continue
        _tried_at[number] = time.monotonic()
        try:
            is_stuck = _set_aside(number, why, now)
        except (damage.Damaged, *damage.ERRORS) as error:
            log.error("The damaged table of origins cannot be set aside: %s", error)
            continue
        if is_stuck:
            _tried_at[number] = math.inf  # never again
        else:
            with _lock:
                _found.pop(number, None)
            _tried_at.pop(number, None)
        done.append(str(number))
    return done


def standing() -> str:
    """Return what is said where the newest table is damaged, until another one was loaded; "" where it is not."""
    row = _newest_row()
    if row is None:
        return ""
    database, why = _found.get(row.id, (None, ""))
    why = why if database is proxy.obj else row.damage
    if not why:
        return ""
    before = in_use()
    instead = f"the one before, of {before.dated}, is in use" if before else "the bundled one is in use"
    return f"The stored table of origins of {row.dated} cannot be read. {why} Until another one is loaded, {instead}."


def wait_until(second: int) -> None:
    """Keep that the source of the table wants no question before this second."""
    row = _newest_row()
    if row is None:
        return
    _waiting[row.id] = proxy.obj, second
    try:
        with damage.named():
            OriginRevision.update(retry_at=second).where(OriginRevision.id == row.id).execute()
    except damage.Damaged as error:  # it is kept until the program ends
        log.error("When the table of origins is asked for again cannot be written: %s", error)


def waits_until() -> int:
    """Return the second before which the source of the table wants no question; 0 where it has not said so."""
    row = _newest_row()
    if row is None:
        return 0
    database, second = _waiting.get(row.id, (None, 0))
    return max(int(row.retry_at), second if database is proxy.obj else 0)


def look_at_all() -> None:
    """Find tables that the database cannot read: SQLite cannot remove them either, and then writes nothing else."""
    for row in list(OriginRevision.select(OriginRevision.id)):
        try:
            with damage.named():
                db.read_blob(OriginRevision.content, row.id)
        except damage.Damaged as error:
            _note(row.id, str(error))


def remove_others(kept: Sequence[int]) -> None:
    """Remove all tables but these and what cannot be read. Call it inside the transaction that stores another one."""
    stays = [*kept, *(number for number, (database, _) in _found.items() if database is proxy.obj)]
    OriginRevision.delete().where(OriginRevision.id.not_in(stays)).execute()


def all_damage() -> dict[str, str]:
    """Return what is said of all that is stored and cannot be read, by the name of its feed, or TABLE."""
    found = {one.name: f"Feed {one.name}: {one.text}" for one in damaged_lists.standing().values()}
    said = standing()
    return found | ({TABLE: said} if said else {})


def tell(now: int) -> None:
    """Tell the room of faults whether the stored table is damaged."""
    said = standing()
    if said:
        faults.raised(FAULT, said, now)
    else:
        faults.gone(FAULT, now)


def _newest_row() -> Any:
    return OriginRevision.select(*METADATA).order_by(OriginRevision.id.desc()).first()


def _whole() -> Any:
    return OriginRevision.select(*METADATA).where(OriginRevision.damage == "")


def _note(number: int, why: str) -> None:
    with _lock:
        is_new = number not in _found or _found[number][0] is not proxy.obj
        _found[number] = (proxy.obj, why[:LONGEST])
    if is_new:
        log.error("A stored table of origins cannot be read, the one before it is used: %s", why)


def _set_aside(number: int, why: str, now: int) -> bool:
    """Tell whether the row itself cannot be changed: SQLite reads all of it, and then writes nothing else."""
    try:
        with damage.named(), db.write():
            _write_down(number, why, True, now)
    except damage.Damaged:
        with damage.named(), db.write():
            _write_down(number, why, False, now)
        return True
    return False


def _write_down(number: int, why: str, marks: bool, now: int) -> None:
    row = OriginRevision.select(*METADATA).where(OriginRevision.id == number).first()
    if row is None or row.damage:
        return
    if marks:
        values = {"damage": why, "etag": "", "last_modified": ""}
        OriginRevision.update(values).where(OriginRevision.id == number).execute()
    # The one before is older than what its source has now: it is asked for in full.
    stuck = [one for one, (database, _) in _found.items() if database is proxy.obj]
    OriginRevision.update(etag="", last_modified="").where(OriginRevision.id.not_in(stuck)).execute()
    audit.record(None, audit.SELF, "Damaged table of origins set aside", now, f"{row.source} of {row.dated}", why)
