"""What this installation has seen of nodes itself: the sums that the exchange gives, and learns from.

A source is a function; `of_nodes` reads the tables of the estimate, which hold what counts for everybody, and nothing
of what peers have said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from peewee import chunked

from reputation.exchange.given_sums import NAMES_A_STATEMENT
from reputation.intake.estimate import DAY
from reputation.intake.peer_words import left
from reputation.store import db
from reputation.store.models import ExchangeGiven, ScoredNode, SenderScore

OLDEST = 90 * DAY
MOST = 100_000  # nodes and addresses of one look that have changed: the newest of them
LEAST = 0.05  # messages of spam of an address that is told of
Fields = tuple[Any, Any, Any, Any, Any]
NODES: Fields = (ScoredNode.name, ScoredNode.at, ScoredNode.spam, ScoredNode.seen, ScoredNode.last)
ADDRESSES: Fields = (SenderScore.network, SenderScore.at, SenderScore.spam, SenderScore.seen, SenderScore.last)
ONE = 1  # reporter: the tables do not say how many stand behind a sum


class OwnSum(NamedTuple):
    """What was seen of a node: messages as of now, reporters that are independent of each other, the newest spam.

    `name` is that of reputation/intake/steps.py; `newest` is in Unix seconds.
    """

    name: str
    spam: float
    seen: float
    reporters: int
    newest: int


# Takes since when (Unix seconds) and the present time; returns the nodes whose sums have changed since, as of now. A
# node of which nothing is left is returned once with sums of 0, and `steps.WORLD` has the sums of all messages.
Source = Callable[[int, int], Iterable[OwnSum]]


def of_nodes(since: int, now: int) -> Iterator[OwnSum]:
    """Read the sums of nodes and of single addresses that have changed, and of those that we knew before."""
    changed = set()
    for one in (*_changed(NODES, since, now), *_changed(ADDRESSES, since, now)):
        changed.add(one.name)
        yield one
    known = ExchangeGiven.select(ExchangeGiven.name).where(ExchangeGiven.known_spam > 0).tuples()
    yield from _now([name for (name,) in known if name not in changed], now)


def _changed(fields: Fields, since: int, now: int) -> list[OwnSum]:
    name, at, spam, *_ = fields
    wanted = (at >= since) & (at > now - OLDEST) & (at <= now + DAY)  # and nothing of a clock that was wrong
    if fields is ADDRESSES:
        wanted &= spam >= LEAST
    rows = name.model.select(*fields).where(wanted).order_by(at.desc()).limit(MOST)
    return [_as_of(now, *row) for row in rows.tuples()]


def _now(names: list[str], now: int) -> Iterator[OwnSum]:
    """The sums of nodes that we knew, which may have been taken back since; 0 where nothing is left."""
    for some in chunked(names, NAMES_A_STATEMENT):
        found = dict.fromkeys(some, OwnSum("", 0.0, 0.0, ONE, 0))
        for fields in (NODES, ADDRESSES):
            rows = fields[0].model.select(*fields).where(db.among(fields[0], some))
            found.update((row[0], _as_of(now, *row)) for row in rows.tuples())
        yield from (one._replace(name=name) for name, one in found.items())


def _as_of(now: int, name: str, at: int, spam: float, seen: float, last: int) -> OwnSum:
    fading = left(name, now - at)
    return OwnSum(name, spam * fading, seen * fading, ONE, max(last, 0))
