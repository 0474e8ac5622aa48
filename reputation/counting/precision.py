"""How often feeds are right: what each listed of the senders whose mail our own filters and traps have judged.

A sender, an address or a /64, counts once a day as one that sent spam, and once as one that sent clean mail, however
many messages it sends: messages of one sender say the same, and who sends many must not decide alone. What counts is
the list that was live when its first message of the day was judged.

**What can be seen.** A message that was refused or deferred shows its filter nothing. Of a feed that is served, only
traps and mail that came in all the same are seen: hardly anything but spam, so its share is flattering. Of a feed on
watch, and of a list of good senders, all mail is seen. The two are counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import compress
from math import sqrt
from typing import Any, NamedTuple, Protocol

import numpy as np
from peewee import chunked, fn

from reputation.addresses.address import Address, Network, parse_address
from reputation.addresses.scored_networks import subject_of
from reputation.counting.watched import DAY, KEEP_DAYS
from reputation.publisher.approvals import APPROVE, LIST
from reputation.publisher.live_lists import LiveList, live_lists
from reputation.ranges.cells import Array
from reputation.ranges.ranges import packed
from reputation.store import db
from reputation.store.db import add_counts
from reputation.store.models import Feed, FeedDay, JudgedDay, JudgedSender

SOURCES = ("trap", "filter", "hand")
ROWS_A_STATEMENT = 500
FIELDS = (JudgedSender.day, JudgedSender.subject, JudgedSender.is_spam)
DAYS = 30  # that a page adds up
RECENT, BEFORE = 7, 28  # days: a fall is looked for in the former, against the latter
FEWEST = 20  # senders: a share of fewer says nothing
LEVEL = 0.95  # a list that is served is expected to be right at least so often
FALL = 0.02  # a fall by less is none, however many were seen
Z = 1.96  # standard deviations on both sides: 95 %
# What is counted of a list on a day: by the verdict, and whether all mail of those it lists came to the filters.
KINDS = {(True, True): "spam", (False, True): "clean", (True, False): "spam seen", (False, False): "clean seen"}


class Report(Protocol):
    """What is read of a spam report."""

    @property
    def address(self) -> str:
        """Return the sender's address as it was written."""
        ...

    @property
    def source(self) -> str:
        """Return the source, such as trap."""
        ...

    @property
    def weight(self) -> float:
        """Return the weight of the reporter's word."""
        ...

    @property
    def organization_id(self) -> int | None:
        """Return whose word it is; None is the installation's."""
        ...


class Precision(NamedTuple):
    """Senders that a list held when they were judged, once a day each: of so many came spam, of so many clean mail."""

    spam: int = 0
    clean: int = 0

    @property
    def judged(self) -> int:
        """Count both."""
        return self.spam + self.clean

    def bounds(self) -> tuple[float, float]:
        """Return between which shares of spam the truth is, with 95 % confidence: Wilson's interval.

        It is honest for few: of 3 in 3 it says 44 to 100 %. Nothing judged is 0 to 1.
        """
        return wilson(self.spam, self.judged)


class Measured(NamedTuple):
    """What is known of a list: `in_full` while all mail of its senders was let in, `seen` while it was served.

    `all_spam` and `all_clean` are the senders that were judged in the same time, whether a list held them or not.
    """

    in_full: Precision = Precision()
    seen: Precision = Precision()
    all_spam: int = 0
    all_clean: int = 0


