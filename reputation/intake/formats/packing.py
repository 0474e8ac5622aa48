"""Unpacks gzip, bzip2, xz, zstd and zip files, known by their first octets, and never more than the bound allows.

A file is read and unpacked in pieces, so that neither it nor its content is in memory as a whole.
"""

import bz2
import io
import lzma
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from reputation.intake.formats.lines import FormatError
from reputation.intake.packed_parts import Octets, Stream, pieces_of

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
BEGINNINGS = (
    ("gzip", GZIP), ("bzip2", BZIP2), ("xz", XZ), ("zip", ZIP), ("zip", EMPTY_ZIP), ("zstd", ZSTANDARD),
)  # fmt: skip
PIECE = 1 << 18  # octets
XZ_MEMORY = 96 << 20  # bytes for its dictionary: `xz -9` needs 65 MB
ZSTD_WINDOW = {int(zstd.DecompressionParameter.window_log_max): 27}  # 128 MB: what `zstd -d` takes without being asked
STREAMS: dict[str, Callable[[], Stream]] = {
    "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=XZ_MEMORY),
    "zstd": lambda: zstd.ZstdDecompressor(options=ZSTD_WINDOW),
}


class TooLarge(FormatError):
    """A file is larger than its bound, or unpacks to more."""


class OctetsFile(io.RawIOBase):
    """Octets as a file that can be read and searched; none of them is copied before."""

    def __init__(self, octets: Octets) -> None:
        self._octets = octets
        self._at = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be searched."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place; return it, counted from the begin."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._octets)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        """Read what fits into the buffer; return the number of octets."""
        found = self._octets[self._at : self._at + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)


def unpacked(body: bytes, max_bytes: int) -> bytes:
    """Unpack a file; return any other file unchanged. It raises what `opened` raises."""
    return b"".join(opened(body, max_bytes)) if _kind(body) else body


def opened(body: Octets, max_bytes: int) -> Iterator[bytes]:
    """Yield the content of a file in pieces, unpacked where it is packed.

    Raise FormatError where it is damaged, cut off, packed in a way that is not read, or larger than `max_bytes` (a
    decompression bomb).
    """
    kind = _kind(body)
    if not kind and len(body) > max_bytes:
        raise TooLarge(f"The list is larger than {max_bytes:,} bytes, its bound max_bytes.")
    size = 0
    for piece in OPENED[kind](body, kind, max_bytes):
        size += len(piece)
        if size > max_bytes:
            raise TooLarge(f"The {kind} file unpacks to more than {max_bytes:,} bytes, its bound max_bytes.")
        yield piece


def _kind(body: Octets) -> str:
    head = body[: len(XZ)]
    return next((kind for kind, beginning in BEGINNINGS if head.startswith(beginning)), "")


def _plain(body: Octets, kind: str, max_bytes: int) -> Iterator[bytes]:
    for at in range(0, len(body), PIECE):
        yield body[at : at + PIECE]


def _from_zip(body: Octets, kind: str, max_bytes: int) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BufferedReader(OctetsFile(body))) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) != 1:
                raise FormatError(f"The zip archive holds {len(files)} files; it has to hold the list alone.")
            with archive.open(files[0]) as file:
                yield from _read(file)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:  # the latter: a password is wanted
        raise FormatError(f"The zip archive cannot be opened: {error}.") from None


def _read(file: IO[bytes]) -> Iterator[bytes]:
    try:
        while piece := file.read(PIECE):
            yield piece
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise FormatError(f"The zip file is damaged or cut off: {error}.") from None


def _in_parts(body: Octets, kind: str, max_bytes: int) -> Iterator[bytes]:
    """One stream after the other. What their own file objects do without a bound on memory or time is done by hand."""
    try:
        yield from pieces_of(body, STREAMS[kind], max_bytes)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, zstd.ZstdError) as error:
        raise FormatError(f"The {kind} file is damaged or cut off: {str(error).rstrip('.')}.") from None


OPENED: dict[str, Callable[[Octets, str, int], Iterator[bytes]]] = {
    "": _plain,
    "zip": _from_zip,
    **dict.fromkeys(STREAMS, _in_parts),
}
