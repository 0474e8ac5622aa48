"""Unpacks gzip, bzip2, xz, zstd and zip files, known by their first octets, and never more than the bound allows."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
import zlib
from typing import IO

from reputation.intake.formats.lines import FormatError

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


class TooLarge(FormatError):
    """A file unpacks to more than its bound."""


def unpacked(body: bytes, max_bytes: int) -> bytes:
    """Unpack a file; return any other file unchanged.

    Raise FormatError where it is damaged, cut off, packed in a way that is not read, or would be larger than
    `max_bytes` (a decompression bomb).
    """
    if body.startswith(GZIP):
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            return _read(file, "gzip", max_bytes)
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


def _read(file: IO[bytes] | gzip.GzipFile, kind: str, max_bytes: int) -> bytes:
    try:
        content = file.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise FormatError(f"The {kind} file is damaged or cut off: {error}.") from None
    return _bounded(content, kind, max_bytes)


def _in_parts(body: bytes, kind: str, max_bytes: int) -> bytes:
    """One stream after the other. What their own file objects do without a bound on memory is done by hand."""
    content, rest = bytearray(), body
    try:
        while rest:
            stream = _stream(kind)
            content += stream.decompress(rest, max_bytes + 1 - len(content))
            while not stream.eof and len(content) <= max_bytes:
                more = stream.decompress(b"", max_bytes + 1 - len(content))
                if not more and stream.needs_input:
                    raise EOFError("its end is missing")
                content += more
            if len(content) > max_bytes:
                break
            rest = stream.unused_data.lstrip(b"\0")  # xz may be padded with zeros
    except (OSError, EOFError, ValueError, lzma.LZMAError, zstd.ZstdError) as error:
        raise FormatError(f"The {kind} file is damaged or cut off: {str(error).rstrip('.')}.") from None
    return _bounded(bytes(content), kind, max_bytes)


def _stream(kind: str) -> bz2.BZ2Decompressor | lzma.LZMADecompressor | zstd.ZstdDecompressor:
    if kind == "zstd":
        return zstd.ZstdDecompressor(options=ZSTD_WINDOW)
    return bz2.BZ2Decompressor() if kind == "bzip2" else lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY)


def _bounded(content: bytes, kind: str, max_bytes: int) -> bytes:
    if len(content) > max_bytes:
        raise TooLarge(f"The {kind} file unpacks to more than {max_bytes:,} bytes, its bound max_bytes.")
    return content
