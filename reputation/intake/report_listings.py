"""The listings that reports make, as rows: one for each listed subject, and one for each network listed as a whole.

What an organization's own reports list is kept in a table of its own, and is served to that organization alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from reputation.intake import listing_history
from reputation.intake.estimate import Times
from reputation.intake.listing_history import ENDED, EXTENDED, LISTED, REPORTS, HistoryEvent
from reputation.intake.sender_scores import sliced
from reputation.store import changes, db
from reputation.store.models import Listing, OrganizationListing

DATABASE, CATEGORY = "dynamic", "ETL"
HOUR = 3600
MOST_ALONE = 20_000  # listings for one organization alone; beyond it those that end first go

Existing = dict[str, tuple[int, int, tuple[object, ...]]]  # network -> since, until, and what is served of it
Wanted = dict[str, tuple[Times, str]]  # by network: until when each level lists it, and the reason


def write(wanted: Wanted, now: int) -> None:
    """Make or extend the listings of these networks, each with its reason. Call it inside a transaction."""
    fields = [
        Listing.database, Listing.network, Listing.category, Listing.source, Listing.reason,
        Listing.created_at, Listing.expires_at,
        Listing.level1_until, Listing.level2_until, Listing.level3_until, Listing.level4_until,
    ]  # fmt: skip
    for some in sliced(wanted.items()):
        before = _existing([network for network, _ in some])
        rows, events, changed = [], [], []
        for network, (expiries, reason) in some:
            since, ended, served = before.get(network, (now, 0, ()))
            if served != (reason, *expiries):
                changed.append((DATABASE, network))
            since = since if ended > now else now
            rows.append((DATABASE, network, CATEGORY, REPORTS, reason, since, max(expiries), *expiries))
            what = _what(ended, max(expiries), now)
            if what:
                events.append(HistoryEvent(DATABASE, network, CATEGORY, what, now, max(expiries), reason, REPORTS))
        db.write_rows(fields, rows, key=fields[:4])
        listing_history.note(events)
        changes.record_listings(changed, now)


def write_alone(wanted: Mapping[tuple[int, str], Times], now: int) -> None:
    """Make or extend listings for one organization alone, by its number and network. Call it inside a transaction."""
    fields = [
        OrganizationListing.organization, OrganizationListing.network,
        OrganizationListing.reported_at, OrganizationListing.expires_at,
        OrganizationListing.level1_until, OrganizationListing.level2_until,
        OrganizationListing.level3_until, OrganizationListing.level4_until,
    ]  # fmt: skip
    rows = [(*key, now, max(expiries), *expiries) for key, expiries in wanted.items()]
    db.write_rows(fields, rows, key=fields[:2])
    changed = [(str(organization_id), network) for organization_id, network in wanted]
    for organization_id in {organization_id for organization_id, _ in wanted}:
        changed += [(str(organization_id), network) for network in _bound(organization_id)]
    changes.record_listings(changed, now)


def drop_alone(networks: Iterable[str], now: int) -> int:
    """Remove the listings of these networks that hold for one organization alone; return how many."""
    key = OrganizationListing.organization, OrganizationListing.network
    gone: list[tuple[int, str]] = []
    for some in sliced(networks):
        gone += list(OrganizationListing.select(*key).where(OrganizationListing.network << some).tuples())
        OrganizationListing.delete().where(OrganizationListing.network << some).execute()
    changes.record_listings([(str(owner), network) for owner, network in gone], now)
    return len(gone)


def stands_alone(network: str, now: int) -> bool:
    """Tell whether an organization's own reports list this network for it alone."""
    rows = OrganizationListing.select()
    return bool(rows.where((OrganizationListing.network == network) & (OrganizationListing.expires_at > now)).exists())


def sweep_alone(now: int) -> int:
    """Remove the rows that have ended; return how many. They were no longer served."""
    return int(OrganizationListing.delete().where(OrganizationListing.expires_at <= now).execute())


def drop(which: Any, now: int, what: str) -> int:
    """Remove rows, and write into the history what became of them; return how many. What was served is published."""
    gone = list(Listing.select().where(which))
    listing_history.note(
        listing_history.of(row, ENDED, row.expires_at) if row.expires_at <= now else listing_history.of(row, what, now)
        for row in gone
    )
    for some in sliced(row.id for row in gone):
        Listing.delete().where(Listing.id << some).execute()
    changes.record_listings([(row.database, row.network) for row in gone if row.expires_at > now], now)
    return len(gone)


def _bound(organization_id: int) -> list[str]:
    """One organization's reports must not fill the memory of everybody's answers; the networks that had to go."""
    mine = OrganizationListing.organization == organization_id
    over = OrganizationListing.select().where(mine).count() - MOST_ALONE
    if over <= 0:
        return []
    first = OrganizationListing.select(OrganizationListing.network).where(mine)
    first = first.order_by(OrganizationListing.expires_at, OrganizationListing.network).limit(over)
    gone = [row[0] for row in first.tuples()]
    for some in sliced(gone):
        OrganizationListing.delete().where(mine & (OrganizationListing.network << some)).execute()
    return gone


def _existing(networks: list[str]) -> Existing:
    served = Listing.reason, Listing.level1_until, Listing.level2_until, Listing.level3_until, Listing.level4_until
    rows = Listing.select(Listing.network, Listing.created_at, Listing.expires_at, *served).where(
        (Listing.database == DATABASE)
        & (Listing.category == CATEGORY)
        & (Listing.source == REPORTS)
        & (Listing.network << networks)
    )
    return {network: (since, until, tuple(told)) for network, since, until, *told in rows.tuples()}


def _what(ended: int, until: int, now: int) -> str:
    """What the history says of it: a listing that grows report by report is told of once an hour."""
    if ended <= now:
        return LISTED
    return EXTENDED if until // HOUR > ended // HOUR else ""
