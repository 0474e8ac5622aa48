"""The opening of the database. Where it cannot be used and DNS answers as of before, it is tried again and again.

Nothing is made in place of a database that has gone: that would be served as "nothing is listed".
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from reputation import faults
from reputation.refusal import StoreError
from reputation.settings import SettingsError
from reputation.store.closed import close_tables
from reputation.store.trouble import DATABASE
from serving.ending import Stopped

log = logging.getLogger("gatepost")

FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0  # seconds between two tries
LOOK_SECONDS = 0.1

Found = TypeVar("Found")


def close_until_opened() -> None:
    """Refuse everybody a connection until the database has been opened."""
    close_tables("The database is not open yet: wait a few seconds.")


def opened(
    attempt: Callable[[], Found], waits: bool, meanwhile: Callable[[], None], is_over: Callable[[], bool]
) -> Found:
    """Return what an attempt to open the database finds.

    Where it raises StoreError or SettingsError and not `waits`, raise that. Else close the tables to everybody with the
    sentence, call `meanwhile`, and try again, ever more seldom; once the program `is_over`, raise Stopped.
    """
    seconds = FIRST_WAIT
    while True:
        try:
            found = attempt()
        except (StoreError, SettingsError) as error:
            if is_over():
                raise Stopped from None
            if not waits:
                raise
            close_tables(str(error))
            faults.raised(DATABASE, str(error), int(time.time()))
            meanwhile()
        else:
            return found  # the job that watches the database ends the fault, and tells how long it stood
        _wait(seconds, is_over)
        if is_over():
            raise Stopped
        seconds = min(seconds * 2, LONGEST_WAIT)


def _wait(seconds: float, is_over: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and not is_over():
        time.sleep(LOOK_SECONDS)
