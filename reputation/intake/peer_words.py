"""What peers have said of nodes, as the estimate reads it: peer_trust.py over the tables that the exchange fills."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from peewee import chunked

from reputation.addresses.address import parse_network
from reputation.addresses.scored_networks import AROUND, WHOLE
from reputation.intake.estimate import ADDRESS, CLASS, HALF_LIVES, NEAR, PROVIDER, WIDE, WORLD
from reputation.intake.peer_trust import Word, foreign, group_of
from reputation.intake.steps import WORLD as WORLD_NAME
from reputation.store import db
from reputation.store.models import ExchangedNode, ExchangePeer

NAMES_A_STATEMENT = 500
SAID = 0.5  # messages from which an installation is counted among those that say a node sends spam
NOTHING = Word()


class Told(NamedTuple):
    """What others' words about a node come to, and how many say that it sends spam, independent of each other.

    `spam` and `seen` are messages' worth, as of now; `installations` counts groups of peers. `newest` is the newest
    spam (Unix seconds) that two of them know of, or one beside our own; 0 where nobody agrees.
    """

    spam: float
    seen: float
    installations: int
    newest: int = 0


class _Said(NamedTuple):
    peer: int
    name: str
    word: Word
    newest: int


class _Peers(NamedTuple):
    weights: dict[int, float]
    groups: dict[int, str]


def words_about(
    names: Iterable[str], now: int, own: Mapping[str, Word] | None = None
) -> dict[str, tuple[float, float]]:
    """Return what others' words add to nodes: messages of spam and messages seen, by the name of the node.

    `own` is what we have seen ourselves at these nodes, as of now; one that is missing counts as never seen. A name of
    which nobody says anything that counts is not in the answer.
    """
    told = told_about(names, now, own)
    return {name: (one.spam, one.seen) for name, one in told.items() if one.seen > 0}


def told_about(names: Iterable[str], now: int, own: Mapping[str, Word] | None = None) -> dict[str, Told]:
    """Return the same with the number of independent installations, for every node that a peer has a word about."""
    peers = _peers()
    if not peers.weights:
        return {}
    words: dict[str, dict[int, _Said]] = {}
    for one in _said(names, now):
        if one.peer in peers.weights:
            words.setdefault(one.name, {})[one.peer] = one
    return {name: _told(said, peers, (own or {}).get(name, NOTHING)) for name, said in words.items()}


def step_of(name: str) -> int:
    """Return the step of a node by its name, as reputation/intake/estimate.py counts them."""
    if name.startswith("AS"):
        return PROVIDER
    if name == WORLD_NAME:
        return WORLD
    if not name[:1].isdigit() and ":" not in name:
        return CLASS
    network = parse_network(name)
    if network.prefix >= WHOLE[network.version]:
        return ADDRESS
    return NEAR if network.prefix >= AROUND[network.version] else WIDE


def left(name: str, age: int) -> float:
    """Return what is left of a node's sums after so many seconds."""
    return math.exp2(-age / HALF_LIVES[step_of(name)]) if age > 0 else 1.0


def _told(said: dict[int, _Said], peers: _Peers, own: Word) -> Told:
    spam, seen = foreign({peer: one.word for peer, one in said.items()}, peers.weights, peers.groups, own)
    saying: dict[str, int] = {}
    for peer, one in said.items():
        if one.word.spam >= SAID and peers.weights[peer] > 0:
            group = peers.groups[peer]
            saying[group] = max(saying.get(group, 0), one.newest)
    # What one alone says of the time keeps nothing listed.
    times = sorted(saying.values(), reverse=True)
    agreed = times if own.spam >= SAID else times[1:]
    return Told(spam, seen, len(saying), agreed[0] if agreed else 0)


def _peers() -> _Peers:
    """The weights of those whose words count, and the groups of all: who is paused may still have introduced others."""
    one = ExchangePeer
    rows = list(one.select(one.id, one.key, one.introduced_by, one.weight, one.paused, one.revoked_at).tuples())
    groups = group_of({row[1]: row[2] for row in rows})
    counting = {row[0]: row[3] for row in rows if not row[4] and row[5] is None}
    return _Peers(counting, {row[0]: groups[row[1]] for row in rows})


def _said(names: Iterable[str], now: int) -> Iterator[_Said]:
    one = ExchangedNode
    for some in chunked(set(names), NAMES_A_STATEMENT):
        columns = (one.peer, one.name, one.at, one.spam, one.seen, one.newest)
        for peer, name, at, spam, seen, newest in one.select(*columns).where(db.among(one.name, some)).tuples():
            fading = left(name, now - at)
            yield _Said(peer, name, Word(spam * fading, seen * fading), min(newest, now))
