"""Whether a database is one that this program may go on with: what was done to it before, and what was served of it.

Where a database has gone or was emptied, an empty one in its place would be served as "nothing is listed". What was
served lies in the data folder; so it is told, and a person decides.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from reputation.refusal import StoreError
from reputation.verdict import prepared


def check(runner: Any, name: str, url: str, data: Path) -> None:
    """Check the migrations that were run on a database; `runner` is playhouse's, `name` says which database it is.

    Raise StoreError where a newer program has changed it, and where it is empty and was not so before.
    """
    applied = runner.applied()
    unknown = sorted(set(applied) - {migration.name for migration in runner.migrations()})
    if unknown:
        raise StoreError(
            f"{name} was changed by a newer version of Gatepost ({unknown[-1]}): start that version, or put back a "
            "backup of before."
        )
    if not applied:
        check_is_new(f"{name} is empty", url, data)


def check_is_new(what: str, url: str, data: Path) -> None:
    """Raise StoreError where something was served of the database at this URL; `what` says what is wrong with it."""
    if prepared.may_be_of(data, prepared.database_id(url)):
        raise StoreError(
            f"{what}, and what was served of it lies in {data / prepared.FOLDER}: put back the database, from a backup "
            "if need be. To begin anew with an empty one, remove that folder and start the program again."
        )
