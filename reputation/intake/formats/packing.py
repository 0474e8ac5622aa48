"""Unpacks gzip and zip files, which it knows by their first octets, and never more than the bound allows."""

import gzip
import io
import zipfile
import zlib
from typing import IO

from reputation.intake.formats.lines import FormatError

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
EMPTY_ZIP = b"PK\x05\x06"


def unpacked(body: bytes, max_bytes: int) -> bytes:
    """Unpack a file; return any other file unchanged.

    Raise FormatError where it is damaged, cut off, or would be larger than `max_bytes` (a decompression bomb).
    """
    if body.startswith(GZIP):
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            return _read(file, "gzip", max_bytes)
    if body.startswith((ZIP, EMPTY_ZIP)):
        return _from_zip(body, max_bytes)
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
    except (OSError, EOFError, zlib.error) as error:
        raise FormatError(f"The {kind} file is damaged or cut off: {error}.") from None
    if len(content) > max_bytes:
        raise FormatError(f"The {kind} file unpacks to more than {max_bytes:,} bytes, its bound max_bytes.")
    return content
