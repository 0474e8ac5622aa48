"""Undoes the content coding of an answer (RFC 9110 8.4.1): gzip, deflate, br and zstd, and never beyond a bound.

A body that ends before its coding does is damaged: a list that was cut off before it was packed for the way must not be
taken for the whole one.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Callable

import brotli

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


def decoded(body: bytes, coding: str, max_bytes: int) -> bytes:
    """Return what a body holds. Raise DecodingError where it is damaged or cut off, TooLong where it is too much."""
    decode = CODINGS.get(coding)
    if decode is None:
        return body
    try:
        return decode(body, max_bytes)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError, ValueError) as error:
        if isinstance(error, TooLong):
            raise
        raise DecodingError(str(error)) from None


def _gzip(body: bytes, max_bytes: int) -> bytes:
    return _inflated(body, 16 + zlib.MAX_WBITS, max_bytes)


def _deflate(body: bytes, max_bytes: int) -> bytes:
    """With the header of RFC 1950, or without it, as some servers send it."""
    try:
        return _inflated(body, zlib.MAX_WBITS, max_bytes)
    except zlib.error:
        return _inflated(body, -zlib.MAX_WBITS, max_bytes)


def _inflated(body: bytes, bits: int, max_bytes: int) -> bytes:
    """One member after the other, as gzip has them. Zeros may stand behind the last one."""
    content, rest = bytearray(), body
    while rest:
        stream = zlib.decompressobj(bits)
        content += stream.decompress(rest, max_bytes + 1 - len(content))
        _check(content, max_bytes)
        if not stream.eof:
            raise EOFError("its end is missing")
        rest = stream.unused_data.lstrip(b"\0")
    return bytes(content)


def _br(body: bytes, max_bytes: int) -> bytes:
    stream, content, rest = brotli.Decompressor(), bytearray(), body
    while body and not stream.is_finished():
        if not rest and stream.can_accept_more_data():
            raise EOFError("its end is missing")
        content += stream.process(rest, output_buffer_limit=AT_ONCE)
        rest = b""
        _check(content, max_bytes)
    return bytes(content)


def _zstd(body: bytes, max_bytes: int) -> bytes:
    content, rest = bytearray(), body
    while rest:
        stream = zstd.ZstdDecompressor(options=WINDOW)
        content += stream.decompress(rest, max_bytes + 1 - len(content))
        _check(content, max_bytes)
        while not stream.eof:
            if stream.needs_input:
                raise EOFError("its end is missing")
            content += stream.decompress(b"", max_bytes + 1 - len(content))
            _check(content, max_bytes)
        rest = stream.unused_data
    return bytes(content)


def _check(content: bytearray, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise TooLong


CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _br, "zstd": _zstd,
}  # fmt: skip
