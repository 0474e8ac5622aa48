"""A file of columns of numbers: checksummed, written whole or not at all, and mapped into memory to be read.

It knows no snapshot. What is damaged, of another layout, or of somebody else is refused with a sentence: compiled code
looks things up in these columns without a check. The checksums find accidents; against people stand owner and mode.
Never shorten a file that is in use: whoever has mapped it is ended by the kernel. To remove it is harmless.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import stat
import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

MAGIC = b"GPcolumn"
LAYOUT = 1  # to be raised with every change of what the columns mean, or of how they are written
START = struct.Struct("<8sIIQQ")  # magic, layout, checksum of the head, octets of the head, octets of the file
PLACE = 64  # each column begins at a multiple of it: a line of the processor's caches
TYPECODES = {1: "B", 2: "H", 4: "I", 8: "Q"}
OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH


class UnusableFile(ValueError):
    """A file that is not to be read; the text says why."""


class ColumnFile(NamedTuple):
    """What a file holds: its head, columns as views of the mapped file, and when it was written (Unix seconds).

    The views keep the file mapped as long as one of them lives.
    """

    head: dict[str, Any]
    columns: list[memoryview]
    written_at: int


def write(path: Path, head: dict[str, Any], columns: Sequence[Any]) -> None:
    """Write the columns, arrays or views of unsigned numbers, in place of what the file was. Raise OSError.

    Whoever reads meanwhile finds the former file or the new one, also after a crash or on a full disk.
    """
    views = [memoryview(column) for column in columns]
    replace(path, lambda file: _write(file, head, views))


def replace(path: Path, writing: Callable[[Any], object]) -> None:
    """Put a file in the place of what was there, for its owner alone: `writing` writes it. Raise OSError.

    It is whole and on the disk before it takes the place; where that fails, what was there stays.
    """
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)  # of a process that was ended while it wrote
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb", buffering=1 << 16) as file:
            writing(file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
    # It is in its place: who took this for a failure would write the same elsewhere, too. Where folders have no such
    # call, a loss of power may bring back what was there before.
    with contextlib.suppress(OSError):
        _sync_folder(path.parent)


def read(path: Path) -> ColumnFile:
    """Map a file and verify every octet of it. Raise UnusableFile, or FileNotFoundError where there is none."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnusableFile(f"{path} cannot be opened: {error.strerror}") from None
    try:
        found = os.fstat(descriptor)
        check_owner(path, found)
        if found.st_size < START.size:
            raise UnusableFile(f"{path} is damaged: it is too short")
        view = memoryview(mmap.mmap(descriptor, found.st_size, access=mmap.ACCESS_READ))
    finally:
        os.close(descriptor)
    try:
        head, places = _head(view)
        return ColumnFile(head, [_column(view, *place) for place in places], int(found.st_mtime))
    except (LookupError, TypeError, ValueError) as error:
        raise UnusableFile(f"{path} {error}") from None


def _write(file: Any, head: dict[str, Any], views: Sequence[memoryview]) -> None:
    places = []
    at = 0  # behind the head
    for view in views:
        places.append((TYPECODES[view.itemsize], at, view.nbytes, zlib.crc32(_octets(view))))
        at += _up(view.nbytes)
    text = json.dumps({"head": head, "byte order": sys.byteorder, "columns": places}).encode()
    begin = _up(START.size + len(text))
    start = START.pack(MAGIC, LAYOUT, zlib.crc32(text), len(text), begin + at)
    file.write((start + text).ljust(begin, b"\0"))
    for view in views:
        file.write(_octets(view))
        file.write(bytes(_up(view.nbytes) - view.nbytes))


def check_owner(path: Path, found: os.stat_result) -> None:
    """Raise UnusableFile where it is no file, not this user's, or one that others may write."""
    if not stat.S_ISREG(found.st_mode):
        raise UnusableFile(f"{path} is no file")
    if found.st_uid != os.geteuid():
        raise UnusableFile(f"{path} belongs to user {found.st_uid}, and this program runs as {os.geteuid()}")
    if found.st_mode & OTHERS_MAY_WRITE:
        raise UnusableFile(f"{path} may be written by other users (mode {stat.S_IMODE(found.st_mode):o})")


def _head(view: memoryview) -> tuple[dict[str, Any], list[tuple[str, int, int, int]]]:
    magic, layout, checksum, length, size = START.unpack_from(view)
    if magic != MAGIC or layout != LAYOUT:
        raise ValueError("is of another version of the program" if magic == MAGIC else "is no such file")
    if size != len(view) or START.size + length > size:
        raise ValueError(f"is damaged: it has {len(view):,} octets instead of {size:,}")
    text = bytes(view[START.size : START.size + length])
    if zlib.crc32(text) != checksum:
        raise ValueError("is damaged: its head is not as it was written")
    found = json.loads(text)
    if found["byte order"] != sys.byteorder:
        raise ValueError("was written on a machine of another kind")
    begin = _up(START.size + length)
    return found["head"], [(code, begin + at, octets, sum_) for code, at, octets, sum_ in found["columns"]]


def _column(view: memoryview, typecode: str, at: int, size: int, checksum: int) -> memoryview:
    part = view[at : at + size]
    if len(part) != size or zlib.crc32(part) != checksum:
        raise ValueError("is damaged: a column is not as it was written")
    # What is empty cannot be cast.
    return part.cast(typecode) if size else memoryview(array(typecode))  # type: ignore[call-overload]


def _octets(view: memoryview) -> memoryview | bytes:
    return view.cast("B") if view.nbytes else b""


def _up(size: int) -> int:
    return -(-size // PLACE) * PLACE


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
