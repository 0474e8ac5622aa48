"""Undoes the content coding of an answer (RFC 9110 8.4.1): gzip, deflate, br and zstd, and never beyond a bound.

A body that ends before its coding does is damaged: a list that was cut off before it was packed for the way must not be
taken for the whole one.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable

import brotli

from reputation.intake.packed_parts import unpacked_parts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
WINDOW = {int(zstd.DecompressionParameter.window_log_max): 23}  # 8 MB, the most that a server may use (RFC 9659)
AT_ONCE = 1 << 20


class DecodingError(ValueError):
    """A body is not what its coding says, or ends before it."""


class TooLong(ValueError):
    """A body unpacks to more than its bound."""


def decoded(body: bytes, coding: str, max_bytes: int, check: Callable[[], None] = lambda: None) -> bytes:
    """Return what a body holds. Raise DecodingError where it is damaged or cut off, TooLong where it is too much.

    `check` is called again and again meanwhile, and may raise.
    """
    decode = CODINGS.get(coding)
    if decode is None:
        return body
    try:
        content = decode(body, max_bytes, check)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError, ValueError) as error:
        raise DecodingError(str(error)) from None
    if len(content) > max_bytes:
        raise TooLong
    return content


def _gzip(body: bytes, max_bytes: int, check: Callable[[], None]) -> bytes:
    return _inflated(body, 16 + zlib.MAX_WBITS, max_bytes, check)


def _deflate(body: bytes, max_bytes: int, check: Callable[[], None]) -> bytes:
    """With the header of RFC 1950, or without it, as some servers send it."""
    try:
        return _inflated(body, zlib.MAX_WBITS, max_bytes, check)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS, max_bytes, check)


def _inflated(body: bytes, bits: int, max_bytes: int, check: Callable[[], None]) -> bytes:
    return unpacked_parts(body, lambda: zlib.decompressobj(bits), max_bytes, check)


def _br(body: bytes, max_bytes: int, check: Callable[[], None]) -> bytes:
    stream, content, rest = brotli.Decompressor(), bytearray(), body
    while body and not stream.is_finished() and len(content) <= max_bytes:
        check()
        if not rest and stream.can_accept_more_data():
            raise EOFError("its end is missing")
        content += stream.process(rest, output_buffer_limit=AT_ONCE)
        rest = b""
    return bytes(content)


def _zstd(body: bytes, max_bytes: int, check: Callable[[], None]) -> bytes:
    return unpacked_parts(body, lambda: zstd.ZstdDecompressor(options=WINDOW), max_bytes, check)


CODINGS: dict[str, Callable[[bytes, int, Callable[[], None]], bytes]] = {
    "gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _br, "zstd": _zstd,
}  # fmt: skip
