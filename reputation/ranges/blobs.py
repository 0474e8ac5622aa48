"""How ranges are stored in the database: one blob for each IP version, quick to load and small to keep.

    magic "GPR" | layout version | IP version | 3 bytes of zero | count, little endian | CRC-32 of the rest | the rest

The rest is columns, one after the other, numbers little endian and bounds inclusive: the first addresses; the widths;
the text numbers. Most ranges are networks, so a width is one byte, n for 2**n addresses, and the last addresses of the
few others follow that column. Text numbers have a byte that says how wide they are: 0 where no range has a text.

First addresses of IPv6 are uint64, all high halves and then all low ones. Those of IPv4 are what an answer searches
(reputation/verdict/steps.py): how many buckets of the same 16 bits there are (uint32), these bits of each (uint16), how
many ranges begin in each (uint32), and the other 16 bits of each range.

Nothing is packed further: unpacking would take longer than all the rest of loading.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reputation.ranges.cells import BUCKET_BITS, Array, index_of

LAYOUTS = {4: 3, 6: 2}  # by IP version
HEADER = struct.Struct("<3sBB3xII")
PIECE = 1 << 17  # ranges that are worked on at once, so that what is made of them stays in the processor's cache
OTHER = 255  # in place of a width: the range is no network
# What the last address of a network adds to its first one, by its width; nothing for OTHER and what is no width.
SIZES4 = np.array([(1 << n) - 1 for n in range(33)] + [0] * (256 - 33), np.uint32)
SIZES6 = np.array([divmod((1 << n) - 1, 1 << 64) for n in range(129)] + [(0, 0)] * (256 - 129), np.uint64)

Columns = tuple[Array, Array, NDArray[np.uint16]]


class Packed4(NamedTuple):
    """IPv4 ranges in layout 3: `counts[k]` ranges begin in the bucket `buckets[k]`, at `lows` inside it.

    `others` are the last addresses where the width is OTHER.
    """

    buckets: Array
    counts: Array
    lows: Array
    widths: Array
    others: Array
    texts: NDArray[np.uint16]

    def firsts(self) -> Array:
        """Return the first addresses, as a uint32 array."""
        firsts: Array = np.repeat(self.buckets.astype(np.uint32) << np.uint32(BUCKET_BITS), self.counts)
        firsts |= self.lows
        return firsts

    def pieces(self, size: int) -> Iterator["Packed4"]:
        """Yield the ranges in pieces of at most `size` ranges.

        A bucket may begin in one piece and go on in the next.
        """
        behind, others = np.cumsum(self.counts, dtype=np.int64), 0
        for begin in range(0, len(self.lows), size):
            end = min(begin + size, len(self.lows))
            left, right = np.searchsorted(behind, (begin, end - 1), "right")
            counts = self.counts[left : right + 1].copy()
            counts[-1] -= behind[right] - end
            counts[0] -= begin - (behind[left - 1] if left else 0)
            widths = self.widths[begin:end]
            before, others = others, others + int(np.count_nonzero(widths == OTHER))
            buckets, lows, texts = self.buckets[left : right + 1], self.lows[begin:end], self.texts[begin:end]
            yield Packed4(buckets, counts, lows, widths, self.others[before:others], texts)

    def columns(self) -> Columns:
        """Return first addresses, last addresses and text numbers, as arrays."""
        firsts = self.firsts()
        lasts = SIZES4[self.widths]
        lasts += firsts
        lasts[self.widths == OTHER] = self.others
        return firsts, lasts, self.texts


def packed4(firsts: Array, lasts: Array, texts: NDArray[np.uint16]) -> Packed4:
    """Pack ranges, which are in the order of their addresses, a piece of them after the other."""
    widths, others = np.empty(len(firsts), np.uint8), [np.empty(0, np.uint32)]
    for at in range(0, len(firsts), PIECE):
        part = slice(at, at + PIECE)
        sizes = lasts[part] - firsts[part]
        widths[part] = np.searchsorted(SIZES4[:33], sizes)
        is_other = SIZES4[widths[part]] != sizes
        widths[part][is_other] = OTHER
        others.append(lasts[part][is_other])
    counts = np.diff(index_of(firsts)).astype(np.uint32)
    buckets = np.flatnonzero(counts).astype(np.uint16)
    return Packed4(buckets, counts[buckets], firsts.astype(np.uint16), widths, np.concatenate(others), texts)


def pack4(ranges: Packed4) -> bytes:
    """Write the blob of IPv4 ranges."""
    buckets, counts, lows, widths, others, texts = ranges
    return _pack(4, [np.array([len(buckets)], np.uint32), buckets, counts, lows], widths, [others], texts)


def pack6(firsts: Array, lasts: Array, texts: NDArray[np.uint16]) -> bytes:
    """Write the blob of IPv6 ranges, which are in the order of their addresses; bounds are of shape (n, 2)."""
    sizes = firsts ^ lasts  # of a network: ones from the right on
    widths = _ones(sizes)
    is_other = (SIZES6[widths] != sizes).any(axis=1) | ((firsts & sizes) != 0).any(axis=1)
    others = lasts[is_other]
    return _pack(6, [firsts[:, 0], firsts[:, 1]], _widths(widths, is_other), [others[:, 0], others[:, 1]], texts)


def unpack4(blob: bytes) -> Packed4:
    """Read the blob of IPv4 ranges. Raise ValueError where it is damaged, cut off, or of another layout."""
    reader = _Reader(blob, 4)
    number = int(reader.column(np.uint32, 1)[0])
    buckets, counts = reader.column(np.uint16, number), reader.column(np.uint32, number)
    if counts.sum(dtype=np.int64) != reader.count:
        raise reader.wrong_count()
    found = Packed4(buckets, counts, reader.column(np.uint16), *reader.widths4(), reader.texts())
    if not found.counts.all() or (found.buckets[1:] <= found.buckets[:-1]).any():
        raise reader.damaged("its ranges are not in order")
    return found


def unpack6(blob: bytes) -> Columns:
    """Read the blob of IPv6 ranges. Raise ValueError where it is damaged, cut off, or of another layout."""
    reader = _Reader(blob, 6)
    firsts = np.stack([reader.column(np.uint64) for _ in range(2)], axis=1)
    widths = reader.column(np.uint8)
    lasts = firsts | SIZES6[widths]
    is_other = widths == OTHER
    lasts[is_other] = np.stack([reader.column(np.uint64, int(is_other.sum())) for _ in range(2)], axis=1)
    return firsts, lasts, reader.texts()


class _Reader:
    """A blob from its first column on. ValueError where it is damaged, cut off, or not what is expected."""

    def __init__(self, blob: bytes, version: int) -> None:
        self.version = version
        self.count = _opened(blob, version)
        self._body, self._at = memoryview(blob), HEADER.size

    def column(self, kind: type[Any], count: int | None = None) -> Array:
        """Read the next column without copying it; without a count, it has one number for each range."""
        dtype = np.dtype(kind).newbyteorder("<")
        size = (self.count if count is None else count) * dtype.itemsize
        if self._at + size > len(self._body):
            raise self.wrong_count()
        self._at += size
        return np.frombuffer(self._body[self._at - size : self._at], dtype).astype(kind, copy=False)

    def widths4(self) -> tuple[Array, Array]:
        """Read the widths of IPv4 ranges, and the last addresses of those that are not networks."""
        widths, others = self.column(np.uint8), 0
        for begin in range(0, len(widths), PIECE):
            piece = widths[begin : begin + PIECE]
            wide = piece[piece > 32]
            if (wide != OTHER).any():
                raise self.damaged("a range is wider than all addresses")
            others += len(wide)
        return widths, self.column(np.uint32, others)

    def texts(self) -> NDArray[np.uint16]:
        """Read the text numbers, which are the last column."""
        (width,) = self.column(np.uint8, 1)
        if width not in TEXTS:
            raise self.damaged(f"its texts are {width} bytes wide")
        none = np.broadcast_to(np.uint16(0), self.count)
        texts = self.column(TEXTS[width]).astype(np.uint16) if width else none
        if self._at != len(self._body):
            raise self.damaged("something stands behind its texts")
        return texts

    def wrong_count(self) -> ValueError:
        """Return the error for a blob that does not hold as many ranges as it says."""
        return self.damaged(f"it does not hold the {self.count} ranges that it names")

    def damaged(self, why: str) -> ValueError:
        """Return the error for a damaged blob, with the reason."""
        return ValueError(f"the stored IPv{self.version} list is damaged: {why}")


TEXTS: dict[int, type[Any]] = {0: np.uint8, 1: np.uint8, 2: np.uint16}


def _pack(version: int, firsts: list[Array], widths: Array, others: list[Array], texts: NDArray[np.uint16]) -> bytes:
    width = 0 if not texts.any() else 1 if texts.max() < 256 else 2
    numbers = [np.array([width], np.uint8), *([texts.astype(TEXTS[width])] if width else [])]
    body = [_little(column) for column in (*firsts, widths, *others, *numbers)]
    checksum = 0
    for column in body:
        checksum = zlib.crc32(column, checksum)
    return b"".join((HEADER.pack(b"GPR", LAYOUTS[version], version, len(widths), checksum), *body))


def _widths(widths: Array, is_other: NDArray[np.bool_]) -> Array:
    return np.where(is_other, np.uint8(OTHER), widths).astype(np.uint8)


def _ones(sizes: Array) -> Array:
    """How many bits the numbers have, whose high and low halves these are, up to 128."""
    powers = SIZES6[
        :65, 1
    ]  # 0, 1, 3, 7 …: a number has n bits where it is above the one before the n-th and not above it
    high, low = (np.searchsorted(powers, sizes[:, half]) for half in (0, 1))
    return np.where(high > 0, high + 64, low).astype(np.uint8)


def _little(column: Array) -> bytes:
    return np.ascontiguousarray(column, column.dtype.newbyteorder("<")).tobytes()


def _opened(blob: bytes, version: int) -> int:
    """The count, the rest having been checked."""
    if len(blob) < HEADER.size or blob[:3] != b"GPR":
        raise ValueError(f"the stored IPv{version} list is damaged: it does not begin as a stored list does")
    _, layout, kept_version, count, checksum = HEADER.unpack_from(blob)
    if kept_version != version:
        raise ValueError(f"the stored list is one of IPv{kept_version} addresses where IPv{version} is expected")
    if layout != LAYOUTS[version]:
        raise ValueError(
            f"the stored list has layout {layout}; this version reads layout {LAYOUTS[version]}: refresh the feed"
        )
    if zlib.crc32(memoryview(blob)[HEADER.size :]) != checksum:
        raise ValueError(f"the stored IPv{version} list is damaged: its checksum does not match")
    return int(count)
