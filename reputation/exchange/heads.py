"""The head: a small signed file that names the newest batch, and until when it holds. It is renewed with each turn.

By it a reader notices what the batches alone do not show: that somebody on the way, such as a cache, holds the newest
ones back (freeze), or goes back to older ones (rollback).
"""

from __future__ import annotations

from typing import NamedTuple

from reputation.exchange import signed
from reputation.exchange.batches import HASH, Place
from reputation.exchange.keys import Key
from reputation.exchange.signed import NotGenuine

HOUR = 3600
VALID = 24 * HOUR  # seconds after it was made
AHEAD = 15 * 60  # seconds that another clock may be ahead of ours
CACHED = HOUR  # seconds: a cache among several may still have a head of before


class Head(NamedTuple):
    """What a head says: the newest batch, the oldest that is kept, when it was made and until when it holds."""

    newest: Place
    first: int
    made_at: int
    valid_until: int


def write(newest: Place, first: int, now: int, key: Key) -> str:
    """Write the head of these batches. `first` is the number of the oldest one that is kept."""
    said = {
        "number": newest.number, "hash": newest.hash, "first": first, "made_at": now, "valid_until": now + VALID,
    }  # fmt: skip
    return signed.write(signed.HEAD, said, key)


def read(document: bytes, public: str) -> Head:
    """Read a head that is signed with this key. Raise NotGenuine."""
    said = signed.read(signed.HEAD, document, public)
    place = Place(signed.number(said, "number"), signed.text(said, "hash", HASH))
    return Head(place, *(signed.number(said, name) for name in ("first", "made_at", "valid_until")))


def is_cached(head: Head, last: Head | None) -> bool:
    """Tell whether a head is one of shortly before the last one that was seen: there is nothing new in it.

    Whoever holds it back on purpose gains no more than by holding the newest one back.
    """
    return last is not None and last.made_at - CACHED <= head.made_at < last.made_at


def check(head: Head, last: Head | None, now: int) -> None:
    """Raise NotGenuine where a head does not hold now, or goes back behind the last one that was seen."""
    if head.made_at > now + AHEAD:
        raise NotGenuine(
            f"Its head was made in the future, by {_span(head.made_at - now)}: its clock or ours is wrong."
        )
    if head.valid_until > head.made_at + 30 * VALID or head.valid_until < head.made_at:
        raise NotGenuine("Its head does not say how long it holds.")
    if last is not None and (head.made_at < last.made_at or head.newest.number < last.newest.number):
        raise NotGenuine(
            f"Its head goes back from batch {last.newest.number} to batch {head.newest.number}, or to an older time: "
            "an old copy is served, or its database was put back from one."
        )
    if last is not None and head.newest.number == last.newest.number and head.newest.hash != last.newest.hash:
        raise NotGenuine(f"Its batch {head.newest.number} is another one than before: its maker tells two histories.")
    if head.valid_until < now:
        raise NotGenuine(
            f"Nothing new since {_span(now - head.made_at)}: it has stopped, somebody on the way holds it back, or a "
            "clock is wrong."
        )


def _span(seconds: int) -> str:
    return f"{seconds // HOUR:,} hours" if seconds >= 2 * HOUR else f"{seconds // 60} minutes"
