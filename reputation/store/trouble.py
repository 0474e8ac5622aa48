"""What is wrong with the database, told from its errors: one name and one sentence for each cause, whoever shows it.

It reads errors of peewee, of SQLite and of PostgreSQL's driver. It knows neither the tables nor who asks.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple

from peewee import DatabaseError, InterfaceError, OperationalError, PeeweeException

DATABASE = "database"  # it cannot be read
WRITES = "database writes"  # it can be read, and not written
DAMAGE = "database damage"  # a part of it cannot be read: it stands until the next start
MOST_CAUSES = 20  # errors that led to each other
OURSELVES = "OURSELVES"  # no error of SQLite: a thread of this program has waited for another one
BUSY_OURSELVES = "waited for other threads of this program"


class Trouble(NamedTuple):
    """What is wrong with the database.

    `name` is that of the fault, "" where it is over with this statement; `sentence` is what everybody may know;
    `remedy` tells the operator what is wrong and what to do; `again` is after how many seconds it is worth another try.
    """

    name: str
    sentence: str
    remedy: str
    again: int

    @property
    def soon(self) -> str:
        """Return in words after how long it is worth another try."""
        return f"{self.again // 60} min" if self.again >= 60 else "a few seconds"


class Unwell(Exception):
    """The database cannot answer; `trouble` says why. It is raised where an error of it was already understood."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.trouble = trouble


SAVE = "so that nothing can be saved at the moment. What is stored can still be read"
# By the beginning of SQLite's name for the error, the longest that fits. {place} is the file, {said} SQLite's words.
SQLITE = {
    "SQLITE_BUSY": Trouble(
        WRITES,
        f"Another program holds the database of this installation, {SAVE}.",
        "{place} is locked by another program: end it (`fuser {place}` names it), or wait until it is done.",
        10,
    ),
    "SQLITE_FULL": Trouble(
        WRITES,
        f"The disk of this installation is full, {SAVE}.",
        "There is no room left for {place} ({said}): make room on its disk.",
        60,
    ),
    "SQLITE_READONLY": Trouble(
        WRITES,
        f"The database of this installation may not be written, {SAVE}.",
        "{place} cannot be written ({said}): give this user the right to write it and its folder, and see whether the "
        "disk is mounted read-only.",
        60,
    ),
    "SQLITE_READONLY_DBMOVED": Trouble(
        DATABASE,
        "The database of this installation is not where it was, so that nothing can be read or saved.",
        "{place} was moved, removed or replaced while it was in use: put it back, and start the program anew.",
        60,
    ),
    "SQLITE_CANTOPEN": Trouble(
        DATABASE,
        "The database of this installation cannot be opened, so that nothing can be read or saved.",
        "{place} cannot be opened ({said}): see whether it is there, and give this user the right to read and write it "
        "and its folder.",
        30,
    ),
    "SQLITE_CORRUPT": Trouble(
        DAMAGE,
        "The database of this installation is damaged, so that this cannot be read or saved.",
        "{place} is damaged ({said}): put back a backup of it, or move it away to begin anew.",
        300,
    ),
    "SQLITE_IOERR": Trouble(
        WRITES,
        "The disk of this installation cannot be read or written.",
        "{place} cannot be read or written ({said}): see whether its disk is full or failing, which `dmesg` tells.",
        60,
    ),
    "SQLITE_NOMEM": Trouble(
        DATABASE,
        "This installation has not enough memory for this.",
        "There is no memory left to read {place}: give the machine more, or end other programs.",
        30,
    ),
}
SQLITE |= {
    "SQLITE_LOCKED": SQLITE["SQLITE_BUSY"],
    "SQLITE_PROTOCOL": SQLITE["SQLITE_BUSY"],
    "SQLITE_PERM": SQLITE["SQLITE_CANTOPEN"],
    "SQLITE_AUTH": SQLITE["SQLITE_CANTOPEN"],
    "SQLITE_NOTADB": SQLITE["SQLITE_CORRUPT"],
    "SQLITE_IOERR_READ": SQLITE["SQLITE_IOERR"]._replace(name=DATABASE),
    "SQLITE_IOERR_SHORT_READ": SQLITE["SQLITE_IOERR"]._replace(name=DATABASE),
    OURSELVES: Trouble(
        "",
        "Something large is being saved here at the moment. Try again in a few seconds.",
        "{place} is being written by this program itself for long: try again in a few seconds.",
        5,
    ),
}
# Where SQLite gave its words and no name, as an error that a thread of ours raises for it.
SQLITE_SAYS = {
    BUSY_OURSELVES: OURSELVES,
    "is locked": "SQLITE_BUSY",
    "is full": "SQLITE_FULL",
    "readonly": "SQLITE_READONLY",
    "unable to open": "SQLITE_CANTOPEN",
    "malformed": "SQLITE_CORRUPT",
    "not a database": "SQLITE_CORRUPT",
    "disk I/O error": "SQLITE_IOERR",
}
LACKS_A_TABLE = Trouble(
    DATABASE,
    "The database of this installation lacks what this page shows.",
    "{place} lacks a table or a column ({said}): it was replaced, or is of another version. Put back a backup, and "
    "start the program anew.",
    300,
)
# By the beginning of PostgreSQL's code (its manual, appendix A), the longest that fits. {place} is the database.
POSTGRESQL = {
    "08": Trouble(
        DATABASE,
        "The database of this installation cannot be reached, so that nothing can be read or saved.",
        "The {place} cannot be used: {said}. Check --database, that the server runs, and the login.",
        10,
    ),
    "57P": Trouble(
        DATABASE,
        "The database of this installation is being stopped or started.",
        "The {place} is being stopped or started: {said}.",
        10,
    ),
    "57014": Trouble(
        "",
        "The database of this installation took too long for this and was stopped. Ask for less at once, or try again.",
        "The {place} took too long for one statement: {said}.",
        30,
    ),
    "55P03": Trouble(
        WRITES,
        f"Somebody else holds what this would change, {SAVE}.",
        "The {place} holds a lock for another session ({said}): `select * from pg_stat_activity` names it.",
        10,
    ),
    "40": Trouble(
        "",
        "Two changes met, and this one was taken back. Send it again.",
        "The {place} took back one of two transactions that met: {said}.",
        1,
    ),
    "53100": Trouble(
        WRITES,
        f"The disk of this installation's database is full, {SAVE}.",
        "The {place} has no room left ({said}): make room on the disk of its server.",
        60,
    ),
    "53200": Trouble(
        DATABASE,
        "The database of this installation has not enough memory for this.",
        "The {place} has no memory left: {said}.",
        30,
    ),
    "53300": Trouble(
        DATABASE,
        "The database of this installation takes no more connections at the moment.",
        "The {place} takes no more connections ({said}): raise how many it takes, or end other programs.",
        10,
    ),
    "25006": Trouble(
        WRITES,
        f"The database of this installation may only be read, {SAVE}.",
        "The {place} takes no changes ({said}): is it a standby, or was it set to read only? Name the primary server.",
        60,
    ),
    "42501": Trouble(
        DATABASE,
        "This installation may not use its database.",
        "The {place} refuses this user a right ({said}): give the user of --database all rights on its tables.",
        60,
    ),
    "42P01": LACKS_A_TABLE,
    "42703": LACKS_A_TABLE,
    "XX001": Trouble(
        DAMAGE,
        "The database of this installation is damaged, so that this cannot be read or saved.",
        "The {place} is damaged ({said}): put back a backup of it.",
        300,
    ),
    "58": Trouble(
        DATABASE,
        "The disk of this installation's database cannot be read or written.",
        "The {place} cannot use its disk: {said}.",
        60,
    ),
}
POSTGRESQL |= {
    "28": POSTGRESQL["08"],
    "3D": POSTGRESQL["08"],
    "25P03": POSTGRESQL["08"],
    "57P05": POSTGRESQL["08"],
    "XX002": POSTGRESQL["XX001"],
}
# Where there is no database in use yet: the remedy is why.
CLOSED = Trouble(
    DATABASE, "The database of this installation cannot be used, so that nothing can be read or saved.", "", 10
)
ERRORS = (PeeweeException, sqlite3.Error)


