"""Brings a list here: by HTTP(S) or from a file, whole, and never more than a bound of bytes or seconds.

Gives bytes and validators; knows no format, no feed and no database. All errors are one FetchError with a sentence.
"""

import re

from reputation.intake.fetch.fetched import Fetched, FetchError
from reputation.intake.fetch.files import from_file, path_of
from reputation.intake.fetch.web import Patience, check_url, from_url

__all__ = ["PATIENT", "FetchError", "Fetched", "Patience", "checked_source", "fetch"]

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
PATIENT = Patience()


def fetch(source: str, max_bytes: int, etag: str = "", modified: str = "", patience: Patience = PATIENT) -> Fetched:
    """What lies at a URL or in a file, unless it still is what `etag` and `modified` name. FetchError tells the fault.

    `max_bytes` bounds what arrives and what it unpacks to."""
    if _is_url(source):
        return from_url(source, max_bytes, etag, modified, patience)
    return from_file(path_of(source), max_bytes, etag)


def checked_source(source: str) -> str:
    """The source as it is kept: a URL as it is, a file by its full path, whatever folder the next fetch runs in."""
    text = source.strip()
    if not text:
        raise FetchError("A feed needs a source: a URL or the path of a file.")
    if not _is_url(text):
        return str(path_of(text))
    check_url(text)
    return text


def _is_url(source: str) -> bool:
    return bool(URL.match(source)) and not source.lower().startswith("file://")
