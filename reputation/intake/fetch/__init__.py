"""Fetches a list by HTTP(S) or from a file: all of it, and never more than a bound of octets or seconds.

It returns octets and validators, and knows no format, feed or database. Every fault is a FetchError with a sentence.
"""

import re

from reputation.intake.fetch.asking import KEY_HEADERS, checked_key_header, is_same_place, use_proxy
from reputation.intake.fetch.fetched import Fetched, FetchError, NotThere, TooLarge
from reputation.intake.fetch.files import from_file, path_of
from reputation.intake.fetch.patience import Patience

__all__ = [
    "KEY_HEADERS",
    "PATIENT",
    "FetchError",
    "Fetched",
    "NotThere",
    "Patience",
    "TooLarge",
    "checked_key_header",
    "checked_source",
    "fetch",
    "is_same_place",
    "use_proxy",
]

URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
PATIENT = Patience()


def fetch(
    source: str,
    max_bytes: int,
    etag: str = "",
    modified: str = "",
    patience: Patience = PATIENT,
    key_header: str = "",
    has_waited: bool = False,
) -> Fetched:
    """Fetch what is at a URL or in a file, unless it is still what `etag` and `modified` name.

    `max_bytes` bounds what arrives, in octets, and what it unpacks to. `key_header` is `NAME: VALUE`, sent
    to the source alone. `has_waited` says that the source wanted no question for a time, and that this is over. Raise
    FetchError, which explains the fault.
    """
    if _is_url(source):
        from reputation.intake.fetch.web import (
            from_url,  # with all of HTTP: whoever fetches nothing does not wait for it
        )

        return from_url(source, max_bytes, etag, modified, patience, key_header, has_waited)
    return from_file(path_of(source), max_bytes, etag)


def checked_source(source: str) -> str:
    """Return the source as it is stored: a URL unchanged, a file by its full path.

    So it does not matter in which folder the next fetch runs. Raise FetchError where it cannot be a source.
    """
    text = source.strip()
    if not text:
        raise FetchError("A feed needs a source: a URL or the path of a file.")
    if not _is_url(text):
        return str(path_of(text))
    from reputation.intake.fetch.web import check_url  # as above

    check_url(text)
    return text


def _is_url(source: str) -> bool:
    return bool(URL.match(source)) and not source.lower().startswith("file://")
