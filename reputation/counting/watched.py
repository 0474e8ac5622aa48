"""What feeds on watch would have done: counted from the connections of a batch, and read back by feed or organization.

A feed on watch is in no answer. Of each connection that was asked about, two things are known: the answer, and for all
that were matched and one in so many of the others, the address. So what a feed lists and was matched anyway is counted,
and what it alone would have matched is estimated from the sample. Whether a listing would have come to anything is
decided by the same decision as for DNS: over a snapshot that has the organizations' policies, and lists every address.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from typing import Any, NamedTuple

import numpy as np
from peewee import fn

from reputation.publisher.approvals import APPROVE, WATCH
from reputation.publisher.live_lists import LiveList, live_lists
from reputation.ranges.membership import Membership
from reputation.store import db
from reputation.store.db import add_counts
from reputation.store.models import Feed, FeedDay, WatchedDay
from reputation.verdict.counters import HOUR, Batch
from reputation.verdict.decision import code_of
from reputation.verdict.matches import Matches
from reputation.verdict.snapshot import Layer, Listed, Snapshot
from reputation.verdict.steps import steps4, steps6
from reputation.verdict.zones import DATABASE_NAMES, FOREVER, SLOTS, STANDARD, category_slot

DAY = 24 * HOUR
KEEP_DAYS = 90
ASKED = "asked"
EVERYWHERE4, EVERYWHERE6 = steps4([(0, 1)]), steps6([(0, 1)])

Places = np.ndarray[Any, Any]


class WouldHave(NamedTuple):
    """What a feed on watch would have done, in connections.

    `asked` were asked about in its database; `already` of them it lists, and they were matched without it; `more` is
    about how many it alone would have matched.
    """

    asked: int = 0
    already: int = 0
    more: int = 0


class OnWatch(NamedTuple):
    """A feed on watch, and what it would have done to the connections of one organization."""

    name: str
    database: str
    found: WouldHave


def add(batch: Batch, snapshot: Snapshot | None, known: Collection[int], sample: int, now: int) -> None:
    """Count what the feeds on watch list of a batch. Call it inside the transaction that writes the batch.

    `known` are the organizations that still exist; `sample`: one in so many of the unlisted connections is in the
    batch, 0 for none. Without a snapshot nothing was answered.
    """
    if snapshot is None or not batch.answers:
        return
    lists = live_lists(now, (WATCH, APPROVE))
    on_watch = [one for one in lists if one.purpose == WATCH]
    if not on_watch:
        return
    _add_asked(batch, on_watch, known)
    seen = _Seen(batch.matches, known, [one.members for one in lists if one.purpose == APPROVE])
    counts: Counter[tuple[int, int, int, bool]] = Counter()
    for one in on_watch:
        counts += _listed(one, seen, snapshot, sample, now)
    fields = (WatchedDay.organization, WatchedDay.day, WatchedDay.feed, WatchedDay.matched, WatchedDay.connections)
    add_counts(fields, ((*key, count) for key, count in counts.items()))


def of_feed(feed_id: int, now: int, days: int = 7) -> WouldHave:
    """Return what a feed on watch would have done in the last days, to all who asked."""
    first = now - now % DAY - (days - 1) * DAY
    asked = FeedDay.select(fn.SUM(FeedDay.count)).where(
        (FeedDay.feed == feed_id) & (FeedDay.kind == ASKED) & (FeedDay.day >= first)
    )
    rows = WatchedDay.select(WatchedDay.matched, fn.SUM(WatchedDay.connections))
    rows = rows.where((WatchedDay.feed == feed_id) & (WatchedDay.day >= first)).group_by(WatchedDay.matched)
    sums = {bool(matched): int(count) for matched, count in rows.tuples()}
    return WouldHave(int(asked.scalar() or 0), sums.get(True, 0), sums.get(False, 0))


def of_organization(organization_id: int, first: int, end: int) -> list[OnWatch]:
    """Return what each feed on watch would have done from the day of `first` to before `end`, by name.

    Feeds that were put on watch before `end` are among them with nothing counted; `asked` is not told here, the
    organization's own figures have it.
    """
    rows = WatchedDay.select(WatchedDay.feed, WatchedDay.matched, fn.SUM(WatchedDay.connections))
    mine = (WatchedDay.organization == organization_id) & (WatchedDay.day >= first - first % DAY)
    rows = rows.where(mine & (WatchedDay.day < end)).group_by(WatchedDay.feed, WatchedDay.matched)
    counts = {(feed, bool(matched)): int(count) for feed, matched, count in rows.tuples()}
    watched = Feed.select(Feed.id, Feed.name, Feed.database).where(
        (Feed.purpose == WATCH) & ~Feed.paused & (Feed.watched_since < end)
    )
    return [
        OnWatch(name, database, WouldHave(0, counts.get((feed, True), 0), counts.get((feed, False), 0)))
        for feed, name, database in watched.order_by(fn.LOWER(Feed.name)).tuples()
    ]


def prune(now: int) -> int:
    """Remove days that are older than 90 days, of all that is counted about feeds; return how many rows."""
    old = now - KEEP_DAYS * DAY
    with db.write():
        days = FeedDay.delete().where(FeedDay.day < old).execute()
        return int(days) + int(WatchedDay.delete().where(WatchedDay.day < old).execute())


class _Seen:
    """The connections of a batch whose addresses are known, in columns, without organizations that are gone."""

    def __init__(self, matches: Matches, known: Collection[int], approved: list[Membership]) -> None:
        self.matches, self.approved = matches, approved
        what = np.frombuffer(matches.what, np.uint64) if len(matches) else np.empty(0, np.uint64)
        kept = np.isin(what >> np.uint64(32), np.array(sorted(known), np.uint64))
        self.places = kept.nonzero()[0]
        self.database, self.version, self.code = (
            (what[kept] >> np.uint64(shift) & np.uint64(255)).astype(np.uint8) for shift in (16, 8, 0)
        )

    def listed(self, one: LiveList) -> Places:
        """The places, among all matches, of the connections in this feed's database that its list holds."""
        asked = self.database == DATABASE_NAMES.index(one.database)
        found = [self._held(one.members, version, asked) for version in (4, 6)]
        return np.concatenate(found)

    def _held(self, members: Membership, version: int, asked: Places) -> Places:
        places = self.places[asked & (self.version == version)]
        low = np.frombuffer(self.matches.low, np.uint64)[places] if len(places) else np.empty(0, np.uint64)
        addresses = low.astype(np.uint32)
        if version == 6 and len(places):
            addresses = np.stack([np.frombuffer(self.matches.high, np.uint64)[places], low], axis=1)
        elif version == 6:
            addresses = np.empty((0, 2), np.uint64)
        held = members.holds(version, addresses)
        for good in self.approved:  # what a list of good senders covers is listed by no feed
            held &= ~good.holds(version, addresses)
        found: Places = places[held]
        return found


