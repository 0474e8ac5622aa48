"""Spam volume: how often a listed address was asked about or reported, by ISP, country, hour, day and ISO week (UTC).

It owns the tables of volumes, the rule of what counts, how long each is kept, and the ranks of the weeks that are over.
insight/rankings.py reads them, and makes those of the present week.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
from peewee import Select, chunked, fn

from reputation.addresses.address import Address
from reputation.addresses.scored_networks import subject_of
from reputation.counting import match_columns
from reputation.store import db
from reputation.store.db import add_counts
from reputation.store.models import (
    CountryDay,
    Listing,
    OrganizationListing,
    SpamDay,
    SpamHour,
    SpamWeek,
    VolumeHour,
)
from reputation.verdict.counters import HOUR
from reputation.verdict.matches import Matches
from reputation.verdict.origins import Origins, country_code
from reputation.verdict.zones import DUL, DYNAMIC, DYNAMIC_LISTING, ETL, KSS

DAY = 24 * HOUR
WEEK = 7 * DAY
MONDAY = 4 * DAY  # 5 January 1970, the first Monday of Unix time
# What an organization blocks for itself is no listing, and must not move what everybody sees. A dynamic listing
# answers with the code of KSS.
LISTED = frozenset((KSS, DUL, ETL))

SUBJECTS_A_STATEMENT = 500
KEEP_HOURS = 5 * WEEK
KEEP_DAYS = 55 * WEEK  # a year of weeks to choose from, and the week before the first of them

Sighting = tuple[int, int, int]  # Unix seconds, version and value of the address


def week_of(timestamp: int) -> int:
    """Return when the ISO week of a time began: Monday, 0:00 UTC (Unix seconds)."""
    return timestamp - (timestamp - MONDAY) % WEEK


def add_matches(matches: Matches, origins: Origins) -> None:
    """Add the connections of a batch that met a listing. Call it inside the transaction that writes the batch."""
    listed = np.setdiff1d(match_columns.with_code(matches, LISTED), _listed_alone(matches))
    hours = match_columns.times(matches, listed) // HOUR * HOUR
    _add(match_columns.pairs(hours, match_columns.origin_numbers(matches, listed, origins)), origins)


def _listed_alone(matches: Matches) -> list[int]:
    """The places of those that the organization's own reports listed for it alone.

    Like a sender that it blocks, they must not move what everybody sees.
    """
    owners = [row[0] for row in OrganizationListing.select(OrganizationListing.organization).distinct().tuples()]
    places: dict[tuple[int, str], list[int]] = {}
    deferred = match_columns.with_answer(matches, [(DYNAMIC, DYNAMIC_LISTING)])
    for place in np.intersect1d(deferred, match_columns.of_organizations(matches, owners)).tolist():
        match = matches[place]
        subject = str(subject_of(Address(match.version, match.value)))
        places.setdefault((match.organization, subject), []).append(place)
    alone, shared = set[tuple[int, str]](), set[str]()
    one, key = OrganizationListing, (OrganizationListing.organization, OrganizationListing.network)
    for some in chunked({subject for _, subject in places}, SUBJECTS_A_STATEMENT):
        alone.update(one.select(*key).where(one.network << some).tuples())
        shared.update(row[0] for row in Listing.select(Listing.network).where(Listing.network << some).tuples())
    return [place for found in alone if found[1] not in shared for place in places.get(found, ())]


def add(sightings: Iterable[Sighting], origins: Origins) -> None:
    """Add sightings of listed or reported addresses; each counts one. Call it inside a transaction."""
    _add(Counter((at - at % HOUR, origins.number(version, value)) for at, version, value in sightings), origins)


def _add(seen: Counter[tuple[int, int]], origins: Origins) -> None:
    """Add what was seen, by hour and origin number."""
    isps: Counter[tuple[int, int]] = Counter()  # ASN, hour
    countries: Counter[tuple[int, str]] = Counter()  # day, country
    hours: Counter[tuple[int]] = Counter()
    for (hour, number), count in seen.items():
        hours[hour,] += count
        countries[hour - hour % DAY, country_code(origins.country_of[number])] += count
        asn = origins.asn_of[number]
        if asn:  # an address without a known ASN belongs to nobody's volume
            isps[asn, hour] += count
    _write(VolumeHour, ("hour",), hours)
    _write(CountryDay, ("day", "country"), countries)
    _write(SpamHour, ("asn", "hour"), isps)
    _write(SpamDay, ("asn", "day"), _by(isps, lambda asn, hour: (asn, hour - hour % DAY)))
    _write(SpamWeek, ("week", "asn"), _by(isps, lambda asn, hour: (week_of(hour), asn)))


def weeks_with_spam(since: int) -> list[int]:
    """Return the weeks after this time (Unix seconds) for which there is any volume, the earliest first.

    The key leads from each week to the next one: no row of an ISP is read in between.
    """
    earliest = SpamWeek.select(fn.MIN(SpamWeek.week).alias("week"))
    base = earliest.where(SpamWeek.week > since).cte("weeks", recursive=True, columns=("week",))
    following = Select((base,), (earliest.where(SpamWeek.week > base.c.week),)).where(base.c.week.is_null(False))
    weeks = base.union_all(following)
    return [week for (week,) in weeks.select_from(weeks.c.week).tuples() if week is not None]


def store_ranks(now: int) -> int:
    """Store the ranks of the weeks that are over; return how many have changed.

    The week that has just ended is ranked again, because a late report may still count for it. Those before are ranked
    once. The present week has no rank in store: its order changes with each count.
    """
    present = week_of(now)
    weeks = [week for week in weeks_with_spam(present - KEEP_DAYS) if week < present]
    return sum(_store_ranks(week) for week in weeks if week == present - WEEK or _is_unranked(week))


def _is_unranked(week: int) -> bool:
    # The first ISP of the order tells for all: a week is ranked in one statement.
    first = SpamWeek.select(SpamWeek.rank).where(SpamWeek.week == week)
    return first.order_by(SpamWeek.volume.desc(), SpamWeek.asn).limit(1).scalar() is None


def _store_ranks(week: int) -> int:
    rank = fn.RANK().over(order_by=[SpamWeek.volume.desc()]).alias("rank")
    made = SpamWeek.select(SpamWeek.asn, rank).where(SpamWeek.week == week).alias("made")
    is_new = SpamWeek.rank.is_null() | (SpamWeek.rank != made.c.rank)
    which = (SpamWeek.week == week) & (SpamWeek.asn == made.c.asn) & is_new
    with db.write():
        return int(SpamWeek.update(rank=made.c.rank).from_(made).where(which).execute())


def prune(now: int) -> int:
    """Remove what is older than is shown; return how many rows.

    The hours of the total volume stay: they are few.
    """
    kept: tuple[tuple[Any, Any, int], ...] = (
        (SpamHour, SpamHour.hour, now - KEEP_HOURS),
        (SpamDay, SpamDay.day, now - KEEP_DAYS),
        (SpamWeek, SpamWeek.week, week_of(now - KEEP_DAYS)),
        (CountryDay, CountryDay.day, now - KEEP_DAYS),
    )
    removed = 0
    for table, begins, oldest in kept:
        with db.write():  # one after the other, so that a flush need not wait for all of them
            removed += int(table.delete().where(begins < oldest).execute())
    return removed


def _by(isps: Counter[tuple[int, int]], key: Any) -> Counter[tuple[int, int]]:
    sums: Counter[tuple[int, int]] = Counter()
    for (asn, hour), count in isps.items():
        sums[key(asn, hour)] += count
    return sums


def _write(table: Any, names: tuple[str, ...], counts: Counter[Any]) -> None:
    fields = [*(getattr(table, name) for name in names), table.volume]
    add_counts(fields, ((*key, count) for key, count in counts.items()))
