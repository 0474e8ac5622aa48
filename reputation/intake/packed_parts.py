"""Unpacks what may be packed in several parts, one after the other: gzip and its like, of an answer or of a file.

A body of millions of empty parts would keep a program busy for hours: their number is bounded, an empty one stands at
the end alone, and none costs more than its own octets.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator
from typing import Protocol

MOST_PARTS = 1000
AT_ONCE = 1 << 16  # octets: what stands behind the end of a part is copied, and is no more than that
MOST_AT_ONCE = 1 << 20  # octets of content that are made in one step
SKIPPED = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # a frame of zstd that holds nothing for its reader (RFC 8878 3.1.2)


class Octets(Protocol):
    """What is unpacked: octets in memory, or a file that is read where it is asked for."""

    def __len__(self) -> int:
        """Return the number of octets."""
        ...

    def __getitem__(self, part: slice, /) -> bytes:
        """Return some octets."""
        ...


class Stream(Protocol):
    """What the decompressors of the libraries have in common. All but zlib's have `needs_input` too."""

    @property
    def eof(self) -> bool:
        """Tell whether the end of the part was read."""

    @property
    def unused_data(self) -> bytes:
        """Return what stands behind it."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return at most so many octets of content."""


def unpacked_parts(
    body: bytes, stream: Callable[[], Stream], max_bytes: int, check: Callable[[], None] = lambda: None
) -> bytes:
    """Return the content of all parts, or its first `max_bytes` + 1 octets where it is longer; as `pieces_of` does."""
    return b"".join(pieces_of(body, stream, max_bytes, check))


def pieces_of(
    body: Octets, stream: Callable[[], Stream], max_bytes: int, check: Callable[[], None] = lambda: None
) -> Iterator[bytes]:
    """Yield the content of all parts in pieces, or its first `max_bytes` + 1 octets where it is longer.

    `stream` makes the decompressor of a part. `check` is called again and again, and may raise. Raise EOFError where
    the end is missing, ValueError where there are too many parts or an empty one before others, and the library's
    error where it is damaged. Zeros may stand behind each part.
    """
    room, at, count, is_empty = max_bytes + 1, 0, 0, False
    while at < len(body) and room > 0:
        count += 1
        if count > MOST_PARTS:
            raise ValueError(f"it has more than {MOST_PARTS:,} parts")
        if is_empty:
            raise ValueError("an empty part stands before others")
        is_skipped = bool(SKIPPED.match(body[at : at + 4]))
        at, size = yield from _part(body, at, stream(), room, check)
        room -= size
        is_empty = not size and not is_skipped
        at = _behind_zeros(body, at)


def _part(
    body: Octets, at: int, stream: Stream, room: int, check: Callable[[], None]
) -> Generator[bytes, None, tuple[int, int]]:
    """Yield the content of the part that begins at `at`, at most `room` octets; return where it ends, and its size."""
    size = 0
    while not stream.eof and size < room:
        check()
        left = getattr(stream, "unconsumed_tail", b"")  # of zlib: what it was given and has not read yet
        wants = not left and getattr(stream, "needs_input", True)
        piece = body[at : at + AT_ONCE] if wants else left
        content = stream.decompress(piece, min(room - size, MOST_AT_ONCE))
        at += len(piece) if wants else 0
        if wants and not piece and not content and not stream.eof:
            raise EOFError("its end is missing")
        size += len(content)
        if content:
            yield content
    return at - len(stream.unused_data), size


def _behind_zeros(body: Octets, at: int) -> int:
    while piece := body[at : at + AT_ONCE]:
        rest = piece.lstrip(b"\0")
        at += len(piece) - len(rest)
        if rest:
            break
    return at
