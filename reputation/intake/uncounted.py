"""Messages that count for nobody: why, how many since the start, and the newest of them for people to read.

A trap and a complaint address take mail from everybody, so what is kept is bounded: in octets of a message, in messages
of one client, and in messages for each reason. Nothing that is kept here lists or names anybody else.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from reputation.addresses.address import Address
from reputation.addresses.scored_networks import subject_of
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.models import UncountedMessage

TRAP, COMPLAINTS = "trap", "complaints"
# Why a message counts for nobody, in the words of the screen and of the command line.
REASONS = {
    "unknown reporter": "the complaint's reporter is not one that complaint_reporter names",
    "unread": "it is no complaint of a form that can be read: ARF, XARF 4 or Microsoft's JMRP",
    "not spam": "it is a report, but not about spam",
    "no source": "it names no sender, neither in Source-IP nor in a Received field that can be read",
    "too old": "the message that it is about is older than three days",
    "own server": "it is about a server of own_networks",
    "own user": "a logged-in user of a server of own_networks sent it",
    "unread hop": "a server of own_networks handed it over, whose Received field cannot be read",
    "no hop": "only servers of own_networks stand in its Received fields",
    "no key": "the reporter's DKIM key could not be fetched",
    "guarded": "reports never list its sender",
}
LONGEST = 2048  # characters of a message that are kept
KEPT = 100  # messages for each reason
KEPT_OF_ONE = 10  # of one client, for each reason
MOST_WAITING = 200  # between two writes
KEPT_DAYS, DAY = 30, 86400


class NotCounted(Refused):
    """A message counts for nobody; `why` is a key of REASONS, whose words are the text.

    `address` is whom it is about, as far as it says so.
    """

    def __init__(self, why: str, address: Address | None = None) -> None:
        super().__init__(f"Not counted: {REASONS[why]}.")
        self.why, self.address = why, address


class Uncounted(NamedTuple):
    """One such message: when it came and where, why it does not count, who handed it over, and whom it is about."""

    at: int
    way: str
    why: str
    client: str = ""
    address: str = ""
    evidence: str = ""


class UncountedMessages:
    """The figures since the start, and what waits to be written. Any thread may add to it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures: Counter[tuple[str, str]] = Counter()
        self._waiting: list[Uncounted] = []
        self._by_client: Counter[tuple[str, str]] = Counter()
        self._may_be_there: list[Uncounted] = []  # a write of them has failed, or nobody knows

    def add(self, message: Uncounted) -> None:
        """Count a message; keep it for people, as long as neither its client nor all together have sent too many."""
        with self._lock:
            self._figures[message.way, message.why] += 1
            self._by_client[message.client, message.why] += 1
            if len(self._waiting) < MOST_WAITING and self._by_client[message.client, message.why] <= KEPT_OF_ONE:
                self._waiting.append(message._replace(evidence=message.evidence[:LONGEST].replace("\0", "")))

    def figures(self) -> dict[tuple[str, str], int]:
        """Return the counts since the start, by way and reason."""
        with self._lock:
            return dict(self._figures)

    def rows(self) -> list[tuple[str, str, int]]:
        """Return the counts since the start as way, reason in words and number, the most frequent first."""
        found = sorted(self.figures().items(), key=lambda figure: -figure[1])
        return [(way, REASONS[why], count) for (way, why), count in found]

    def write(self) -> int:
        """Write what waits, and keep the table within its bounds; return how many were written.

        What a database that fails does not take waits for the next time.
        """
        with self._lock:
            waiting, self._waiting = self._waiting, []
            self._by_client.clear()
        try:
            if waiting:
                _write(waiting, self._may_be_there)
        except Exception:
            with self._lock:
                self._may_be_there = waiting
                self._waiting = [*waiting, *self._waiting][:MOST_WAITING]
            raise
        self._may_be_there = []
        return len(waiting)


def client_of(address: Address | None) -> str:
    """Return how a client is named here: its address, or the /64 of an IPv6 address; "" where nobody knows it."""
    return "" if address is None else str(subject_of(address))


def newest(limit: int = 50) -> list[Uncounted]:
    """Return the newest of what is kept, the last one first."""
    rows = UncountedMessage.select().order_by(UncountedMessage.id.desc()).limit(limit)
    return [Uncounted(row.arrived_at, row.way, row.why, row.client, row.address, row.evidence) for row in rows]


def prune(now: int) -> int:
    """Remove what is older than 30 days; return how many messages."""
    return int(UncountedMessage.delete().where(UncountedMessage.arrived_at < now - KEPT_DAYS * DAY).execute())


def _write(messages: Sequence[Uncounted], may_be_there: Sequence[Uncounted]) -> None:
    fields = [
        UncountedMessage.arrived_at, UncountedMessage.way, UncountedMessage.why, UncountedMessage.client,
        UncountedMessage.address, UncountedMessage.evidence,
    ]  # fmt: skip
    with db.write():
        db.lock_for_transaction("uncounted messages")
        rows = [_storable(message) for message in messages]
        if may_be_there:
            first, last = min(one.at for one in may_be_there), max(one.at for one in may_be_there)
            there = Counter(UncountedMessage.select(*fields).where(fields[0].between(first, last)).tuples())
            tried = Counter(map(_storable, may_be_there))
            rows = list((Counter(rows) - (there & tried)).elements())
        db.write_rows(fields, rows)
        for why in {message.why for message in messages}:
            _bound(why)


def _storable(message: Uncounted) -> tuple[object, ...]:
    """PostgreSQL keeps no half of a character."""
    return (*message[:5], message.evidence.encode(errors="replace").decode())


def _bound(why: str) -> None:
    """Of each client the newest stay, and of these the newest: one that floods us pushes nobody else out."""
    rows = UncountedMessage.select(UncountedMessage.id, UncountedMessage.client).where(UncountedMessage.why == why)
    kept: list[int] = []
    of_client: Counter[str] = Counter()
    for number, client in rows.order_by(UncountedMessage.id.desc()).tuples():
        of_client[client] += 1
        if of_client[client] <= KEPT_OF_ONE and len(kept) < KEPT:
            kept.append(number)
    UncountedMessage.delete().where((UncountedMessage.why == why) & (UncountedMessage.id.not_in(kept))).execute()
