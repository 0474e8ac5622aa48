"""Puts back what was written while the clock was ahead: no evidence, listing or fetch is from a time to come.

Evidence is as of the clock of the machine that takes it in. Where that was a year ahead for a moment, its sums would
not fade, and its senders would stay listed, for that year. What it wrote is taken to have been seen now: the listings
end as those of spam that came just now do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_
from typing import Any

from peewee import Case

from reputation.intake import sender_scores
from reputation.intake.estimate import LEVELS, MINUTE, NETWORK_STAYS, OWN_STAYS
from reputation.intake.listing_history import REPORTS
from reputation.intake.network_listings import PASSES_FOR
from reputation.intake.report_listings import DATABASE
from reputation.intake.steps import WORLD
from reputation.store import changes, db
from reputation.store.changes import ListingKey
from reputation.store.models import (
    ExchangeChoice,
    ExchangedNode,
    ExchangeGiven,
    ExchangePeer,
    Feed,
    FeedRevision,
    LastAsked,
    LearnedSums,
    Listing,
    ListingPass,
    OrganizationListing,
    OrganizationScore,
    Part,
    ScoredNode,
    SenderScore,
    SpamReport,
)

AHEAD = 15 * MINUTE  # by which the clocks of two nodes may differ, and no time is put back
LONGEST = max(NETWORK_STAYS)

Bounds = Mapping[Any, int]  # by field, the latest time that it may hold


def put_back(now: int) -> int:
    """Let nothing of evidence, and no fetch, be from a time after now (Unix seconds); return how many rows were.

    Without such a row it reads one row of evidence, the end of an index, and small tables.
    """
    evidence, parts = _is_ahead(now), _late_parts(now)
    late = [bounds for bounds in _small(now) if _model(bounds).select().where(_is_late(bounds)).exists()]
    if not (evidence or parts or late):
        return 0
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)
        if evidence:
            changes.record_listings(_late(now), now)
        for part in parts:
            changes.record_change(part, now)
        return sum(_cut(bounds) for bounds in (*(_bounds(now) if evidence else ()), *late)) + len(parts)


def _is_ahead(now: int) -> bool:
    """Whether the sums of all mail, which every piece of evidence moves but an organization's, or one of those are."""
    world = (ScoredNode.name == WORLD) & (ScoredNode.at > now + AHEAD)
    return ScoredNode.select().where(world).exists() or bool(_late_alone(now))


def _late(now: int) -> list[ListingKey]:
    """What is listed, or passes, longer than any evidence of now could make it, as changes.record_listings names it."""
    longest = (Listing.source == REPORTS) & (Listing.expires_at > now + LONGEST + AHEAD)
    listed = Listing.select(Listing.network).where(longest)
    passes = ListingPass.select(ListingPass.network).where(ListingPass.expires_at > now + PASSES_FOR + AHEAD)
    return [(DATABASE, network) for rows in (listed, passes) for (network,) in rows.tuples()] + _late_alone(now)


def _late_alone(now: int) -> list[ListingKey]:
    """Those that are listed for one organization alone."""
    one = OrganizationListing
    is_late = (one.expires_at > now + LONGEST + AHEAD) & (one.reported_at > now + AHEAD)
    rows = one.select(one.organization, one.network).where(is_late)
    return [(str(owner), network) for owner, network in rows.tuples()]


def _late_parts(now: int) -> list[str]:
    """The parts of a snapshot whose last change is of a time to come, by which lists would end too early."""
    names = [name for (name,) in Part.select(Part.name).where(Part.changed_at > now + AHEAD).tuples()]
    if FeedRevision.select().where(FeedRevision.seen_at > now + AHEAD).exists():
        names.append(changes.DYNAMIC_FEEDS)
    return [part for part in changes.PARTS if part in names]


def _small(now: int) -> list[Bounds]:
    """The latest times that the rows of small tables may hold, which are looked at every time."""
    return [
        {Feed.refreshed_at: now},
        {FeedRevision.fetched_at: now, FeedRevision.seen_at: now},
        {LastAsked.first_at: now, LastAsked.last_at: now},
        dict.fromkeys((ExchangePeer.tried_at, ExchangePeer.taken_at, ExchangePeer.learned_at), now),
        {ExchangeChoice.looked_at: now},
    ]


def _bounds(now: int) -> list[Bounds]:
    """The latest times that the rows of each table may hold."""
    return [
        *(dict.fromkeys((one.at, one.last, one.asked, one.waits, one.trapped), now) | _ends(one, now, OWN_STAYS)
          for one in (SenderScore, OrganizationScore)),
        dict.fromkeys((ScoredNode.at, ScoredNode.last, ScoredNode.other, ScoredNode.hours_at), now),
        {LearnedSums.at: now},
        {ExchangeGiven.at: now, ExchangeGiven.known_at: now},
        {ExchangedNode.at: now, ExchangedNode.foretold_at: now},
        {SpamReport.reported_at: now},
        {Listing.created_at: now, Listing.expires_at: now + LONGEST} | _ends(Listing, now, NETWORK_STAYS),
        {OrganizationListing.reported_at: now, OrganizationListing.expires_at: now + LONGEST}
        | _ends(OrganizationListing, now, OWN_STAYS),
        {ListingPass.expires_at: now + PASSES_FOR} | _ends(ListingPass, now, (PASSES_FOR,) * LEVELS),
    ]  # fmt: skip


def _ends(model: Any, now: int, stays: Iterable[int]) -> dict[Any, int]:
    return {getattr(model, f"level{level}_until"): now + stay for level, stay in enumerate(stays, start=1)}


def _cut(bounds: Bounds) -> int:
    """Let no row of a table hold a later time than these; what people have listed stays as they wrote it."""
    changed = {field: Case(None, [(field > most + AHEAD, most)], field) for field, most in bounds.items()}
    return int(_model(bounds).update(changed).where(_is_late(bounds)).execute())


def _is_late(bounds: Bounds) -> Any:
    late = reduce(or_, (field > most + AHEAD for field, most in bounds.items()))
    return late & (Listing.source == REPORTS) if _model(bounds) is Listing else late


def _model(bounds: Bounds) -> Any:
    return next(iter(bounds)).model