def of(error: BaseException, place: str, is_sqlite: bool) -> Trouble | None:
    """Return what an error says of the database at `place`; None where it says nothing, such as a wrong statement.

    What failed first is told, not what failed in giving it up.
    """
    if isinstance(error, Unwell):
        return error.trouble
    if not isinstance(error, ERRORS):
        return None
    told = [made for one in _causes(error) if (made := _of_one(one, place, is_sqlite))]
    return told[-1] if told else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that led to it, the first one last."""
    seen: BaseException | None = error
    for _ in range(MOST_CAUSES):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _of_one(error: BaseException, place: str, is_sqlite: bool) -> Trouble | None:
    if not isinstance(error, DatabaseError | InterfaceError | sqlite3.Error):
        return None
    inner: Any = getattr(error, "orig", None) or error  # what peewee has wrapped
    said = str(inner).strip().partition("\n")[0].rstrip(".")
    found = _of_sqlite(inner, said) if is_sqlite else _of_postgresql(inner, error)
    return found._replace(remedy=found.remedy.format(place=place, said=said)) if found else None


def _of_sqlite(error: Any, said: str) -> Trouble | None:
    name = getattr(error, "sqlite_errorname", "") or ""
    if said.startswith(("no such table", "no such column")):
        return LACKS_A_TABLE
    if name in ("", "SQLITE_ERROR"):
        name = next((one for words, one in SQLITE_SAYS.items() if words in said), "")
    return _longest(SQLITE, name)


def _of_postgresql(error: Any, wrapped: BaseException) -> Trouble | None:
    code = getattr(error, "sqlstate", None) or ""
    if not code:  # the driver's own word: there is no connection
        is_lost = isinstance(wrapped, OperationalError | InterfaceError)
        return POSTGRESQL["08"] if is_lost else None
    return _longest(POSTGRESQL, code)


def _longest(table: dict[str, Trouble], name: str) -> Trouble | None:
    fitting = [one for one in table if name.startswith(one)]
    return table[max(fitting, key=len)] if fitting else None
