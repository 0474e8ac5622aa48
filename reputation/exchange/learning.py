"""What is learned of peers: whether spam came from the nodes that they had called spam before we knew anything of them.

Whoever repeats what we have said ourselves, or what we know already, earns no trust: a word counts as foretold only
where it was news to us when it came, and it is judged once, by what we see after that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from peewee import chunked

from reputation.exchange import choices, entries, given_sums
from reputation.exchange.given_sums import NAMES_A_STATEMENT, GivenSum
from reputation.exchange.own_sums import OwnSum
from reputation.intake import peer_trust, steps
from reputation.intake.estimate import DAY
from reputation.intake.peer_trust import Trust, Word
from reputation.store import db
from reputation.store.models import ExchangedNode, ExchangedVolume, ExchangePeer

NEWS = 0.5  # messages of spam: a node of which we know less is news
FORGOTTEN = 0.05  # messages' worth: sums below it say nothing
OLDEST = 120 * DAY
REMEMBERED = 30 * DAY  # a sum that only fades is written anew after that, so that it does not become too old
A_TRANSACTION = 2_000  # nodes: others may write after a fraction of a second
VOLUMES_KEPT = 385 * DAY


def look(sums: Iterable[OwnSum], now: int) -> int:
    """Learn of the peers from what we have seen since the last look, and remember the sums for the next one.

    Return how many words of peers were judged. `sums` are as of `now`. Others may write in between: some nodes are
    judged and remembered in each transaction, and the look is noted with the last. One that was broken off is made
    again, and finds nothing new of the nodes that it had come to.
    """
    found, since, judged = {one.name: one for one in sums}, min(choices.current().looked_at, now), 0
    for some in chunked(found.values(), A_TRANSACTION):
        with db.write():
            judged += _look_at({one.name: one for one in some}, since, now)
    with db.write():
        _weigh(_base(found.get(steps.WORLD)), now)
        choices.note(looked_at=now)
    return judged


def news(names: Iterable[str], now: int) -> set[str]:
    """Return those of these nodes that were news if a peer told us of them now: we knew of no spam at the last look."""
    wanted = set(names)
    return wanted - {name for name, row in given_sums.find(wanted).items() if row.known(now)[0] >= NEWS}


def prune(now: int) -> int:
    """Remove what has faded away; return how many rows."""
    with db.write():
        removed = given_sums.prune(now - OLDEST)
        removed += int(ExchangedNode.delete().where(ExchangedNode.at < now - OLDEST).execute())
        return removed + int(ExchangedVolume.delete().where(ExchangedVolume.day < now - VOLUMES_KEPT).execute())


def trust_of(peer: Any) -> Trust:
    """Return what was learned of a peer, from its row."""
    return Trust(peer.learned_at, peer.judged, peer.confirmed)


def _look_at(sums: dict[str, OwnSum], since: int, now: int) -> int:
    before = given_sums.find(sums)
    judged = _judge(_new(sums, before, now), since, now)
    given_sums.save(
        before.get(name, GivenSum(name))._replace(known_at=now, known_spam=own.spam, known_seen=own.seen)
        for name, own in sums.items()
        if entries.kind_of(name) and _is_told_anew(own, before.get(name), now)
    )
    return judged


def _is_told_anew(own: OwnSum, before: GivenSum | None, now: int) -> bool:
    """Whether what is remembered is not what we know: most sums have only faded, and the row says that by itself."""
    if before is None:
        return own.spam >= FORGOTTEN
    spam, seen = before.known(now)
    return before.known_at <= now - REMEMBERED or max(abs(own.spam - spam), abs(own.seen - seen)) >= FORGOTTEN


def _new(sums: dict[str, OwnSum], before: dict[str, GivenSum], now: int) -> dict[str, Word]:
    """What is new of each node since the last look."""
    found = {}
    for name, own in sums.items():
        spam, seen = before.get(name, GivenSum(name)).known(now)
        found[name] = Word(max(own.spam - spam, 0.0), max(own.seen - seen, 0.0))
    return {name: word for name, word in found.items() if max(word) >= FORGOTTEN}


def _judge(new: dict[str, Word], since: int, now: int) -> int:
    """Judge the words that came before the last look, by what is new since then."""
    one, judged = ExchangedNode, list[tuple[int, str]]()
    for some in chunked(new, NAMES_A_STATEMENT):
        waiting = (one.foretold_at > 0) & (one.foretold_at <= since) & db.among(one.name, some)
        judged.extend(one.select(one.peer, one.name).where(waiting).tuples())
    trusts = {peer.id: trust_of(peer) for peer in ExchangePeer.select()} if judged else {}
    names: dict[int, list[str]] = {}
    for peer, name in judged:
        trusts[peer] = peer_trust.learned(trusts[peer], now, *new[name])
        names.setdefault(peer, []).append(name)
    for peer, those in names.items():
        at, seen, spam = trusts[peer]
        ExchangePeer.update(learned_at=at, judged=seen, confirmed=spam).where(ExchangePeer.id == peer).execute()
        for some in chunked(those, NAMES_A_STATEMENT):
            one.update(foretold_at=0).where((one.peer == peer) & db.among(one.name, some)).execute()
    return len(judged)


def _base(world: OwnSum | None) -> float:
    """The share of spam in all that we see; 1 where nothing else is seen."""
    return world.spam / max(world.spam, world.seen) if world and world.spam > 0 else 1.0


def _weigh(base: float, now: int) -> None:
    for peer in ExchangePeer.select().where(~ExchangePeer.paused):
        weight = peer_trust.weight(trust_of(peer), now, base)
        ExchangePeer.update(weight=weight).where(ExchangePeer.id == peer.id).execute()
