"""The data folder: made for one user alone, and asked whether it can be used. It knows no file in it."""

from __future__ import annotations

import os
import pwd
import tempfile
from pathlib import Path

from reputation.settings import SettingsError

FAULT = "data folder"  # the fault where it cannot be written

OWN = 0o077  # the umask of what nobody else may read


def prepare(data: Path) -> None:
    """Make the folder where it is missing, and see that it can be written. Raise SettingsError, which says why not."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = data / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"The data folder {data} cannot be written ({_why(data, error)}): "
            "give another with --data, or let this user write there."
        ) from None


def make_files_for_one_user() -> None:
    """Make files and folders for the user of this process alone from now on, whatever the umask was."""
    os.umask(OWN)


def put_temporary_files_into(data: Path) -> None:
    """Put temporary files into the data folder, whatever TMPDIR says: it is the one that must have room."""
    tempfile.tempdir = os.environ["SQLITE_TMPDIR"] = str(
        data.absolute()
    )  # SQLite reads the variable whenever it makes one


def _why(data: Path, error: OSError) -> str:
    """What is wrong with the folder, as far as can be seen."""
    reason = error.strerror or str(error)
    try:
        found = data.stat()
    except OSError:
        return reason
    if not data.is_dir():
        return "it is a file"
    if found.st_uid != os.geteuid():
        return f"{reason}; it belongs to {_user(found.st_uid)}, and this program runs as {_user(os.geteuid())}"
    return reason


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
