"""The entries of a file as they are read: ten millions of them take eighty megabytes, and no object each.

Nearly every long list is of one kind: IPv4 networks, all with the same text or none. As long as that is so, an entry is
one number of 64 bits: its first address, the width of its network and its line, in this order; so sorting the numbers
sorts the entries. With the first entry that is none of that kind, all become columns.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.blobs import SIZES4
from reputation.ranges.cells import Array

ADDRESS_BITS, LINE_BITS = 32, 26
MOST_LINES = 1 << LINE_BITS
WIDTH_MASK = (1 << 6) - 1
NETWORKS4 = SIZES4[:33]  # what a network has beyond its first address, by its width
PIECE = 1 << 17  # entries that are looked at in one step


class EntryPiece(NamedTuple):
    """Some entries of a file, in columns: bounds as in Ranges, lines, and whether each takes addresses out."""

    firsts: Array
    lasts: Array
    lines: NDArray[np.uint32]
    excluded: NDArray[np.bool_]


class Entries:
    """The entries of a file for one IP version; the line says which was written first.

    Bounds are given in network byte order, 4 or 16 octets an address, as `socket.inet_pton` returns them; `texts` are
    text numbers (0: none), `lines` the line numbers from 1 on, `excluded` is 1 for an entry that takes addresses out.
    Their order is that in which they were added, until `sorted_keys` is called.
    """

    def __init__(self, version: int) -> None:
        self.version = version
        self._keys: array[int] | None = array("Q") if version == 4 else None
        self._text = 0
        self._firsts, self._lasts = bytearray(), bytearray()
        self._texts, self._lines = array("I"), array("I")
        self._excluded = bytearray()

    def __len__(self) -> int:
        return len(self._lines) if self._keys is None else len(self._keys)

    @property
    def is_alike(self) -> bool:
        """Tell whether all are IPv4 networks with the same text, and none takes addresses out."""
        return self._keys is not None

    @property
    def text(self) -> int:
        """Return the number of the text that all have where they are alike."""
        return self._text

    @property
    def firsts(self) -> bytearray:
        """Return the first addresses, in network byte order."""
        return self._firsts if self._keys is None else bytearray(self.bounds()[0].astype(">u4").tobytes())

    @property
    def lasts(self) -> bytearray:
        """Return the last addresses, in network byte order."""
        return self._lasts if self._keys is None else bytearray(self.bounds()[1].astype(">u4").tobytes())

    @property
    def texts(self) -> array[int]:
        """Return the numbers of the texts."""
        return self._texts if self._keys is None else array("I", [self._text]) * len(self)

    @property
    def lines(self) -> array[int]:
        """Return the numbers of the lines."""
        if self._keys is None:
            return self._lines
        return array("I", _line_of(self._numbers()).tobytes())

    @property
    def excluded(self) -> bytearray:
        """Return 1 for each entry that takes addresses out, 0 for the others."""
        return self._excluded if self._keys is None else bytearray(len(self))

    def add(self, first: bytes, last: bytes, line: int, text: int = 0, excluded: bool = False) -> None:
        """Add one entry; `first` and `last` are 4 or 16 octets."""
        if self._keys is not None:
            begin, beyond = int.from_bytes(first), int.from_bytes(last) - int.from_bytes(first)
            is_network = not beyond & (beyond + 1) and not begin & beyond
            if is_network and not excluded and line < MOST_LINES and self._has_text(text):
                self._keys.append(begin << ADDRESS_BITS | beyond.bit_length() << LINE_BITS | line)
                return
            self._make_columns()
        self._firsts += first
        self._lasts += last
        self._lines.append(line)
        self._texts.append(text)
        self._excluded.append(excluded)

    def extend(
        self, firsts: bytes, lasts: bytes, lines: Sequence[int], texts: Sequence[int], excluded: Sequence[int]
    ) -> None:
        """Add many entries; all five sequences are equally long, counted in entries."""
        if self._keys is not None and len(lines):
            if not any(excluded) and texts.count(texts[0]) == len(texts) and self._has_text(texts[0]):
                keys = _keys_of(firsts, lasts, lines)
                if keys is not None:
                    self._keys.frombytes(keys.tobytes())
                    return
            self._make_columns()
        self._firsts += firsts
        self._lasts += lasts
        self._lines.extend(lines)
        self._texts.extend(texts)
        self._excluded.extend(excluded)

    def bounds(self) -> tuple[Array, Array]:
        """Return first and last addresses as arrays, in the order of the entries."""
        if self._keys is not None:
            return _bounds_of(self._numbers())
        return _bounds(self.version, self._firsts), _bounds(self.version, self._lasts)

    def is_excluded(self) -> NDArray[np.bool_]:
        """Return an array of bool, True for each exclusion."""
        return np.frombuffer(bytes(self.excluded), bool)

    def pieces(self, size: int = PIECE) -> Iterator[EntryPiece]:
        """Yield the entries in pieces of at most `size`."""
        for begin in range(0, len(self), size):
            part = slice(begin, begin + size)
            if self._keys is not None:
                keys = self._numbers()[part]
                yield EntryPiece(*_bounds_of(keys), _line_of(keys), np.zeros(len(keys), bool))
                continue
            width = 4 if self.version == 4 else 16
            octets = slice(begin * width, (begin + size) * width)
            firsts, lasts = _bounds(self.version, self._firsts[octets]), _bounds(self.version, self._lasts[octets])
            lines = np.frombuffer(self._lines[part].tobytes(), np.uint32)
            yield EntryPiece(firsts, lasts, lines, np.frombuffer(bytes(self._excluded[part]), bool))

    def sorted_keys(self) -> NDArray[np.uint64]:
        """Sort entries that are alike, and return their numbers: by first address, then by width, then by line.

        They are the entries themselves, and not a copy. Raise ValueError where the entries are not alike.
        """
        if self._keys is None:
            raise ValueError("the entries are of several kinds")
        numbers = self._numbers()
        numbers.sort()
        numbers.setflags(write=False)
        return numbers

    def _has_text(self, text: int) -> bool:
        """Whether all have this text; the first entry decides."""
        if not len(self):
            self._text = text
        return self._text == text

    def _numbers(self) -> NDArray[np.uint64]:
        assert self._keys is not None
        return np.frombuffer(self._keys, np.uint64)

    def _make_columns(self) -> None:
        """Turn what has been read so far into columns, in the same order."""
        self._firsts, self._lasts = self.firsts, self.lasts
        self._texts, self._lines, self._excluded = self.texts, self.lines, self.excluded
        self._keys = None


def network_bounds(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return first and last addresses of entries as `sorted_keys` returns them."""
    return _bounds_of(keys)


