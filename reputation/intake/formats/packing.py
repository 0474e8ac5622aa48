"""Unpacks gzip, bzip2, xz, zstd and zip files, known by their first octets, and never more than the bound allows."""

import bz2
import io
import lzma
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import IO

from reputation.intake.formats.lines import FormatError
from reputation.intake.packed_parts import Stream, unpacked_parts

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

GZIP = b"\x1f\x8b"
BZIP2 = b"BZh"
XZ = b"\xfd7zXZ\x00"
ZSTANDARD = b"\x28\xb5\x2f\xfd"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"
XZ_MEMORY = 96 << 20  # bytes for its dictionary: `xz -9` needs 65 MB
ZSTD_WINDOW = {int(zstd.DecompressionParameter.window_log_max): 27}  # 128 MB: what `zstd -d` takes without being asked
STREAMS: dict[str, Callable[[], Stream]] = {
    "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY),
    "zstd": lambda: zstd.ZstdDecompressor(options=ZSTD_WINDOW),
}


class TooLarge(FormatError):
    """A file unpacks to more than its bound."""


def unpacked(body: bytes, max_bytes: int) -> bytes:
    """Unpack a file; return any other file unchanged.

    Raise FormatError where it is damaged, cut off, packed in a way that is not read, or would be larger than
    `max_bytes` (a decompression bomb).
    """
    if body.startswith(GZIP):
        return _in_parts(body, "gzip", max_bytes)
    if body.startswith(BZIP2):
        return _in_parts(body, "bzip2", max_bytes)
    if body.startswith(XZ):
        return _in_parts(body, "xz", max_bytes)
    if body.startswith((ZIP, EMPTY_ZIP)):
        return _from_zip(body, max_bytes)
    if body.startswith(ZSTANDARD):
        return _in_parts(body, "zstd", max_bytes)
    return body


def _from_zip(body: bytes, max_bytes: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) != 1:
                raise FormatError(f"The zip archive holds {len(files)} files; it has to hold the list alone.")
            with archive.open(files[0]) as file:
                return _read(file, "zip", max_bytes)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # the latter: a password is wanted
        raise FormatError(f"The zip archive cannot be opened: {error}.") from None


def _read(file: IO[bytes], kind: str, max_bytes: int) -> bytes:
    try:
        content = file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise FormatError(f"The {kind} file is damaged or cut off: {error}.") from None
    return _bounded(content, kind, max_bytes)


def _in_parts(body: bytes, kind: str, max_bytes: int) -> bytes:
    """One stream after the other. What their own file objects do without a bound on memory or time is done by hand."""
    try:
        content = unpacked_parts(body, STREAMS[kind], max_bytes)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstd.ZstdError) as error:
        raise FormatError(f"The {kind} file is damaged or cut off: {str(error).rstrip('.')}.") from None
    return _bounded(content, kind, max_bytes)


def _bounded(content: bytes, kind: str, max_bytes: int) -> bytes:
    if len(content) > max_bytes:
        raise TooLarge(f"The {kind} file unpacks to more than {max_bytes:,} bytes, its bound max_bytes.")
    return content
