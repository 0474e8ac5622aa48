"""A table of origins packed into few octets, and back: one format for the bundled seed and for stored revisions.

    8 bytes   MAGIC, the last one is the format's version
    4 bytes   length of the header, little-endian
    header    JSON: dated, source, rows, and the length of each column
    columns   in the order of COLUMNS, each an xz stream of little-endian numbers

Sorted columns hold differences. That and xz with the item's size as alignment is enough: 19 MB become 2.3 MB.
"""

from __future__ import annotations

import json
import lzma
import struct
import sys
from array import array
from collections.abc import Iterable
from itertools import accumulate, chain
from operator import sub

import numpy as np

from reputation.intake.origins.table import OriginTable
from reputation.ranges.side_by_side import lows_and_positions
from reputation.verdict.origins import COUNTRY_NUMBERS, IspNames, Origins
from reputation.verdict.steps import Steps4, Steps6

MAGIC = b"ORIGINS\x01"
HEADER_LENGTH = struct.Struct("<I")
LOW = (1 << 64) - 1
LARGEST = 256 << 20  # octets of a column: more is none, whoever packed it

# Name, array type, and whether it is sorted and therefore stored as differences. The names of ISPs come last, as text.
COLUMNS = (
    ("starts4", "I", True),
    ("numbers4", "I", False),
    ("high6", "Q", True),
    ("low6", "Q", False),
    ("numbers6", "I", False),
    ("asn_of", "I", True),
    ("country_of", "H", False),
    ("named", "I", True),
)


def pack(table: OriginTable) -> bytes:
    """Pack the table's steps, numbers and names into a few octets. The same table always gives the same octets."""
    # Numbers in the order of ASNs compress best, and make `asn_of` a sorted column.
    pairs = sorted(table.pairs)
    renumbered = array("I", bytes(4 * len(pairs)))
    for number, pair in enumerate(pairs):
        renumbered[table.pairs[pair]] = number
    starts4, numbers4 = array("I"), array("I")
    for start, number in table.rows4.steps():
        starts4.append(start)
        numbers4.append(renumbered[number])
    high6, low6, numbers6 = array("Q"), array("Q"), array("I")
    for start, number in table.rows6.steps():
        high6.append(start >> 64)
        low6.append(start & LOW)
        numbers6.append(renumbered[number])
    named = sorted(table.names)
    asn_of, country_of = [asn for asn, _ in pairs], [country for _, country in pairs]
    columns: tuple[Iterable[int], ...] = (starts4, numbers4, high6, low6, numbers6, asn_of, country_of, named)
    streams = [
        _packed(typecode, sorted_, column) for (_, typecode, sorted_), column in zip(COLUMNS, columns, strict=True)
    ]
    streams.append(_xz("\n".join(table.names[asn] for asn in named).encode(), 1))
    return _with_header(table, streams)


def unpack(content: bytes) -> Origins:
    """Read the origins of a packed table. Raise ValueError where the octets are none, or are damaged."""
    try:
        return _unpacked(content)
    except (lzma.LZMAError, struct.error, LookupError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"This table of origins is damaged ({error}): import it again.") from error


def _unpacked(content: bytes) -> Origins:
    if content[: len(MAGIC)] != MAGIC:
        raise ValueError("it does not begin as a packed table of this version does")
    (length,) = HEADER_LENGTH.unpack_from(content, len(MAGIC))
    place = len(MAGIC) + HEADER_LENGTH.size
    header = json.loads(content[place : place + length])
    place += length
    streams = []
    for size in header["columns"]:
        streams.append(_opened(content[place : place + size]))
        place += size
    found = {name: _column(typecode, sorted_, streams.pop(0)) for name, typecode, sorted_ in COLUMNS}
    _check(found)
    lows, positions = lows_and_positions(np.frombuffer(found["starts4"], np.uint32))
    return Origins(
        Steps4(lows, found["numbers4"], positions),
        Steps6(found["high6"], found["low6"], found["numbers6"]),
        found["asn_of"],
        found["country_of"],
        _names(found["named"], streams.pop(0)),
        header["dated"],
        header["source"],
        header["rows"],
    )


def _opened(stream: bytes) -> bytes:
    """A column. Raise ValueError where it is cut off, or larger than any."""
    opener = lzma.LZMADecompressor(lzma.FORMAT_XZ)
    column = opener.decompress(stream, LARGEST)
    if not opener.eof or opener.unused_data:
        raise ValueError("a column is cut off or too large")
    return column


def _packed(typecode: str, sorted_: bool, numbers: Iterable[int]) -> bytes:
    column = array(typecode, numbers)
    if sorted_:
        column = array(typecode, map(sub, column, chain((0,), column)))
    if sys.byteorder == "big":
        column.byteswap()
    return _xz(column.tobytes(), column.itemsize)


def _column(typecode: str, sorted_: bool, content: bytes) -> array[int]:
    column = array(typecode, content)
    if sys.byteorder == "big":
        column.byteswap()
    return _summed(column) if sorted_ else column


def _summed(differences: array[int]) -> array[int]:
    """Each number of a sorted column, from the differences. Raise OverflowError where one has too many bits."""
    numbers = np.cumsum(np.frombuffer(differences, differences.typecode), dtype=np.uint64)
    narrow = numbers.astype(differences.typecode)
    # What goes beyond 64 bits begins anew below the number before it.
    if np.any(numbers[1:] < numbers[:-1]) or np.any(narrow != numbers):
        raise OverflowError("a sorted column has numbers with too many bits")
    return array(differences.typecode, narrow.tobytes())


def _xz(content: bytes, item: int) -> bytes:
    bits = item.bit_length() - 1  # position in the item tells more about a byte than the byte before it
    options = {
        "id": lzma.FILTER_LZMA2,
        "preset": 9 | lzma.PRESET_EXTREME,
        "dict_size": 1 << max(12, len(content).bit_length()),  # reading takes no more memory than this
        "lc": 0 if bits else 4,
        "lp": min(bits, 2),
        "pb": bits,
    }
    return lzma.compress(content, lzma.FORMAT_XZ, filters=[options])


def _with_header(table: OriginTable, streams: list[bytes]) -> bytes:
    header = json.dumps(
        {
            "dated": table.dated,
            "source": table.source,
            "rows": table.rows,
            "columns": [len(stream) for stream in streams],
        }
    ).encode()
    return b"".join((MAGIC, HEADER_LENGTH.pack(len(header)), header, *streams))


def _names(asns: array[int], content: bytes) -> IspNames:
    names = content.split(b"\n") if asns else []
    return IspNames(asns, array("I", accumulate(map(len, names))), b"".join(names))


def _check(found: dict[str, array[int]]) -> None:
    """What a lookup relies on, so that a damaged table fails here and not in an answer."""
    origins = len(found["asn_of"])
    if len(found["country_of"]) != origins or not origins or found["asn_of"][0] or found["country_of"][0]:
        raise ValueError("it does not say what each origin is")
    if _highest(found["country_of"]) >= COUNTRY_NUMBERS:
        raise ValueError("an origin has a country that is none")
    if max(map(_highest, (found["numbers4"], found["numbers6"]))) >= origins:
        raise ValueError("an address has an origin that the table does not hold")


def _highest(column: array[int]) -> int:
    return int(np.frombuffer(column, column.typecode).max())
