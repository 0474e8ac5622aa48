"""What every way of fetching gives, and the one error that every way raises."""

from typing import NamedTuple


class FetchError(Exception):
    """The list could not be brought here; the text says why."""


class Fetched(NamedTuple):
    """`body` is None where the source says that nothing changed. `etag` and `modified` are for the next time."""

    body: bytes | None
    etag: str
    modified: str


def too_large(name: str, max_bytes: int) -> str:
    return (
        f"{name} is larger than {max_bytes:,} bytes; if it is meant so, raise that bound: feed bound NAME max_bytes=N."
    )
