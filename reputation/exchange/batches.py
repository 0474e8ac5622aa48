"""A batch as a file: a signed first line, and entries packed with gzip. It never changes once it is made.

The first line names the batch's number, the hash of the batch before it, and the hash and size of what follows. It is
opened in this order: signature, hash, place in the chain, and only then it is unpacked, within a bound.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from typing import NamedTuple

from reputation.exchange import entries, signed
from reputation.exchange.entries import Entries
from reputation.exchange.keys import Key
from reputation.exchange.signed import NotGenuine

LARGEST = 1 << 20  # octets of a batch as it is served
HASH = 64  # digits


class Place(NamedTuple):
    """Where a batch stands: its number, and its hash; number 0 is before the first one."""

    number: int = 0
    hash: str = ""


class Opened(NamedTuple):
    """A batch that was verified and read."""

    place: Place
    made_at: int
    entries: Entries


def make(content: bytes, count: int, before: Place, now: int, key: Key) -> tuple[Place, bytes]:
    """Make the batch that follows `before` of these lines; return its place and its octets."""
    packed = gzip.compress(content, mtime=0)
    said = {
        "number": before.number + 1, "previous": before.hash, "made_at": now, "entries": count,
        "hash": hashlib.sha256(packed).hexdigest(), "size": len(packed),
    }  # fmt: skip
    whole = signed.write(signed.BATCH, said, key).encode() + b"\n" + packed
    return Place(before.number + 1, hash_of(whole)), whole


def opened(batch: bytes, public: str, before: Place) -> Opened:
    """Open the batch that should follow `before`; where that has no hash, the chain begins here.

    Raise NotGenuine, before anything of it is unpacked, where it is not signed so, not whole, or not the next one.
    """
    line, _, packed = batch.partition(b"\n")
    said = signed.read(signed.BATCH, line, public)
    number = signed.number(said, "number")
    if number != before.number + 1:
        raise NotGenuine(f"Batch {number} stands in the place of batch {before.number + 1}.")
    size, digest = signed.number(said, "size"), signed.text(said, "hash", HASH)
    if len(packed) != size or hashlib.sha256(packed).hexdigest() != digest:
        raise NotGenuine(f"Batch {number} is not whole, or was changed on the way.")
    if before.hash and signed.text(said, "previous", HASH) != before.hash:
        raise NotGenuine(
            f"Batch {number} does not follow the batch {before.number} that was read before: its maker tells two "
            "histories. Its database was put back from a copy, or somebody else has its key."
        )
    found = entries.read(_unpacked(packed, number))
    return Opened(Place(number, hash_of(batch)), signed.number(said, "made_at"), found)


def hash_of(batch: bytes) -> str:
    """Return the hash by which the next batch and the head name this one."""
    return hashlib.sha256(batch).hexdigest()


def _unpacked(packed: bytes, number: int) -> bytes:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        content = unpacker.decompress(packed, entries.LARGEST + 1)
    except zlib.error:
        raise NotGenuine(f"Batch {number} cannot be unpacked.") from None
    if len(content) > entries.LARGEST or not unpacker.eof or unpacker.unused_data:
        raise NotGenuine(f"Batch {number} unpacks to more than {entries.LARGEST:,} octets, or is not whole.")
    return content
