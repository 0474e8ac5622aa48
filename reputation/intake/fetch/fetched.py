"""What each way of fetching returns, and the one error that each way raises."""

from typing import NamedTuple


class FetchError(Exception):
    """The list could not be fetched; the text says why. `wait` are seconds in which the source wants no question."""

    def __init__(self, text: str, wait: int = 0) -> None:
        """`text` is a sentence for a person."""
        super().__init__(text)
        self.wait = wait


class NotThere(FetchError):
    """The server has no such file, and says so."""


class TooLarge(FetchError):
    """What was to be fetched is larger than its bound."""


class Fetched(NamedTuple):
    """What a fetch brought. `body` is None where nothing changed. `etag` and `modified` are for the next request.

    `doubt` says why the body may have been cut short, where nothing tells its end; "" where it is whole.
    """

    body: bytes | None
    etag: str
    modified: str
    doubt: str = ""


def too_large(name: str, max_bytes: int) -> TooLarge:
    """Make the error for a list that is larger than its bound; its sentence says how to raise the bound."""
    return TooLarge(
        f"{name} is larger than {max_bytes:,} bytes; if it is meant so, raise that bound: feed bound NAME max_bytes=N."
    )
