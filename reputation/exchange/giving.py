"""What is given: the batches of this installation, made from what it has seen itself since the last one.

Nothing of a node is given before it sent spam; so no network is named that sends clean mail alone. A sum is given in
whole messages, from which nobody learns what source a message of spam was told by.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from reputation.exchange import batches, choices, entries, given_sums, heads, keys
from reputation.exchange.batches import Place
from reputation.exchange.choices import Choice
from reputation.exchange.entries import ADDRESS, NodeEntry, VolumeEntry
from reputation.exchange.given_sums import GivenSum
from reputation.exchange.keys import Key
from reputation.exchange.own_sums import OwnSum
from reputation.exchange.signed import NotGenuine
from reputation.intake.estimate import DAY, HOUR
from reputation.refusal import Refused
from reputation.store import damage, db
from reputation.store.models import CountryDay, ExchangeBatch, SpamDay
from reputation.store.models import database as proxy

KEPT_DAYS = 14  # of batches: who was away for longer begins with the oldest that is kept
MOST_NODES = 15_000  # of one batch; those with the most spam come first, the others with the next batch
MOST_VOLUMES = 1_000  # ISPs of one day, and as many countries at most

log = logging.getLogger("gatepost.exchange")

_damaged: set[tuple[Any, int]] = set()  # batches that were asked for and cannot be read, each with its database


class Made(NamedTuple):
    """A batch of ours."""

    number: int
    made_at: int
    entries: int
    octets: int


def make(data: Path, sums: Iterable[OwnSum], choice: Choice, now: int) -> Made | None:
    """Make a batch of these sums, where there is anything new, and renew the head. Return the batch, or None.

    Raise Refused where this machine has no key, or its clock is behind our last batch. `sums` are as of `now`.
    """
    key = keys.find(data, choice.key)
    _refuse_behind(now)
    wanted = [one for one in sums if _is_given(one.name, choice)]
    found = sorted(_deltas(wanted, now), key=lambda pair: (-abs(pair[0].spam), pair[0].name))[:MOST_NODES]
    with db.write():
        volumes = list(_volumes(now)) if choice.gives_statistics and _is_new_hour(now) else []
        made = _add([entry for entry, _ in found], volumes, now, key) if found or volumes else None
        given_sums.save(given for _, given in found)
        _prune(now)
        choices.note(head=heads.write(newest(), _first(), _head_at(choice, key, now), key))
    return made


def newest() -> Place:
    """Return the place of our newest batch; number 0 where there is none."""
    row = ExchangeBatch.select().where(ExchangeBatch.number > 0).order_by(ExchangeBatch.number.desc()).first()
    return Place(row.number, row.hash) if row else Place()


def batch(number: int) -> bytes | None:
    """Return a batch as it is served; None where there is none with this number, or it is damaged in the database."""
    one = ExchangeBatch
    try:
        with damage.named():
            row = one.get_or_none((one.number == number) & (one.number > 0))
    except damage.Damaged:
        _note_damage(number)
        return None
    if row is None:
        return None
    content = bytes(row.content)
    if batches.hash_of(content) == row.hash:
        return content
    _note_damage(number)
    return None


def _note_damage(number: int) -> None:
    if (proxy.obj, number) not in _damaged:
        _damaged.add((proxy.obj, number))
        log.error("Batch %d is damaged in the database: it is not served, and the chain will begin behind it.", number)


def is_served() -> bool:
    """Tell whether our files are there for others: something is given, and a head says what."""
    choice = choices.current()
    return choice.gives and bool(choice.head)


def kept() -> list[int]:
    """Return the numbers of the batches that are kept, in their order."""
    one = ExchangeBatch.number
    return [number for (number,) in ExchangeBatch.select(one).where(one > 0).order_by(one).tuples()]


def last() -> Made | None:
    """Return our newest batch, as figures."""
    row = ExchangeBatch.select().where(ExchangeBatch.number > 0).order_by(ExchangeBatch.number.desc()).first()
    return Made(row.number, row.made_at, row.entries, len(row.content)) if row else None


def _is_given(name: str, choice: Choice) -> bool:
    kind = entries.kind_of(name)
    return bool(kind) and (choice.gives_addresses if kind == ADDRESS else choice.gives_networks)


def _deltas(sums: list[OwnSum], now: int) -> Iterator[tuple[NodeEntry, GivenSum]]:
    """What is new of each node, in whole messages, and what is given of it with that."""
    before = given_sums.find(one.name for one in sums)
    for one in sums:
        row = before.get(one.name, GivenSum(one.name))
        spam, seen = row.given(now)
        new_spam, new_seen = _whole(one.spam - spam), _whole(max(one.seen, one.spam) - seen)
        # A node that never sent spam is nobody's business.
        if (new_spam or new_seen) and (new_spam > 0 or spam > 0):
            entry = NodeEntry(one.name, new_spam, new_seen, max(1, one.reporters), one.newest // HOUR)
            yield entry, row._replace(at=now, spam=spam + new_spam, seen=seen + new_seen)


def _whole(messages: float) -> int:
    most = entries.MOST_MESSAGES
    return max(-most, min(most, round(messages)))


def _volumes(now: int) -> Iterator[VolumeEntry]:
    """What was counted today and yesterday, by ISP and country."""
    for day in (now // DAY - 1, now // DAY):
        tables: tuple[tuple[Any, Any], ...] = ((SpamDay, SpamDay.asn), (CountryDay, CountryDay.country))
        for table, subject in tables:
            rows = table.select(subject, table.volume).where(table.day == day * DAY)
            for name, volume in rows.order_by(table.volume.desc(), subject).limit(MOST_VOLUMES).tuples():
                text = f"AS{name}" if isinstance(name, int) else name
                if volume > 0 and entries.is_volume_of(text):
                    yield VolumeEntry(text, day, volume)


def _is_new_hour(now: int) -> bool:
    before = last()
    return before is None or before.made_at // HOUR != now // HOUR


def _refuse_behind(now: int) -> None:
    """Others take no batch that is newer than the head, nor any after it: give nothing where our last one would be."""
    before = last()
    if before is not None and before.made_at > now + heads.AHEAD:
        at = time.strftime("%Y-%m-%d %H:%M", time.gmtime(before.made_at))
        raise Refused(
            f"Our last batch is of {at} UTC, which is to come: this machine's clock is behind, or was ahead then. Set "
            "it. If it is right now, nothing is given until then, or until you revoke our key and begin anew."
        )


def _head_at(choice: Choice, key: Key, now: int) -> int:
    """When the head is made: never before the last one, as far as others take that for a time that has come."""
    try:
        before = heads.read(choice.head.encode(), key.public).made_at if choice.head else 0
    except NotGenuine:  # of a key that we had before
        before = 0
    batch = last()
    latest = max(before, batch.made_at if batch else 0)
    return latest if now < latest <= now + heads.AHEAD else now


def _add(nodes: list[NodeEntry], volumes: list[VolumeEntry], now: int, key: Key) -> Made:
    count = len(nodes) + len(volumes)
    place, content = batches.make(entries.write(nodes, volumes), count, newest(), now, key)
    ExchangeBatch.create(number=place.number, hash=place.hash, made_at=now, entries=count, content=content)
    return Made(place.number, now, count, len(content))


def _first() -> int:
    numbers = kept()
    return numbers[0] if numbers else 1


def _prune(now: int) -> None:
    """Remove old batches, but never the newest: the next one names its hash."""
    one = ExchangeBatch
    behind, last_one = _last_damaged(), newest().number
    old = (one.made_at < now - KEPT_DAYS * DAY) | (one.number <= behind)
    one.delete().where((one.number > 0) & (one.number < last_one) & old).execute()
    for database, number in list(_damaged):
        if database is proxy.obj and number < last_one:
            _damaged.discard((database, number))


def _last_damaged() -> int:
    """The last batch that is damaged: nobody can read on from one before it. 0 where none was found."""
    return max((number for database, number in _damaged if database is proxy.obj), default=0)
