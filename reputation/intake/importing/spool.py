"""What the process that reads lists gets: one file without a name, which it can read and nobody else can find.

    the list | other parts | the order, as JSON | the length of the order, eight octets

The list is written as it comes, and the rest when it is asked for. The process gets a descriptor that cannot write.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

LENGTH = struct.Struct("<Q")
LONGEST_ORDER = 64 << 20  # octets: the networks of a hundred thousand mail servers


class Spool:
    """A list that is put aside until it is read; it is gone when it is closed, or when the program ends."""

    def __init__(self, folder: Path | None, content: bytes | Iterable[bytes] = b"") -> None:
        """`folder` is on a disk with room for the list; None is the system's own. Raise OSError where it is full."""
        self._file = tempfile.TemporaryFile(dir=folder)
        self.size = 0
        for piece in (content,) if isinstance(content, bytes) else content:
            self.write(piece)

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, piece: bytes) -> None:
        """Add a piece of the list. Raise OSError where there is no room for it."""
        self._file.write(piece)
        self.size += len(piece)

    def order(self, what: Mapping[str, Any], parts: Mapping[str, bytes | Iterable[bytes]]) -> None:
        """Write the order behind the list, in place of one before, with parts that it needs. Raise OSError."""
        self._file.seek(self.size)
        self._file.truncate()
        places = {"list": (0, self.size)}
        for name, content in parts.items():
            begin = self._file.tell()
            self._file.writelines((content,) if isinstance(content, bytes) else content)
            places[name] = (begin, self._file.tell() - begin)
        words = json.dumps({**what, "parts": places}).encode()
        self._file.write(words + LENGTH.pack(len(words)))
        self._file.flush()

    def for_reading(self) -> int:
        """Open the file once more, so that it cannot be written; return the descriptor. Raise OSError."""
        return os.open(f"/proc/self/fd/{self._file.fileno()}", os.O_RDONLY | os.O_CLOEXEC)


class Part:
    """Some octets of a file, read where they are asked for."""

    def __init__(self, descriptor: int, begin: int, size: int) -> None:
        self._descriptor, self._begin, self._size = descriptor, begin, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        begin, end, _ = part.indices(self._size)
        return os.pread(self._descriptor, max(0, end - begin), self._begin + begin)

    def whole(self) -> bytes:
        """Return all of them."""
        return self[:]


def opened(descriptor: int) -> tuple[dict[str, Any], dict[str, Part]]:
    """Read the order in a spool; return it and its parts, the list among them. Raise ValueError where there is none."""
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, LENGTH.size, max(0, size - LENGTH.size))
    length = LENGTH.unpack(tail)[0] if len(tail) == LENGTH.size else 0
    if not 0 < length <= min(size, LONGEST_ORDER):
        raise ValueError("there is no order")
    what = json.loads(os.pread(descriptor, length, size - LENGTH.size - length))
    return what, {name: Part(descriptor, *place) for name, place in what.pop("parts").items()}
