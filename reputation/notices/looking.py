"""What is not well in the tables and on this machine, looked for regularly and told to the room of faults.

A row of LOOKS is a kind of fault with the function that finds it; alerts of these kinds read the room. What happens
elsewhere is told where it happens: a job that fails, a database that is away.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from reputation import data_folder, faults
from reputation.notices import mailer
from reputation.publisher import UNPUBLISHED
from reputation.store import db
from reputation.store.models import ExchangeChoice, ExchangePeer, Feed

FEED, EXCHANGE, MAIL_LOG, DISK, LETTERS = "feed", "exchange", "mail log", "disk", "letters"
PART = UNPUBLISHED
DAY = 86400
FEW_BYTES, SMALL_SHARE = 500 << 20, 0.05  # of the disk's room

Sentences = Mapping[str, str]  # by their subjects
Looks = tuple[tuple[str, "Callable[[Sight], Sentences]"], ...]


class Sight(NamedTuple):
    """What is looked at. `now` is in Unix seconds."""

    data: Path
    now: int
    sources: Sentences  # what is wrong with a followed mail log or the mailbox of complaints, by its name
    unpublished: Sentences  # why a part of the snapshot could not be built, by its name


def look(sight: Sight) -> None:
    """Tell the room what is not well now, and what is no longer so."""
    _look(OF_THE_MACHINE, sight)
    with db.connected():
        _look(OF_THE_TABLES, sight)


def _look(looks: Looks, sight: Sight) -> None:
    for kind, find in looks:
        faults.found(kind, find(sight), sight.now)


def failed_feeds() -> Sentences:
    """Find the feeds whose last fetch has failed; of what has a fault of its own that one tells."""
    rows = Feed.select().where((Feed.status == "failed") & ~Feed.paused)
    told = {fault.partition(":")[2] for kind in ("import", "stored list") for fault in faults.names(kind)}
    return {row.name: f"Feed {row.name}: {row.message}" for row in rows if row.name not in told}


def unwritable(data: Path, now: int) -> Sentences:
    """Find out whether the data folder cannot be written; where it can, what was told of it at the start is over."""
    if os.access(data, os.W_OK):  # also of a disk that is read-only by now
        faults.gone(data_folder.FAULT, now)
        return {}
    return {"": f"The data folder {data} cannot be written: let this user write there, and look at `mount`."}


def full_disk(data: Path) -> Sentences:
    """Find out whether the disk of the data folder has hardly any room left."""
    try:
        usage = shutil.disk_usage(data)
    except OSError as error:
        return {str(data): f"The data folder {data} cannot be looked at ({error.strerror}): see whether it is there."}
    if usage.free > min(FEW_BYTES, usage.total * SMALL_SHARE):
        return {}
    text = f"The disk that holds {data} has {usage.free >> 20} MB left. Make room: without it nothing can be counted."
    return {str(data): text}


def exchange(now: int) -> Sentences:
    """Find what has been wrong with the exchange for a day: with a peer, or with what we give."""
    one = ExchangePeer
    found: dict[str, str] = {}
    for row in one.select().where(~one.paused & ((one.problem != "") | one.revoked_at.is_null(False))):
        if row.revoked_at is not None:
            found[row.name] = f"{row.name} has revoked its key: nothing of it counts until you accept another one."
        elif now - max(row.taken_at, row.added_at) >= DAY:
            found[row.name] = f"Nothing was taken from {row.name} for a day. {row.problem}"
    for choice in ExchangeChoice.select(ExchangeChoice.problem).where(ExchangeChoice.problem != ""):
        found["ourselves"] = f"Nothing is given to other installations. {choice.problem}"
    return found


def letters() -> Sentences:
    """Find out whether the mail server does not take our letters."""
    count, problem = mailer.put_off()
    return {"": f"{count} letters wait, the mail server does not take them: {problem}"} if count else {}


# What needs no table is found while the database is away, too.
OF_THE_MACHINE: Looks = (
    (data_folder.FAULT, lambda sight: unwritable(sight.data, sight.now)),
    (DISK, lambda sight: full_disk(sight.data)),
    (PART, lambda sight: sight.unpublished),
    (MAIL_LOG, lambda sight: {source[-200:]: text for source, text in sight.sources.items()}),
)
OF_THE_TABLES: Looks = (
    (FEED, lambda sight: failed_feeds()),
    (EXCHANGE, lambda sight: exchange(sight.now)),
    (LETTERS, lambda sight: letters()),
)
LOOKS = OF_THE_MACHINE + OF_THE_TABLES
