"""Unpacks what may be packed in several parts, one after the other: gzip and its like, of an answer or of a file.

A body of millions of empty parts would keep a program busy for hours: their number is bounded, an empty one stands at
the end alone, and none costs more than its own octets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

MOST_PARTS = 1000
AT_ONCE = 1 << 16  # octets: what stands behind the end of a part is copied, and is no more than that
ZEROS = re.compile(rb"\0*")
SKIPPED = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")  # a frame of zstd that holds nothing for its reader (RFC 8878 3.1.2)


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
    """Return the content of all parts, or its first `max_bytes` + 1 octets where it is longer.

    `stream` makes the decompressor of a part. `check` is called again and again, and may raise. Raise EOFError where
    the end is missing, ValueError where there are too many parts or an empty one before others, and the library's
    error where it is damaged. Zeros may stand behind each part.
    """
    content, at, count, is_empty = bytearray(), 0, 0, False
    while at < len(body) and len(content) <= max_bytes:
        count += 1
        if count > MOST_PARTS:
            raise ValueError(f"it has more than {MOST_PARTS:,} parts")
        if is_empty:
            raise ValueError("an empty part stands before others")
        before, is_skipped = len(content), bool(SKIPPED.match(body, at))
        at = _part(body, at, stream(), content, max_bytes, check)
        is_empty = len(content) == before and not is_skipped
        zeros = ZEROS.match(body, at)
        at = zeros.end() if zeros else at
    return bytes(content)


def _part(body: bytes, at: int, stream: Stream, content: bytearray, max_bytes: int, check: Callable[[], None]) -> int:
    """Unpack the part that begins at `at` behind the content; return where it ends."""
    while not stream.eof and len(content) <= max_bytes:
        check()
        wants = getattr(stream, "needs_input", True)
        piece = body[at : at + AT_ONCE] if wants else b""
        if wants and not piece:
            raise EOFError("its end is missing")
        content += stream.decompress(piece, max_bytes + 1 - len(content))
        at += len(piece)
    return at - len(stream.unused_data)
