"""The ISP Spam List: ranks of an ISO week and of the week before, the volume of 24 hours, and a line of seven days.

It reads the tables that counting/volumes.py writes; it knows neither names nor bots. A week is identified by the time
at which it begins (Unix seconds, UTC). No more rows of a week are read than are shown: an index has their order, and
the ranks of a week that is over are stored. Where peers share what they count (shared_volumes.py), it is added, and all
ISPs of the week are put in order anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, NamedTuple

from peewee import JOIN, Case, fn

from reputation.counting.volumes import (
    DAY,
    KEEP_DAYS,
    WEEK,
    week_of,
    weeks_with_spam,
)
from reputation.insight import shared_volumes
from reputation.store.models import SpamDay, SpamHour, SpamWeek
from reputation.store.models import database as connection
from reputation.verdict.counters import HOUR

LINE_STEP = 6 * HOUR  # of a line over the present week's hours
LINE_POINTS = 7 * DAY // LINE_STEP


class Ranked(NamedTuple):
    """An ISP in a week, with its volume of that week.

    `rank_before` is the rank of the week before, None where the ISP had no spam then.
    """

    asn: int
    rank: int
    rank_before: int | None
    volume: int


class Volume(NamedTuple):
    """The spam volume of 24 hours, and a line of the seven days that end with them."""

    day: int
    line: tuple[int, ...]


NO_VOLUME = Volume(0, ())


def weeks(now: int) -> list[int]:
    """Return the weeks that have a ranking, the latest first; the present week is always among them."""
    present = week_of(now)
    found = weeks_with_spam(present - KEEP_DAYS)
    return sorted({present} | {week for week in found if week <= present}, reverse=True)


def default_week(now: int) -> int:
    """Return the present week, or, where it has no spam yet, the latest week that has a ranking."""
    return next((week for week in weeks(now) if SpamWeek.select().where(SpamWeek.week == week).exists()), week_of(now))


def has_any() -> bool:
    """Tell whether any spam has been counted at all."""
    return bool(SpamWeek.select().exists())


def name(week: int) -> str:
    """Return the name of a week as ISO 8601 writes it, such as 2026-W48."""
    year, number, _ = datetime.fromtimestamp(week, UTC).isocalendar()
    return f"{year}-W{number:02}"


def parse_week(text: str) -> int | None:
    """Return the week with this name; None where the text is no such name."""
    try:
        begins = int(datetime.strptime(f"{text}-1", "%G-W%V-%u").replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
    return begins if name(begins) == text else None  # a year of 52 weeks has no 53rd


def ranking(week: int, most: int) -> list[Ranked]:
    """Return the `most` first ISPs of a week by their volume, the largest first; equal volumes share a rank.

    It is the volume that we have counted, with what other installations add to it.
    """
    if shared_volumes.installations(week, week + WEEK):
        shared = list(islice(_ranks_with_peers(week), most))
        ranks_before = _ranks([asn for asn, _, _ in shared], week - WEEK)
        return [Ranked(asn, rank, ranks_before.get(asn), volume) for asn, rank, volume in shared]
    before = SpamWeek.alias()
    is_same = (before.week == SpamWeek.week - WEEK) & (before.asn == SpamWeek.asn)
    rows = (
        SpamWeek.select(SpamWeek.asn, SpamWeek.volume, _rank(before))
        .join(before, JOIN.LEFT_OUTER, on=is_same)
        .where(SpamWeek.week == week)
    )
    found: list[Ranked] = []
    for asn, volume, rank_before in _in_order(rows).limit(most).tuples():
        rank = found[-1].rank if found and found[-1].volume == volume else len(found) + 1
        found.append(Ranked(asn, rank, rank_before, int(volume)))
    return found


def count(week: int) -> int:
    """Count the ISPs of a week."""
    if shared_volumes.installations(week, week + WEEK):
        return sum(1 for _ in _ranks_with_peers(week))
    return int(SpamWeek.select().where(SpamWeek.week == week).count())


def search(week: int, is_wanted: Callable[[int], bool], most: int) -> tuple[list[Ranked], int]:
    """Return the first ISPs of a week that are wanted, `most` of them, and the number of all that are.

    `is_wanted` is asked of the ASN of every ISP of the week.
    """
    found = [one for one in _all_in_order(week) if is_wanted(one[0])]
    kept = found[:most]
    before = _ranks([asn for asn, _, _ in kept], week - WEEK)
    return [Ranked(asn, rank, before.get(asn), volume) for asn, rank, volume in kept], len(found)


def volumes(asns: Sequence[int], week: int, now: int) -> dict[int, Volume]:
    """Return the volume of 24 hours and the line of seven days for these ISPs.

    They end now in the present week, and with its last day in a week that is over.
    """
    if week == week_of(now):
        return _up_to_now(asns, now)
    found: dict[int, list[int]] = {asn: [0] * 7 for asn in asns}
    rows = SpamDay.select(SpamDay.asn, SpamDay.day, SpamDay.volume).where(
        SpamDay.asn.in_(asns) & (SpamDay.day >= week) & (SpamDay.day < week + WEEK)
    )
    for asn, day, volume in rows.tuples():
        found[asn][(day - week) // DAY] += int(volume)
    return {asn: Volume(line[-1], tuple(line)) for asn, line in found.items()}


def hours(asn: int, now: int, count: int = 7 * 24) -> list[tuple[int, int]]:
    """Return the last hours of one ISP with their volumes, the present one last; an hour without spam has 0."""
    present = now - now % HOUR
    first = present - (count - 1) * HOUR
    rows = SpamHour.select(SpamHour.hour, SpamHour.volume).where(
        (SpamHour.asn == asn) & (SpamHour.hour >= first) & (SpamHour.hour <= present)
    )
    found = {hour: int(volume) for hour, volume in rows.tuples()}
    return [(hour, found.get(hour, 0)) for hour in range(first, present + HOUR, HOUR)]


def rank_of(asn: int, week: int) -> int | None:
    """Return the rank of one ISP in a week; None where it had no spam."""
    return _ranks([asn], week).get(asn)


def _up_to_now(asns: Sequence[int], now: int) -> dict[int, Volume]:
    """The present hour is the last of the 24; it is counted as far as it has come."""
    end = now - now % HOUR + HOUR
    first = end - 7 * DAY
    days: dict[int, int] = dict.fromkeys(asns, 0)
    lines: dict[int, list[int]] = {asn: [0] * LINE_POINTS for asn in asns}
    rows = SpamHour.select(SpamHour.asn, SpamHour.hour, SpamHour.volume).where(
        SpamHour.asn.in_(asns) & (SpamHour.hour >= first) & (SpamHour.hour < end)
    )
    for asn, hour, volume in rows.tuples():
        lines[asn][(hour - first) // LINE_STEP] += int(volume)
        if hour >= end - DAY:
            days[asn] += int(volume)
    return {asn: Volume(days[asn], tuple(lines[asn])) for asn in asns}


def _rank(table: Any) -> Any:
    """The rank of a row: as it is stored, else counted, in the present week and until the one before is ranked."""
    other = SpamWeek.alias()
    counted = other.select(fn.COUNT(other.asn) + 1).where((other.week == table.week) & (other.volume > table.volume))
    # Without a row, of an outer join, there is no rank: not the first one.
    return Case(None, [(table.asn.is_null(False), fn.COALESCE(table.rank, counted))])


def _ranks(asns: Sequence[int], week: int) -> dict[int, int]:
    if shared_volumes.installations(week, week + WEEK):
        wanted = set(asns)
        return {asn: rank for asn, rank, _ in _ranks_with_peers(week) if asn in wanted}
    rows = SpamWeek.select(SpamWeek.asn, _rank(SpamWeek)).where((SpamWeek.week == week) & (SpamWeek.asn << list(asns)))
    return dict(rows.tuples())


def _in_order(rows: Any) -> Any:
    return rows.order_by(SpamWeek.volume.desc(), SpamWeek.asn)


def _all_in_order(week: int) -> Iterator[tuple[int, int, int]]:
    """ASN, rank and volume of every ISP of a week, in the order of the ranks."""
    if shared_volumes.installations(week, week + WEEK):
        yield from _ranks_with_peers(week)
        return
    rows = SpamWeek.select(SpamWeek.asn, SpamWeek.volume).where(SpamWeek.week == week)
    # Without an object for each row: there may be sixty thousand, and few of them are wanted.
    yield from _ranked(connection.execute(_in_order(rows)).fetchall())


def _ranks_with_peers(week: int) -> Iterator[tuple[int, int, int]]:
    """The same, with what other installations add."""
    own = dict(SpamWeek.select(SpamWeek.asn, SpamWeek.volume).where(SpamWeek.week == week).tuples())
    found = shared_volumes.of_isps(own, week, week + WEEK)
    return _ranked(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _ranked(in_order: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    rank, last = 0, -1
    for place, (asn, volume) in enumerate(in_order, 1):
        rank, last = (rank, last) if volume == last else (place, volume)
        yield asn, rank, int(volume)
