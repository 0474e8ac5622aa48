"""What is taken: the batches of a peer, fetched in their order, and verified before they are read.

A batch is kept with the place in the chain that was reached, in one transaction: what fails midway is fetched again,
and nothing counts twice. Whatever is wrong becomes a sentence at the peer, and takes nothing back.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from reputation.clock import SLACK
from reputation.exchange import batches, heads, introductions, keeping, peers, signed
from reputation.exchange.batches import Place
from reputation.exchange.heads import Head
from reputation.exchange.signed import NotGenuine
from reputation.intake.estimate import HOUR
from reputation.intake.fetch import Fetched, FetchError, NotThere, TooLarge, fetch
from reputation.store import db
from reputation.store.models import ExchangePeer

A_TURN = 50  # batches of one peer
SECONDS = 60.0  # of a turn, for all peers
LONGEST_WAIT = 6 * HOUR  # after a fault
LONGEST_PROBLEM = 500
PEER = "the peer itself"  # who is named in the audit log
MEANWHILE = "It was changed while it was read, here or by another program; the next turn goes on."

Fetch = Callable[[str, int, str], Fetched]


class Taken(NamedTuple):
    """What a turn brought of one peer: how many batches and entries, and what was wrong, in a sentence or "".

    `nodes` are the names of those that it told of.
    """

    name: str
    batches: int
    entries: int
    problem: str
    nodes: frozenset[str] = frozenset()


def fetch_file(url: str, max_bytes: int, etag: str = "") -> Fetched:
    """Fetch one file of a peer. Raise FetchError, or NotGenuine where it is larger than any such file."""
    try:
        return fetch(url, max_bytes, etag, patience=peers.PATIENCE)
    except TooLarge:
        raise NotGenuine(f"{url.rpartition('/')[2]} is larger than {max_bytes:,} octets.") from None


def due(now: int) -> list[str]:
    """Return the names of the peers whose turn it is, the one that was tried longest ago first."""
    one = ExchangePeer
    is_due = (one.next_try_at <= now) | (one.tried_at > now + SLACK)  # by a clock that was ahead
    rows = one.select(one.name).where(is_due & ~one.paused & one.revoked_at.is_null())
    return [name for (name,) in rows.order_by(one.tried_at, one.id).tuples()]


def take_due(now: int, every: int, fetching: Fetch = fetch_file) -> list[Taken]:
    """Take from each peer whose turn it is; one that fails leaves the others alone. A turn ends after a minute."""
    end, done = time.monotonic() + SECONDS, list[Taken]()
    for name in due(now):
        done.append(take(name, now, every, fetching, end))
        if time.monotonic() > end:
            break
    return done


def take(name: str, now: int, every: int = 900, fetching: Fetch = fetch_file, end: float = math.inf) -> Taken:
    """Take what a peer has given since the last time. `every` is the time until its next turn, in seconds.

    After `end`, by the monotonic clock, no other batch is begun: the next turn goes on at once. No transaction is open
    while it is fetched. Raise Refused where there is no such peer.
    """
    turn, problem, asked_to_wait = _Turn(peers.row_of(name), now, fetching, end), "", 0
    try:
        turn.run()
    except (NotGenuine, FetchError) as fault:
        problem = str(fault)[:LONGEST_PROBLEM]
        asked_to_wait = fault.wait if isinstance(fault, FetchError) else 0
    with db.write():
        _note(turn, problem, every, asked_to_wait)
    return Taken(name, turn.batches, turn.entries, problem, frozenset(turn.nodes))


class _Turn:
    """One turn with one peer: from its head to the last batch that was kept."""

    def __init__(self, peer: Any, now: int, fetching: Fetch, end: float = math.inf) -> None:
        self.peer, self.now, self._fetch, self._end = peer, now, fetching, end
        self.batches = self.entries = 0
        self.nodes: set[str] = set()
        self.gap = ""
        self.is_behind = False
        self._reached = peer.cursor

    def run(self) -> None:
        """Take the batches up to the newest. Raise NotGenuine or FetchError; what was kept until then stays."""
        head = self._head()
        place = self._begin(head)
        while place.number < head.newest.number:
            if self.batches >= A_TURN or time.monotonic() > self._end:
                self.is_behind = True
                return
            place = self._next(place, head)

    def _head(self) -> Head:
        peer, last = self.peer, _last_head(self.peer)
        # Until all is here that the last head named, it is read again: it says what is still kept.
        etag = peer.etag if last and peer.cursor == peer.head_number else ""
        try:
            found = self._fetch(f"{peer.address}latest", signed.LARGEST, etag)
        except NotThere:  # whoever gives nothing any more may have revoked its key
            self._look_for_revocation()
            raise
        head = last if found.body is None else self._read(found.body)
        if head is None:
            raise NotGenuine("Its web server says that nothing has changed, and was not asked that.")
        if last is not None and heads.is_cached(head, last):
            return last
        heads.check(head, last, self.now)
        values = {"head_number": head.newest.number, "head_hash": head.newest.hash, "etag": found.etag[:200]}
        values |= {"head_made_at": head.made_at, "head_valid_until": head.valid_until}
        with db.write():
            ExchangePeer.update(values).where(ExchangePeer.id == peer.id).execute()
        return head

    def _read(self, document: bytes) -> Head:
        try:
            return heads.read(document, self.peer.key)
        except NotGenuine:
            self._look_for_revocation()
            raise

    def _look_for_revocation(self) -> None:
        """Raise NotGenuine where the peer has revoked its key: there is no head, or none that this has signed."""
        try:
            body = self._fetch(f"{self.peer.address}revocation", signed.LARGEST, "").body or b""
            found = introductions.read_revocation(body, self.peer.key)
        except (NotGenuine, FetchError):
            return
        with db.write():
            peers.mark_revoked(self.peer, found.next_key, self.now, PEER)
        raise NotGenuine("It has revoked its key.")

    def _begin(self, head: Head) -> Place:
        """The place from which it goes on; a hash is missing where the chain begins for us."""
        place = Place(self.peer.cursor, self.peer.cursor_hash)
        if place.number >= head.first - 1:
            return place
        self.gap = f"Batches {place.number + 1} to {head.first - 1} are no longer there." if place.number else ""
        return Place(head.first - 1)

    def _next(self, before: Place, head: Head) -> Place:
        number = before.number + 1
        body = self._fetch(f"{self.peer.address}{number}.batch", batches.LARGEST, "").body or b""
        found = batches.opened(body, self.peer.key, before)
        is_heads = number != head.newest.number or found.place.hash == head.newest.hash
        if not is_heads or found.made_at > head.made_at:
            raise NotGenuine(f"Batch {number} is not one that the head names: files of two times are mixed.")
        with db.write():
            if not _is_where(self.peer, self._reached):
                raise NotGenuine(MEANWHILE)
            self.entries += keeping.keep(self.peer, found, self.now)
        self.nodes.update(entry.name for entry in found.entries.nodes)
        self._reached = found.place.number
        self.batches += 1
        return found.place


def _is_where(peer: Any, cursor: int) -> bool:
    """Tell whether the peer is still there, taken from, and was read as far as we think."""
    row = ExchangePeer.get_or_none(ExchangePeer.id == peer.id)
    return row is not None and (row.cursor, row.key, row.paused, row.revoked_at) == (cursor, peer.key, False, None)


def _last_head(peer: Any) -> Head | None:
    if not peer.head_made_at:
        return None
    return Head(Place(peer.head_number, peer.head_hash), 1, peer.head_made_at, peer.head_valid_until)


def _note(turn: _Turn, problem: str, every: int, asked_to_wait: int) -> None:
    """Keep how a turn went, and when the next one is: after a fault the later, the longer nothing came.

    It is never before the moment that the peer's web server has named.
    """
    peer, now, wait = turn.peer, turn.now, 0 if turn.is_behind else every
    if problem:
        wait = max(every, min(LONGEST_WAIT, (now - max(peer.taken_at, peer.added_at)) // 4))
    wait = max(wait, asked_to_wait)
    values = {"tried_at": now, "next_try_at": now + wait, "problem": problem or turn.gap}
    if not problem:
        values["taken_at"] = now
    if turn.batches:
        values["result"] = f"{turn.batches} batches, {turn.entries} entries."
    ExchangePeer.update(values).where(ExchangePeer.id == peer.id).execute()
