"""An organization's choice about its query log: on, masked or off. It also deletes the log."""

from __future__ import annotations

from peewee import SQL

from reputation.counting.query_log import MASKED, OFF, ON, sweep
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import Organization, QueryLogEntry

CHOICES = (ON, MASKED, OFF)
MOST_COUNTED = 10_000  # rows that a page counts


def chosen(organization_id: int) -> str:
    """Return the organization's choice: on, masked or off."""
    return str(Organization.select(Organization.query_log).where(Organization.id == organization_id).scalar())


def choose(organization_id: int, wanted: str, now: int, who: str) -> str:
    """Choose how the log is kept from now on; return the choice before. Raise Refused for an unknown choice.

    What was written before stays as it is.
    """
    if wanted not in CHOICES:
        raise Refused(f"The query log is on, masked or off, not {wanted!r}.")
    with db.write():
        before = chosen(organization_id)
        if before != wanted:
            Organization.update(query_log=wanted).where(Organization.id == organization_id).execute()
            audit.record(organization_id, who, "Query log setting changed", now, before, wanted)
    return before


def row_count(organization_id: int) -> int:
    """Count the rows of the organization's log, as far as MOST_COUNTED; one more stands for all that are beyond.

    A log has a million rows, and nobody needs to know exactly how many on each of its pages.
    """
    some = QueryLogEntry.select(SQL("1")).where(QueryLogEntry.organization == organization_id).limit(MOST_COUNTED + 1)
    return int(some.count())


def delete_all(organization_id: int, now: int, who: str) -> int:
    """Remove every row of the organization's log; return how many.

    It does so in small steps, so that counting goes on meanwhile. The audit log is told first: where a step fails, no
    row has gone without a word.
    """
    mine = QueryLogEntry.organization == organization_id
    with db.write():
        rows = QueryLogEntry.select().where(mine).count()
        audit.record(organization_id, who, "Query log deleted", now, before=f"{rows} rows")
    return sweep(mine)
