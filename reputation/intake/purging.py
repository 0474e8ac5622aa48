"""Takes a faulty source back: its reports are removed, and the senders they listed are scored by the remaining reports.

The history of such a sender's address says so, and every organization gets an alert.
"""

from __future__ import annotations

from typing import NamedTuple

from reputation.addresses.address import Address, parse_network
from reputation.addresses.scored_networks import neighbourhood_of
from reputation.intake import report_listings, scoring, sender_scores
from reputation.intake.listing_history import REMOVED
from reputation.intake.listings import REPORTS, drop
from reputation.intake.scoring import (
    NEW,
    SOURCES,
    History,
    ScoredReport,
    SenderState,
)
from reputation.intake.sender_scores import sliced
from reputation.notices import alerts
from reputation.refusal import Refused
from reputation.store import audit, changes, db
from reputation.store.models import Listing, Organization, SpamReport


class Purged(NamedTuple):
    """The result: how many reports were removed, of how many senders, and how many of these are no longer listed."""

    reports: int
    senders: int
    released: int


def purge(source: str, since: int, now: int, who: str, reporter: str = "", why: str = "") -> Purged:
    """Remove the reports of a source since a time (Unix seconds), or only those of one reporter if one is named.

    It is one transaction: either all of them are taken back or none. Raise Refused where there is no such source or
    report.
    """
    if source not in SOURCES:
        raise Refused(f"There is no source {source!r}: write {', '.join(SOURCES[:-1])} or {SOURCES[-1]}.")
    theirs = (SpamReport.source == source) & (SpamReport.reported_at >= since)
    if reporter:
        theirs &= SpamReport.reporter == reporter
    with db.write():
        db.lock_for_transaction("spam reports")
        subjects = [row[0] for row in SpamReport.select(SpamReport.subject).where(theirs).distinct().tuples()]
        if not subjects:
            raise Refused("There is no such report: check source, reporter and time.")
        reports = SpamReport.delete().where(theirs).execute()
        released = sum(_judge_anew(some, now) for some in sliced(subjects))
        _judge_neighbourhoods(subjects, now)  # after all subjects: those of one network may stand in several slices
        text = f"{reports} spam reports of source {source}{f' by {reporter}' if reporter else ''} were taken back"
        text = f"{text}: {why}" if why else text
        audit.record(None, who, text, now)
        changes.record_change(changes.LISTINGS, now)
        _tell(f"{text}. {released} senders are not listed any more.", source, now)
    return Purged(reports, len(subjects), released)


def _judge_anew(subjects: list[str], now: int) -> int:
    """Score some subjects by the reports that are left; how many are not listed any more."""
    before = sender_scores.load(subjects)
    left: dict[str, list[ScoredReport]] = {subject: [] for subject in subjects}
    rows = SpamReport.select(SpamReport.subject, SpamReport.reported_at, SpamReport.source, SpamReport.weight)
    for subject, at, source, weight in rows.where(SpamReport.subject << subjects).tuples():
        if weight > 0:  # one that was kept for a mail server's people alone counts for nothing
            left[subject].append(ScoredReport(at, source, weight))
    after = {subject: _folded(before.get(subject, NEW), left[subject], now) for subject in subjects}
    sender_scores.save({parse_network(subject): state for subject, state in after.items()})
    listed = {subject: state.expiries for subject, state in after.items() if max(state.expiries) > now}
    gone = [subject for subject in subjects if subject not in listed]
    report_listings.write({subject: (expiries, report_listings.REASON) for subject, expiries in listed.items()}, now)
    return drop((Listing.source == REPORTS) & (Listing.network << gone), now, REMOVED)


def _judge_neighbourhoods(subjects: list[str], now: int) -> None:
    """Let go of the networks around them that are no longer listed as a whole, and shorten the others' stays."""
    firsts = [parse_network(subject) for subject in subjects]
    around = {str(neighbourhood_of(Address(network.version, network.first))) for network in firsts}
    expiries = {
        network: scoring.neighbourhood(alike, now) for network, alike in sender_scores.neighbours(around).items()
    }
    listed = {network: until for network, until in expiries.items() if max(until) > now}
    for some in sliced(around):
        stands = Listing.select(Listing.network).where((Listing.source == REPORTS) & (Listing.network << some)).tuples()
        listed_now = {row[0] for row in stands}
        drop(
            (Listing.source == REPORTS) & (Listing.network << [one for one in some if one not in listed]), now, REMOVED
        )
        kept = {
            one: (listed[one], report_listings.REASON_OF_MANY) for one in some if one in listed and one in listed_now
        }
        report_listings.write(kept, now)


def _folded(before: SenderState, reports: list[ScoredReport], now: int) -> SenderState:
    """Compute the state as if only these reports had come; the rating stays, and no stay becomes longer than it was.

    How the rating stood when each report came is not known any more, so the reports alone could list whom they did not.
    """
    begun = NEW._replace(at=min((report.at for report in reports), default=now))
    fresh = scoring.state_after(History(reports=reports, before=begun), now)
    rated = scoring.after_clean(fresh, now, scoring.score_of(before, now).rating)
    one, two, three, four = map(min, fresh.expiries, before.expiries)
    return rated._replace(expiries=(one, two, three, four))


def _tell(text: str, source: str, now: int) -> None:
    for owner in [None, *(row.id for row in Organization.select(Organization.id))]:
        alerts.raise_event("purge", owner, f"{source} {now}", text, now)
