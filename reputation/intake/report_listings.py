"""The listings that reports make, as rows: one for each listed subject, and one for each network listed as a whole."""

from __future__ import annotations

from collections.abc import Mapping

from reputation.intake import listing_history
from reputation.intake.listing_history import EXTENDED, LISTED, HistoryEvent
from reputation.intake.listings import REPORTS
from reputation.intake.scoring import Times
from reputation.intake.sender_scores import sliced
from reputation.store import db
from reputation.store.models import Listing

DATABASE, CATEGORY = "dynamic", "ETL"
# They say no more than anybody may know: which trap was hit stays with the evidence.
REASON = "Spam was seen from this sender; the listing ends by itself"
REASON_OF_MANY = "Spam was seen from many addresses of this network; the listing ends by itself"
HOUR = 3600

Existing = dict[str, tuple[int, int]]  # network -> since when, until when


def write(wanted: Mapping[str, tuple[Times, str]], now: int) -> None:
    """Make or extend the listings of these networks, each with its reason. Call it inside a transaction."""
    fields = [
        Listing.database, Listing.network, Listing.category, Listing.source, Listing.reason,
        Listing.created_at, Listing.expires_at,
        Listing.level1_until, Listing.level2_until, Listing.level3_until, Listing.level4_until,
    ]  # fmt: skip
    for some in sliced(wanted.items()):
        before = _existing([network for network, _ in some])
        rows, events = [], []
        for network, (expiries, reason) in some:
            since, ended = before.get(network, (now, 0))
            since = since if ended > now else now
            rows.append((DATABASE, network, CATEGORY, REPORTS, reason, since, max(expiries), *expiries))
            what = _what(ended, max(expiries), now)
            if what:
                events.append(HistoryEvent(DATABASE, network, CATEGORY, what, now, max(expiries), reason, REPORTS))
        db.write_rows(fields, rows, key=fields[:4])
        listing_history.note(events)


def _existing(networks: list[str]) -> Existing:
    rows = Listing.select(Listing.network, Listing.created_at, Listing.expires_at).where(
        (Listing.database == DATABASE)
        & (Listing.category == CATEGORY)
        & (Listing.source == REPORTS)
        & (Listing.network << networks)
    )
    return {network: (since, until) for network, since, until in rows.tuples()}


def _what(ended: int, until: int, now: int) -> str:
    """What the history says of it: a listing that grows report by report is told of once an hour."""
    if ended <= now:
        return LISTED
    return EXTENDED if until // HOUR > ended // HOUR else ""