def _add_asked(batch: Batch, on_watch: list[LiveList], known: Collection[int]) -> None:
    asked: Counter[tuple[str, int]] = Counter()
    for (hour, organization, database, _), count in batch.answers.items():
        if organization in known:
            asked[DATABASE_NAMES[database], hour - hour % DAY] += count
    rows = [
        (one.feed, day, ASKED, count)
        for one in on_watch
        for (database, day), count in asked.items()
        if database == one.database
    ]
    add_counts((FeedDay.feed, FeedDay.day, FeedDay.kind, FeedDay.count), rows)


def _listed(
    one: LiveList, seen: _Seen, snapshot: Snapshot, sample: int, now: int
) -> Counter[tuple[int, int, int, bool]]:
    """Connections that this list holds, by organization, day, feed and whether they were matched without it."""
    database = DATABASE_NAMES.index(one.database)
    trial = _listing_all(snapshot, database, one.category)
    counts: Counter[tuple[int, int, int, bool]] = Counter()
    for match in map(seen.matches.__getitem__, seen.listed(one).tolist()):
        key = match.organization, match.at - match.at % DAY, one.feed
        if match.code:
            counts[(*key, True)] += 1
        elif code_of(trial, database, match.organization, match.version, match.value, now):
            counts[(*key, False)] += sample
    return counts


def _listing_all(snapshot: Snapshot, database: int, category: str) -> Snapshot:
    """The same policies, and every address listed in one category, or at every level of the dynamic database."""
    slots = [category_slot(category)] if database == STANDARD else range(SLOTS)
    ends = [0] * SLOTS + [FOREVER if slot in slots else 0 for slot in range(SLOTS)]
    everything = Listed(Layer(EVERYWHERE4, EVERYWHERE6, ends, ("",) * len(ends)))
    standard, dynamic = (everything, None) if database == STANDARD else (None, everything)
    return Snapshot(standard, dynamic, snapshot.origins, snapshot.policies)