class Fallen(NamedTuple):
    """A list that is less often right than it was, or than it should be, with the sentence that says so."""

    name: str
    text: str


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the lower and upper bound of a share at 95 % (Wilson 1927); 0 and 1 where nothing was counted."""
    if not total:
        return 0.0, 1.0
    share, spread = hits / total, Z * Z / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / total + spread / total / 4) / (1 + spread)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def prior(found: Precision, unknown: float = 1.5, before: float = 0.5, most: float = 30.0) -> float:
    """Return what a list's word is worth about a sender it holds: so many messages of spam, from 0 to `most`.

    With so many added, a sender of which nothing is known but `unknown` messages' worth of doubt at a share of
    `before` is estimated at the share of which we are certain: the lower bound of the list's precision. So a list that
    was seldom judged, or is right no more often than `before`, is worth nothing; and one more spam never makes it less,
    one more clean sender never more.
    """
    certain = found.bounds()[0]
    if certain <= before:
        return 0.0
    return min(unknown * (certain - before) / (1 - certain), most) if certain < 1 else most


def worth(found: Measured) -> float:
    """Return what the word of a served list is worth, as `prior` says it.

    While a list is served, hardly anything but spam is seen of it: what was judged in full decides, where that is
    enough to say anything.
    """
    together = Precision(*map(sum, zip(found.in_full, found.seen, strict=True)))
    return prior(found.in_full if found.in_full.judged >= FEWEST else together)


def words(subjects: Iterable[Network], now: int) -> dict[Network, float]:
    """Return what the served lists that hold these senders say of them: messages of spam, of the best of them.

    Lists copy from one another, and so are not added up. One on watch is not trusted yet, and says nothing. Senders
    that no list has a word about are left out.
    """
    by_version = {version: [one for one in subjects if one.version == version] for version in (4, 6)}
    asked = [(version, some, [one.first for one in some]) for version, some in by_version.items() if some]
    held_by: dict[int, list[Network]] = {}
    for listed in live_lists(now, (LIST,)):
        for version, some, firsts in asked:
            held = listed.members.holds(version, firsts)
            if any(held):
                held_by.setdefault(listed.feed, []).extend(compress(some, held))
    found: dict[Network, float] = {}
    for feed, measured in _measured(held_by, now).items():
        found.update({one: max(found.get(one, 0.0), worth(measured)) for one in held_by[feed]})
    return {one: word for one, word in found.items() if word}


def count_reports(reports: Iterable[Report], now: int) -> None:
    """Count reports of spam: those of the installation, from its traps and filters or by hand.

    Call it inside a transaction.
    """
    own = (one for one in reports if one.organization_id is None and one.weight > 0 and one.source in SOURCES)
    count(((one.address, True) for one in own), now)


def count_clean(connections: Mapping[str, int], now: int) -> None:
    """Count clean deliveries, by address. Call it inside a transaction."""
    count(((address, False) for address, times in connections.items() if times > 0), now)


def count(judged: Iterable[tuple[str, bool]], now: int) -> None:
    """Count senders whose mail was judged, each with whether it was spam. Call it inside a transaction.

    What is no address is passed over: whoever keeps the report says so.
    """
    day = now - now % DAY
    new = list(_new({(address, is_spam) for address, is_spam in _read(judged)}, day))
    if not new:
        return
    totals = Counter(is_spam for _, is_spam in new)
    add_counts((JudgedDay.day, JudgedDay.is_spam, JudgedDay.senders), ((day, *total) for total in totals.items()))
    columns = _columns(new)
    rows = [row for one in live_lists(now) for row in _of_list(one, columns, day)]
    add_counts((FeedDay.feed, FeedDay.day, FeedDay.kind, FeedDay.count), rows)


def of_feed(feed_id: int, now: int, days: int = DAYS) -> Measured:
    """Return what is known of a list from the last days."""
    first = now - now % DAY - (days - 1) * DAY
    counts = _counts(first, now + DAY, FeedDay.feed == feed_id).get(feed_id, {})
    rows = JudgedDay.select(JudgedDay.is_spam, fn.SUM(JudgedDay.senders)).where(JudgedDay.day.between(first, now))
    totals = {bool(is_spam): int(senders) for is_spam, senders in rows.group_by(JudgedDay.is_spam).tuples()}
    return Measured(_precision(counts, True), _precision(counts, False), totals.get(True, 0), totals.get(False, 0))


def fallen(now: int) -> list[Fallen]:
    """Find the lists that decide about mail and are no longer right as often as they should, by name.

    That is certain where the last 7 days have at least 20 judged senders, and the upper bound of Wilson's interval is
    below 95 %, or at least two points below the lower bound of the 28 days before. A list of good senders is right
    where mail is clean. What is on watch decides about nothing, so its page is enough.
    """
    today = now - now % DAY
    recent = _counts(today - (RECENT - 1) * DAY, now + DAY)
    before = _counts(today - (RECENT + BEFORE - 1) * DAY, today - (RECENT - 1) * DAY)
    rows = Feed.select(Feed.id, Feed.name, Feed.purpose).where(Feed.purpose.in_((LIST, APPROVE)) & ~Feed.paused)
    found = []
    for number, name, purpose in rows.order_by(fn.LOWER(Feed.name)).tuples():
        is_good = purpose == APPROVE
        now_is, was = (_precision(counts.get(number, {}), is_good) for counts in (recent, before))
        if _has_fallen(_right(now_is, is_good), _right(was, is_good)):
            found.append(Fallen(name, _sentence(name, now_is, was, is_good)))
    return found


def prune(now: int) -> int:
    """Remove who was judged before yesterday, and sums that are older than 90 days; return how many rows."""
    with db.write():
        gone = JudgedSender.delete().where(JudgedSender.day < now - now % DAY - DAY).execute()
        return int(gone) + int(JudgedDay.delete().where(JudgedDay.day < now - KEEP_DAYS * DAY).execute())


def _read(judged: Iterable[tuple[str, bool]]) -> Iterator[tuple[Address, bool]]:
    for text, is_spam in judged:
        try:
            yield parse_address(text), is_spam
        except ValueError:
            continue


def _new(judged: Iterable[tuple[Address, bool]], day: int) -> Iterator[tuple[Address, bool]]:
    """Write down who was judged, and yield those who were not yet today.

    Whoever calls has the turn of those who score (accept_many, clean_many), so nobody else writes the same rows.
    """
    by_subject = {(str(subject_of(address)), is_spam): address for address, is_spam in judged}
    for some in chunked(by_subject, ROWS_A_STATEMENT):
        rows = JudgedSender.select(JudgedSender.subject, JudgedSender.is_spam).where(
            (JudgedSender.day == day) & db.among(JudgedSender.subject, [subject for subject, _ in some])
        )
        known = {(subject, bool(is_spam)) for subject, is_spam in rows.tuples()}
        new = [key for key in some if key not in known]
        db.write_rows(FIELDS, [(day, *key) for key in new])
        yield from ((by_subject[key], key[1]) for key in new)


class _Columns(NamedTuple):
    """Senders of one IP version: their addresses, and which of them sent spam."""

    version: int
    addresses: Array
    spam: Array


def _columns(judged: list[tuple[Address, bool]]) -> list[_Columns]:
    found = []
    for version in (4, 6):
        mine = [(address.value, is_spam) for address, is_spam in judged if address.version == version]
        if mine:
            addresses = packed(version, (value for value, _ in mine))
            found.append(_Columns(version, addresses, np.array([is_spam for _, is_spam in mine])))
    return found


def _of_list(one: LiveList, judged: list[_Columns], day: int) -> Iterator[tuple[int, int, str, int]]:
    """The rows of what one list held of the senders that were judged."""
    held = [(one.members.holds(some.version, some.addresses), some.spam) for some in judged]
    for is_spam in (True, False):
        senders = sum(int((holds & (spam == is_spam)).sum()) for holds, spam in held)
        if senders:
            yield one.feed, day, KINDS[is_spam, one.purpose != LIST], senders


def _counts(first: int, end: int, which: Any = True) -> dict[int, dict[str, int]]:
    """What was counted of each feed, or of `which`, from the day `first` to before `end`, by kind."""
    then = (FeedDay.day >= first) & (FeedDay.day < end) & FeedDay.kind.in_(list(KINDS.values()))
    rows = FeedDay.select(FeedDay.feed, FeedDay.kind, fn.SUM(FeedDay.count)).where(then & which)
    found: dict[int, dict[str, int]] = {}
    for feed, kind, total in rows.group_by(FeedDay.feed, FeedDay.kind).tuples():
        found.setdefault(feed, {})[kind] = int(total)
    return found


def _measured(feeds: Collection[int], now: int) -> dict[int, Measured]:
    """What is known of these lists from the last 30 days."""
    first = now - now % DAY - (DAYS - 1) * DAY
    counts = _counts(first, now + DAY, FeedDay.feed << list(feeds)) if feeds else {}
    return {feed: Measured(_precision(one, True), _precision(one, False)) for feed, one in counts.items()}


def _precision(counts: Mapping[str, int], in_full: bool) -> Precision:
    return Precision(*(counts.get(KINDS[is_spam, in_full], 0) for is_spam in (True, False)))


def _right(found: Precision, is_good: bool) -> Precision:
    """The same with the first of them what the list is meant to hold."""
    return Precision(found.clean, found.spam) if is_good else found


def _has_fallen(now_is: Precision, was: Precision) -> bool:
    if now_is.judged < FEWEST:
        return False
    highest = now_is.bounds()[1]
    return highest < LEVEL or (was.judged >= FEWEST and highest + FALL <= was.bounds()[0])


def _sentence(name: str, now_is: Precision, was: Precision, is_good: bool) -> str:
    earlier = f", {_right(was, is_good).spam:,} of {was.judged:,} in the four weeks before" if was.judged else ""
    if is_good:
        return (
            f"Of {now_is.judged:,} senders that the list of good senders {name} covers and that were judged here in "
            f"the last 7 days, {now_is.clean:,} sent clean mail{earlier}."
        )
    return (
        f"Of {now_is.judged:,} senders that {name} listed and that our own filters and traps judged in the last "
        f"7 days, {now_is.spam:,} sent spam{earlier}."
    )
