"""A draft of Spam News about the week that has ended: which ISPs rose, new botnets, which lists grew.

It is Markdown, which the operator edits or discards. It reads the tables of volumes, bots, feeds and our own listings,
and writes none of them. It tells no counts of an organization's own traffic: of bots it names the ISP and the most that
were met in one hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from peewee import fn

from reputation.addresses.address import parse_network
from reputation.counting.volumes import DAY, WEEK, week_of
from reputation.insight import news, rankings
from reputation.insight.rankings import Ranked
from reputation.publisher.approvals import LIST
from reputation.store.models import BotHour, Feed, FeedRevision, ListingEvent, SpamWeek
from reputation.verdict.origins import Origins

MOST = 10  # lines of each part
AMONG = 100  # the first so many of a ranking are worth a rise
MARKS = re.compile(r"([\\`*_\[\]<>|~&])")


class Botnet(NamedTuple):
    """An ISP with bots in the week and none in the week before; `most` is the largest number in one hour."""

    asn: int
    most: int


class Grown(NamedTuple):
    """A feed and how many entries its fetches of the week added and removed."""

    name: str
    added: int
    removed: int


def draft(origins: Origins, now: int) -> str:
    """Write the draft about the last ISO week; return a sentence, or "" where there is nothing to tell or it exists."""
    begin = week_of(now) - WEEK
    name = rankings.name(begin)
    parts = list(_parts(begin, origins))
    if not parts or not news.add_draft(news.SPAM, f"Spam in week {name}", "\n\n".join(parts), name, now):
        return ""
    return f"Wrote a draft of Spam News about week {name}."


def volume(begin: int) -> int:
    """Return the spam volume of a week, of all ISPs; `begin` is in Unix seconds, as everywhere here."""
    return int(SpamWeek.select(fn.SUM(SpamWeek.volume)).where(SpamWeek.week == begin).scalar() or 0)


def risen(begin: int) -> list[Ranked]:
    """Return the ISPs that rose by the most ranks, then the new ones by their rank."""
    ranks = rankings.ranking(begin, AMONG)
    up = [one for one in ranks if one.rank_before is not None and one.rank_before > one.rank]
    new = [one for one in ranks if one.rank_before is None]
    return [*sorted(up, key=lambda one: one.rank - (one.rank_before or 0)), *new][:MOST]


def new_botnets(begin: int) -> list[Botnet]:
    """Return the ISPs with bots that had none in the week before; those with the most bots come first."""
    before = {asn for asn, _ in _bots(begin - WEEK)}
    return [Botnet(asn, most) for asn, most in _bots(begin) if asn not in before][:MOST]


def grown_lists(begin: int) -> list[Grown]:
    """Return the feeds whose fetches added the most entries in the week, without lists of good senders."""
    added, removed = fn.SUM(FeedRevision.added), fn.SUM(FeedRevision.removed)
    rows = (
        FeedRevision.select(Feed.name, added, removed)
        .join(Feed)
        .where(
            FeedRevision.state.in_(("live", "old"))
            & (Feed.purpose == LIST)
            & (FeedRevision.fetched_at >= begin)
            & (FeedRevision.fetched_at < begin + WEEK)
        )
        .group_by(Feed.name)
        .having(added > 0)
        .order_by(added.desc(), Feed.name)
        .limit(MOST)
    )
    return [Grown(name, int(more), int(less)) for name, more, less in rows.tuples()]


def largest_ranges(begin: int) -> list[str]:
    """Return the largest networks that we listed ourselves in the week: IPv4 first, each wider than one address."""
    rows = (
        ListingEvent.select(ListingEvent.network)
        .where(
            (ListingEvent.what == "listed")
            & (ListingEvent.at >= begin)
            & (ListingEvent.at < begin + WEEK)
            & ListingEvent.network.contains("/")
        )
        .distinct()
    )
    networks = [parse_network(network) for (network,) in rows.tuples()]
    return [str(network) for network in sorted(networks, key=lambda one: (one.version, one.prefix, one.first))[:MOST]]


def _parts(begin: int, origins: Origins) -> Iterator[str]:
    """The parts that have something to tell, each with its heading."""
    tables = [*_whole(begin), *_risen(begin, origins), *_botnets(begin, origins), *_grown(begin), *_ranges(begin)]
    if tables:
        first, last = (datetime.fromtimestamp(at, UTC) for at in (begin, begin + 6 * DAY))
        days = f"{first.day} {first:%B} to {last.day} {last:%B %Y}"
        yield f"From {days}, in days of UTC, as this installation has seen it."
        yield from tables


def _whole(begin: int) -> Iterator[str]:
    present, before = volume(begin), volume(begin - WEEK)
    if present and before:
        change = 100 * (present - before) / before
        yield f"Spam volume: **{present:,}**, {change:+.1f} % on the week before ({before:,})."
    elif present:
        yield f"Spam volume: **{present:,}**; there was none in the week before."


def _risen(begin: int, origins: Origins) -> Iterator[str]:
    ranks = risen(begin)
    if ranks:
        yield "## Who rose"
        lines = (
            f"| {one.rank} | {one.rank_before or 'new'} | {_isp(one.asn, origins)} | {one.volume:,} |" for one in ranks
        )
        yield "\n".join(["| Rank | Week before | ISP | Spam volume |", "|--:|--:|---|--:|", *lines])


def _botnets(begin: int, origins: Origins) -> Iterator[str]:
    found = new_botnets(begin)
    if found:
        yield "## New botnets"
        yield "No bot was seen there in the week before."
        lines = (f"| {_isp(one.asn, origins)} | {one.most:,} |" for one in found)
        yield "\n".join(["| ISP | Most bots in one hour |", "|---|--:|", *lines])


def _grown(begin: int) -> Iterator[str]:
    found = grown_lists(begin)
    if found:
        yield "## What was added to published lists"
        lines = (f"| {escaped(one.name)} | {one.added:,} | {one.removed:,} |" for one in found)
        yield "\n".join(["| List | Entries added | Removed |", "|---|--:|--:|", *lines])


def _ranges(begin: int) -> Iterator[str]:
    found = largest_ranges(begin)
    if found:
        yield "## Largest networks that were newly listed here"
        yield "\n".join(f"- {network}" for network in found)


def _bots(begin: int) -> list[tuple[int, int]]:
    """ASN and the most bots that one organization met in an hour of the week, the most first."""
    most = fn.MAX(BotHour.bots)
    rows = (
        BotHour.select(BotHour.asn, most)
        .where((BotHour.hour >= begin) & (BotHour.hour < begin + WEEK) & (BotHour.bots > 0) & (BotHour.asn > 0))
        .group_by(BotHour.asn)
        .order_by(most.desc(), BotHour.asn)
    )
    return [(asn, int(count)) for asn, count in rows.tuples()]


def _isp(asn: int, origins: Origins) -> str:
    name = origins.isp_name(asn)
    number = f"AS{asn}"
    return number if name == number else f"{escaped(name)} ({number})"


def escaped(text: str) -> str:
    """Escape a name so that Markdown shows it as it is: it comes from elsewhere, and may contain anything."""
    return MARKS.sub(r"\\\1", " ".join(text.split()))