def without_lines(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return first address and width of entries as one number each: two entries with the same one are the same."""
    return keys >> np.uint64(LINE_BITS)


def _bounds_of(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    firsts = (keys >> np.uint64(ADDRESS_BITS)).astype(np.uint32)
    lasts = SIZES4[(keys >> np.uint64(LINE_BITS)).astype(np.uint8) & np.uint8(WIDTH_MASK)]
    lasts += firsts
    return firsts, lasts


def _line_of(keys: NDArray[np.uint64]) -> NDArray[np.uint32]:
    return (keys & np.uint64(MOST_LINES - 1)).astype(np.uint32)


def _keys_of(firsts: bytes, lasts: bytes, lines: Sequence[int]) -> NDArray[np.uint64] | None:
    """The entries as numbers; None where one is no network, or stands too far down."""
    if max(lines) >= MOST_LINES:
        return None
    begins, ends = np.frombuffer(firsts, ">u4").astype(np.uint32), np.frombuffer(lasts, ">u4").astype(np.uint32)
    beyond = ends - begins
    widths = np.searchsorted(NETWORKS4, beyond)
    if (NETWORKS4[widths] != beyond).any() or (begins & beyond).any():
        return None
    keys = begins.astype(np.uint64) << np.uint64(ADDRESS_BITS)
    keys |= widths.astype(np.uint64) << np.uint64(LINE_BITS)
    keys |= np.array(lines, np.uint64)
    return keys


def _bounds(version: int, addresses: bytearray) -> Array:
    if version == 4:
        return np.frombuffer(bytes(addresses), ">u4").astype(np.uint32)
    return np.frombuffer(bytes(addresses), ">u8").astype(np.uint64).reshape(-1, 2)
