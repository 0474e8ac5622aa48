"""The ranges of one list: sorted, not overlapping, as few as possible. They never change."""

import bisect
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reputation.ranges import blobs
from reputation.ranges.cells import (
    Array,
    Positions,
    cut,
    last_covering,
    last_of,
    no_bounds,
)

MOST_TEXTS = 0xFFFF
PIECE = 1 << 17  # ranges that are looked at in one step


class AddressRange(Protocol):
    """A network or a range: `version` is 4 or 6, both bounds are inclusive."""

    @property
    def version(self) -> int:
        """Return the IP version, 4 or 6."""
        ...

    @property
    def first(self) -> int:
        """Return the first address, as a number."""
        ...

    @property
    def last(self) -> int:
        """Return the last address, as a number, which is included."""
        ...


@dataclass(frozen=True, eq=False)
class Ranges:
    """The ranges of one list, in columns.

    IPv4: `first4` and `last4` uint32, `text4` uint16; IPv6: `first6` and `last6` uint64 of shape (n, 2), high and low
    half, `text6` uint16. Bounds are inclusive. Text number 0 means no text of its own, k means texts[k - 1]. Two
    neighbours with the same text are one range. `untexted` counts the entries whose text was dropped, because there
    were more than 65,535 different ones; it is not stored.
    """

    first4: Array
    last4: Array
    text4: NDArray[np.uint16]
    first6: Array
    last6: Array
    text6: NDArray[np.uint16]
    texts: tuple[str, ...] = ()
    untexted: int = 0

    def __post_init__(self) -> None:
        for array in (self.first4, self.last4, self.text4, self.first6, self.last6, self.text6):
            array.setflags(write=False)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ranges):
            return NotImplemented
        mine, theirs = (*self.of(4), *self.of(6)), (*other.of(4), *other.of(6))
        return self.texts == other.texts and all(map(np.array_equal, mine, theirs))

    @classmethod
    def empty(cls) -> "Ranges":
        """Return a list without any range."""
        none = np.empty(0, np.uint16)
        return cls(no_bounds(4), no_bounds(4), none, no_bounds(6), no_bounds(6), none.copy())

    @property
    def count(self) -> int:
        """Return the number of ranges, both IP versions."""
        return len(self.first4) + len(self.first6)

    def count_of(self, version: int) -> int:
        """Return the number of ranges of one IP version."""
        return len(self.of(version)[0])

    @property
    def addresses4(self) -> int:
        """Count the IPv4 addresses in the ranges."""
        pieces = (slice(at, at + PIECE) for at in range(0, len(self.first4), PIECE))
        beyond = ((self.last4[piece] - self.first4[piece]).sum(dtype=np.int64) for piece in pieces)
        return sum(map(int, beyond)) + len(self.first4)

    def of(self, version: int) -> tuple[Array, Array, NDArray[np.uint16]]:
        """Return first addresses, last addresses and text numbers of one IP version."""
        return (self.first4, self.last4, self.text4) if version == 4 else (self.first6, self.last6, self.text6)

    def touches(self, network: AddressRange) -> bool:
        """Tell whether any address of the network is in the list."""
        firsts, lasts, _ = self.of(network.version)
        place = bisect.bisect_left(range(len(lasts)), network.first, key=lambda index: _number(lasts[index]))
        return place < len(firsts) and _number(firsts[place]) <= network.last

    def covers(self, network: AddressRange) -> bool:
        """Tell whether every address of the network is in the list."""
        firsts, lasts, _ = self.of(network.version)
        place = bisect.bisect_left(range(len(lasts)), network.first, key=lambda index: _number(lasts[index]))
        missing = network.first
        while missing <= network.last and place < len(firsts) and _number(firsts[place]) <= missing:
            missing = _number(lasts[place]) + 1  # the next range may have another text and begin right there
            place += 1
        return missing > network.last

    def without(self, networks: Iterable[AddressRange]) -> "Ranges":
        """Return the same list with these networks cut out."""
        out = list(networks)
        parts = [_cut_out(version, *self.of(version), out) for version in (4, 6)]
        return Ranges(*parts[0], *parts[1], self.texts, self.untexted)

    def less(self, other: "Ranges") -> "Ranges":
        """Return the same list without the addresses of the other one."""
        if not other.count or not self.count:
            return self
        parts = [_less(self.of(version), other.of(version)) for version in (4, 6)]
        return Ranges(*parts[0], *parts[1], self.texts, self.untexted)

    def to_blobs(self) -> tuple[bytes, bytes]:
        """Return the IPv4 and the IPv6 ranges as they are stored; texts are stored separately.

        stored.py reads them back.
        """
        four = blobs.packed4(self.first4, self.last4, self.text4)
        return blobs.pack4(four), blobs.pack6(self.first6, self.last6, self.text6)

    def digest(self) -> str:
        """Return a SHA-256 of the content, in hexadecimal: the same on every machine and in every layout of blobs."""
        return digest_of(((len(column), (column,)) for column in (*self.of(4), *self.of(6))), self.texts)


