"""Lists in local files.

The validator is the file's size, time and number, so that an unchanged file is not read again.
"""

import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from reputation.intake.fetch.fetched import Fetched, FetchError, too_large


def path_of(source: str) -> Path:
    """Return the file that a path or a file:// address names; a relative path counts from the current folder.

    Raise FetchError where the address names another machine.
    """
    if source.lower().startswith("file://"):
        try:
            parts = urlsplit(source)
        except ValueError:
            raise FetchError("What follows file:// is no path: write file:///path, or the path alone.") from None
        if parts.netloc not in ("", "localhost"):
            raise FetchError(
                f"The source names a file on another machine, {parts.hostname}: write file:///path, or give a URL."
            )
        return Path(unquote(parts.path))
    return Path(source).expanduser().absolute()


def from_file(path: Path, max_bytes: int, etag: str) -> Fetched:
    """Read a regular file of at most `max_bytes` octets, unless its validator is still `etag`. Raise FetchError."""
    try:
        # without O_NONBLOCK a named pipe would make us wait for its writer
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return _read(descriptor, path, max_bytes, etag)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise FetchError(f"There is no file {path}.") from None
    except PermissionError:
        raise FetchError(f"{path} may not be read by this user: give it the right to.") from None
    except (OSError, ValueError) as error:  # the latter: a zero byte in the path
        raise FetchError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


def _read(descriptor: int, path: Path, max_bytes: int, etag: str) -> Fetched:
    status = os.fstat(descriptor)
    tag = _file_tag(status)
    if not stat.S_ISREG(status.st_mode):
        raise FetchError(f"{path} is {_kind(status.st_mode)}, not a file.")
    if status.st_size > max_bytes:
        raise too_large(str(path), max_bytes)
    if etag == tag:
        return Fetched(None, tag, "")
    with open(descriptor, "rb", closefd=False) as file:
        body = file.read(max_bytes + 1)
    if _file_tag(os.fstat(descriptor)) != tag or len(body) != status.st_size:
        raise FetchError(f"{path} changed while it was read: have it written beside and renamed when whole.")
    return Fetched(body, tag, "")


def _file_tag(status: os.stat_result) -> str:
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
