"""What peers have said, as it is kept: sums of nodes that fade, and volumes of days, each within its bound."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from peewee import chunked, fn

from reputation.exchange import entries, learning
from reputation.exchange.batches import Opened
from reputation.exchange.entries import NodeEntry, VolumeEntry
from reputation.exchange.given_sums import NAMES_A_STATEMENT
from reputation.intake.estimate import DAY, HOUR
from reputation.intake.peer_words import left
from reputation.store import db
from reputation.store.models import ExchangedNode, ExchangedVolume, ExchangePeer

MOST_NODES = 50_000  # of one peer; the oldest words make room
MOST_VOLUMES = 200_000  # of one peer; the oldest days make room
MOST_A_DAY = 2_000  # ISPs and countries of one peer on a day; those with the least volume are left out
DAYS_BACK = 7  # of a volume that is told
MOST_MESSAGES = 10_000.0  # that a peer's sums of one node come to
LEAST = 0.05  # messages' worth: a word below it is forgotten
FIELDS = (
    ExchangedNode.peer, ExchangedNode.name, ExchangedNode.at, ExchangedNode.spam, ExchangedNode.seen,
    ExchangedNode.reporters, ExchangedNode.newest, ExchangedNode.foretold_at,
)  # fmt: skip
VOLUME_FIELDS = (ExchangedVolume.peer, ExchangedVolume.subject, ExchangedVolume.day, ExchangedVolume.volume)


class _Word(NamedTuple):
    """The columns of ExchangedNode that are no key."""

    at: int
    spam: float = 0.0
    seen: float = 0.0
    reporters: int = 1
    newest: int = 0
    foretold_at: int = 0


def keep(peer: Any, batch: Opened, now: int) -> int:
    """Add what a batch says to what the peer has said before; return how many entries count.

    `peer` is its row. Call it inside a transaction.
    """
    at = min(batch.made_at, now)
    nodes = [entry for entry in batch.entries.nodes if _is_taken(peer, entry)]
    _add_nodes(peer, nodes, at, now)
    volumes = _keep_volumes(peer, batch.entries.volumes, at) if peer.takes_statistics else 0
    said = batch.entries.left_out + len(batch.entries.nodes) + len(batch.entries.volumes)
    left_out = said - len(nodes) - volumes
    ExchangePeer.update(
        cursor=batch.place.number, cursor_hash=batch.place.hash, left_out=ExchangePeer.left_out + left_out
    ).where(ExchangePeer.id == peer.id).execute()
    return len(nodes) + volumes


def forget_words(peer: Any, names: list[str]) -> None:
    """Remove what a peer has said of these nodes. Call it inside a transaction."""
    for some in chunked(names, NAMES_A_STATEMENT):
        ExchangedNode.delete().where((ExchangedNode.peer == peer.id) & db.among(ExchangedNode.name, some)).execute()


def _is_taken(peer: Any, entry: NodeEntry) -> bool:
    is_single = entries.kind_of(entry.name) == entries.ADDRESS
    return bool(peer.takes_addresses if is_single else peer.takes_networks)


def _add_nodes(peer: Any, nodes: list[NodeEntry], at: int, now: int) -> None:
    merged = _merged(nodes)
    before, is_news = _words(peer, merged), learning.news(merged, now)
    after = {
        name: _added(name, before.get(name, _Word(at)), entry, at, now if name in is_news else 0)
        for name, entry in merged.items()
    }
    rows = sorted((peer.id, name, *word) for name, word in after.items() if max(word.spam, word.seen) >= LEAST)
    db.write_rows(FIELDS, rows, key=FIELDS[:2])
    forget_words(peer, [name for name, word in after.items() if max(word.spam, word.seen) < LEAST and name in before])
    _make_room(peer)


def _merged(nodes: Iterable[NodeEntry]) -> dict[str, NodeEntry]:
    """One entry for each node, whatever stands in the batch twice."""
    found: dict[str, NodeEntry] = {}
    for entry in nodes:
        one = found.get(entry.name, entry._replace(spam=0, seen=0))
        found[entry.name] = NodeEntry(
            entry.name, one.spam + entry.spam, one.seen + entry.seen, max(one.reporters, entry.reporters),
            max(one.newest_hour, entry.newest_hour),
        )  # fmt: skip
    return found


def _words(peer: Any, names: Iterable[str]) -> dict[str, _Word]:
    one, found = ExchangedNode, dict[str, _Word]()
    for some in chunked(names, NAMES_A_STATEMENT):
        rows = one.select(*FIELDS[1:]).where((one.peer == peer.id) & db.among(one.name, some))
        found.update((row[0], _Word(*row[1:])) for row in rows.tuples())
    return found


def _added(name: str, before: _Word, entry: NodeEntry, at: int, news_at: int) -> _Word:
    """What a peer says of a node once an entry is added. `news_at` is now where the node is news to us, otherwise 0."""
    at = max(at, before.at)
    fading = left(name, at - before.at)
    spam, seen = (_bounded(before.spam * fading + entry.spam), _bounded(before.seen * fading + entry.seen))
    newest = max(before.newest, min(entry.newest_hour * HOUR, at))  # no spam is newer than the batch that tells of it
    foretells = news_at > 0 and entry.spam > 0 and 2 * spam >= seen
    return _Word(at, spam, seen, entry.reporters, newest, news_at if foretells else before.foretold_at)


def _bounded(messages: float) -> float:
    return min(max(messages, 0.0), MOST_MESSAGES)


def _keep_volumes(peer: Any, volumes: Iterable[VolumeEntry], at: int) -> int:
    """Keep the figures of the last days, and return how many; what a day has come to is told anew each time."""
    today = at // DAY
    rows = {(one.subject, one.day): one.volume for one in volumes if today - DAYS_BACK <= one.day <= today}
    kept = sorted((peer.id, subject, day * DAY, volume) for (subject, day), volume in rows.items())
    db.write_rows(VOLUME_FIELDS, kept, key=VOLUME_FIELDS[:3])
    dropped = sum(_drop_least(peer, day) for day in sorted({day for _, _, day, _ in kept}))
    if kept:
        _drop_oldest_days(peer)
    return max(0, len(kept) - dropped)


def _drop_least(peer: Any, day: int) -> int:
    """Remove what a day has beyond its bound, and return how many figures."""
    one = ExchangedVolume
    of_day = (one.peer == peer.id) & (one.day == day)
    least = one.select(one.subject).where(of_day).order_by(one.volume.desc(), one.subject)
    names = [name for (name,) in least.offset(MOST_A_DAY).limit(entries.MOST).tuples()]
    for some in chunked(names, NAMES_A_STATEMENT):
        one.delete().where(of_day & db.among(one.subject, some)).execute()
    return len(names)


def _drop_oldest_days(peer: Any) -> None:
    one = ExchangedVolume
    over = one.select().where(one.peer == peer.id).count() - MOST_VOLUMES
    if over <= 0:
        return
    days = one.select(one.day, fn.COUNT(one.subject)).where(one.peer == peer.id).group_by(one.day).order_by(one.day)
    for day, count in list(days.tuples()):
        one.delete().where((one.peer == peer.id) & (one.day == day)).execute()
        over -= count
        if over <= 0:
            return


def _make_room(peer: Any) -> None:
    held = ExchangedNode.select().where(ExchangedNode.peer == peer.id)
    over = held.count() - MOST_NODES
    if over > 0:
        oldest = held.order_by(ExchangedNode.at, ExchangedNode.name).limit(over)
        forget_words(peer, [row.name for row in oldest])