def digest_of(columns: Iterable[tuple[int, Iterable[Array]]], texts: Iterable[str]) -> str:
    """Return the SHA-256 of a list in hexadecimal: of its columns, each a length and pieces, and its texts."""
    hashed = hashlib.sha256()
    for length, pieces in columns:
        hashed.update(length.to_bytes(8))
        for column in pieces:
            for at in range(0, len(column), PIECE):
                piece = column[at : at + PIECE]
                hashed.update(np.ascontiguousarray(piece, piece.dtype.newbyteorder("<")).tobytes())
    hashed.update("\0".join(texts).encode())
    return hashed.hexdigest()


def _number(bound: Any) -> int:
    return int(bound) if bound.ndim == 0 else int(bound[0]) << 64 | int(bound[1])


def packed(version: int, addresses: Iterable[int]) -> Array:
    """Make an array of bounds of an IP version from addresses."""
    if version == 4:
        return np.array(list(addresses), np.uint32)
    low = (1 << 64) - 1
    return np.array([(value >> 64, value & low) for value in addresses], np.uint64).reshape(-1, 2)


def merged(firsts: Array, lasts: Array, marks: Positions) -> tuple[Array, Array, NDArray[np.uint16]]:
    """Merge ranges in the order of their numbers, where each covers those before it.

    A mark of -1 leaves a hole, any other mark is the text number. Neighbours with the same text are joined.
    """
    cells = cut(firsts, lasts)
    winner = last_covering(cells)
    mark = np.full(len(winner), -1, np.int32)
    mark[winner >= 0] = marks[winner[winner >= 0]]
    # runs of cells with the same mark; the holes among them are left out
    edges = np.flatnonzero(np.diff(mark, prepend=np.int32(-2), append=np.int32(-2)))
    is_listed = mark[edges[:-1]] >= 0
    run_begins, run_ends = edges[:-1][is_listed], edges[1:][is_listed]
    return cells.cuts[run_begins], last_of(cells.cuts, run_ends - 1), mark[run_begins].astype(np.uint16)


Columns = tuple[Array, Array, NDArray[np.uint16]]  # firsts, lasts, text numbers


def _less(mine: Columns, other: Columns) -> Columns:
    firsts, lasts = (np.concatenate([mine[part], other[part]]) for part in (0, 1))
    marks = np.concatenate([mine[2].astype(np.int32), np.full(len(other[0]), -1, np.int32)])
    return merged(firsts, lasts, marks) if len(firsts) else mine


def _cut_out(
    version: int, firsts: Array, lasts: Array, numbers: NDArray[np.uint16], networks: list[AddressRange]
) -> tuple[Array, Array, NDArray[np.uint16]]:
    mine = [network for network in networks if network.version == version]
    if not mine or not len(firsts):
        return firsts, lasts, numbers
    if version == 4:
        return _with_holes(firsts, lasts, numbers, _holes(mine))
    firsts = np.concatenate([firsts, packed(version, (network.first for network in mine))])
    lasts = np.concatenate([lasts, packed(version, (network.last for network in mine))])
    return merged(firsts, lasts, np.concatenate([numbers.astype(np.int32), np.full(len(mine), -1, np.int32)]))


def _holes(networks: list[AddressRange]) -> list[tuple[int, int]]:
    """First and last addresses of networks, in order; those inside others are not there."""
    found: list[tuple[int, int]] = []
    for first, last in sorted((network.first, network.last) for network in networks):
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _with_holes(firsts: Array, lasts: Array, numbers: NDArray[np.uint16], holes: list[tuple[int, int]]) -> Columns:
    """IPv4 ranges without these holes: all but the few around a hole stay as they are, and are copied once."""
    kept: list[tuple[Array, Array, NDArray[np.uint16]]] = []
    at, begin = 0, 0  # the range that is next, and the first address that is left of it

    def keep(upto: int) -> None:
        if upto > at:
            kept.append((firsts[at:upto].copy() if begin else firsts[at:upto], lasts[at:upto], numbers[at:upto]))
            if begin:
                kept[-1][0][0] = max(begin, int(firsts[at]))

    for low, high in holes:
        upto = at + int(np.searchsorted(lasts[at:], np.uint32(low)))
        keep(upto)
        at, begin = (upto, 0) if upto > at else (at, begin)
        behind = at + int(np.searchsorted(firsts[at:], np.uint32(high), side="right"))
        if behind == at:
            continue
        first = max(begin, int(firsts[at]))
        if first < low:
            kept.append((np.array([first], np.uint32), np.array([low - 1], np.uint32), numbers[at : at + 1]))
        at, begin = (behind - 1, high + 1) if int(lasts[behind - 1]) > high else (behind, 0)
    keep(len(firsts))
    joined = [np.concatenate([part[column] for part in kept]) if kept else none for column, none in enumerate(
        (no_bounds(4), no_bounds(4), np.empty(0, np.uint16))
    )]  # fmt: skip
    return joined[0], joined[1], joined[2]
