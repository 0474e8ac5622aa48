"""The body of a request while it arrives: of a known length, or in chunks (RFC 9112 6 and 7.1).

It is taken out of what was received, and no octet beyond its end. It knows no socket and no clock.
"""

from __future__ import annotations

import re
from typing import Protocol

CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")
LONGEST_LINE = 1024  # of a chunk's size with its extensions, and of a trailer field
LONGEST_TRAILER = 8192  # in all
FEW_CHUNKS, SMALL_CHUNK = 1000, 16  # beyond so many, chunks of fewer octets each are only work


class BadBodyError(Exception):
    """What arrives is no body; the text says what is wrong with it."""


class Body(Protocol):
    """A body that arrives. `content` is what has come of it; `is_too_large` says that no more of it is wanted."""

    content: bytearray
    is_too_large: bool

    def take(self, received: bytearray) -> bool:
        """Take what belongs to the body out of what was received; tell whether it is whole. Raise BadBodyError."""


class KnownBody:
    """A body whose length the headers have said."""

    def __init__(self, length: int, most: int) -> None:
        """`length` and `most` are in octets."""
        self.content = bytearray()
        self.is_too_large = length > most
        self._length = length

    def take(self, received: bytearray) -> bool:
        """Take what belongs to the body out of what was received; tell whether it is whole."""
        missing = self._length - len(self.content)
        self.content += received[:missing]
        del received[:missing]
        return len(self.content) == self._length


class ChunkedBody:
    """A body in chunks; its `content` is without their sizes, and without the trailer, which nobody reads."""

    def __init__(self, most: int) -> None:
        """`most` is in octets."""
        self.content = bytearray()
        self.is_too_large = False
        self._most = most
        self._left = 0  # of the chunk that has begun, with its line end
        self._trailer: int | None = None  # octets of it so far; None before it
        self._chunks = 0

    def take(self, received: bytearray) -> bool:
        """Take what belongs to the body out of what was received; tell whether it is whole. Raise BadBodyError."""
        while not self.is_too_large:
            if self._left:
                if not self._take_chunk(received):
                    return False
            elif (line := _line(received)) is None:
                return False
            elif self._trailer is None:
                self._begin_chunk(line)
            elif not line:
                return True
            else:
                self._count_trailer(line)
        return False

    def _begin_chunk(self, line: bytes) -> None:
        found = CHUNK_SIZE.fullmatch(line)
        if not found:
            raise BadBodyError("The body says that it comes in chunks, and a chunk has no size.")
        size = int(found[1], 16)
        self._chunks += 1
        if self._chunks > FEW_CHUNKS and self._chunks * SMALL_CHUNK > len(self.content):
            raise BadBodyError("The body comes in chunks that are too small: send larger ones.")
        if not size:
            self._trailer = 0
        elif len(self.content) + size > self._most:
            self.is_too_large = True
        else:
            self._left = size + 2

    def _take_chunk(self, received: bytearray) -> bool:
        """Whether the chunk is whole."""
        content = received[: max(0, self._left - 2)]
        self.content += content
        del received[: len(content)]
        self._left -= len(content)
        if self._left > 2 or len(received) < 2:
            return False
        if received[:2] != b"\r\n":
            raise BadBodyError("A chunk of the body is longer than it says.")
        del received[:2]
        self._left = 0
        return True

    def _count_trailer(self, line: bytes) -> None:
        self._trailer = (self._trailer or 0) + len(line)
        if self._trailer > LONGEST_TRAILER:
            raise BadBodyError("The trailer of the body is too long.")


def _line(received: bytearray) -> bytes | None:
    """The next line, taken out of what was received; None where it is not whole yet."""
    end = received.find(b"\r\n", 0, LONGEST_LINE + 2)
    if end < 0:
        if len(received) > LONGEST_LINE:
            raise BadBodyError("A line between the chunks of the body is too long.")
        return None
    line = bytes(received[:end])
    del received[: end + 2]
    return line
