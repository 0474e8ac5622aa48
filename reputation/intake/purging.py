"""Takes a faulty source back: its reports are removed, and the senders they listed are scored by the remaining reports.

The history of such a sender's address says so, and every organization gets an alert.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import neighbourhood_of
from reputation.intake import agreement, network_listings, report_listings, scoring, sender_scores
from reputation.intake.agreement import Standing, Witnessed
from reputation.intake.exemptions import Exemptions
from reputation.intake.listing_history import REMOVED, REPORTS
from reputation.intake.listings import drop
from reputation.intake.scoring import (
    NEW,
    SOURCES,
    ScoredReport,
    SenderState,
)
from reputation.intake.sender_scores import sliced
from reputation.notices import alerts
from reputation.refusal import Refused
from reputation.store import audit, db
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
        db.lock_for_transaction(sender_scores.TURN)
        subjects = [row[0] for row in SpamReport.select(SpamReport.subject).where(theirs).distinct().tuples()]
        if not subjects:
            raise Refused("There is no such report: check source, reporter and time.")
        reports = SpamReport.delete().where(theirs).execute()
        released = sum(_judge_anew(some, now) for some in sliced(subjects))
        _judge_neighbourhoods(subjects, now)  # after all subjects: those of one network may stand in several slices
        text = f"{reports} spam reports of source {source}{f' by {reporter}' if reporter else ''} were taken back"
        text = f"{text}: {why}" if why else text
        audit.record(None, who, text, now)
        _tell(f"{text}. {released} senders are not listed any more.", source, now)
    return Purged(reports, len(subjects), released)


def _judge_anew(subjects: list[str], now: int) -> int:
    """Score some subjects by the reports that are left; how many are not listed any more for everybody."""
    before = sender_scores.load_standings(subjects)
    left: dict[str, list[Witnessed]] = {subject: [] for subject in subjects}
    columns = (SpamReport.subject, SpamReport.reported_at, SpamReport.source, SpamReport.weight)
    rows = SpamReport.select(*columns, SpamReport.organization).where(SpamReport.subject << subjects)
    for subject, at, source, weight, owner in rows.order_by(SpamReport.reported_at, SpamReport.id).tuples():
        if weight > 0:  # one that was kept for a mail server's people alone counts for nothing
            left[subject].append(Witnessed(ScoredReport(at, source, weight), owner))
    exempt = Exemptions()
    after = {
        parse_network(subject): _folded(
            before[subject], left[subject], now, exempt.is_protected(parse_network(subject))
        )
        for subject in subjects
    }
    sender_scores.save_standings(after, before)
    return _list_anew(after, now)


def _list_anew(standings: Mapping[Network, Standing], now: int) -> int:
    """Let the listings say what is remembered now; how many are not listed any more for everybody."""
    shared = {str(subject): one.shared.expiries for subject, one in standings.items()}
    listed = {subject: expiries for subject, expiries in shared.items() if max(expiries) > now}
    gone = [subject for subject in shared if subject not in listed]
    report_listings.write({subject: (expiries, report_listings.REASON) for subject, expiries in listed.items()}, now)
    alone = {
        (owner, str(subject)): state.expiries
        for subject, one in standings.items()
        for owner, state in one.own.items()
        if max(state.expiries) > now
    }
    report_listings.drop_alone(shared, now)
    report_listings.write_alone(alone, now)
    return drop((Listing.source == REPORTS) & (Listing.network << gone), now, REMOVED)


def _judge_neighbourhoods(subjects: list[str], now: int) -> None:
    """Let go of the networks around them that are no longer listed as a whole, and shorten the others' stays."""
    firsts = [parse_network(subject) for subject in subjects]
    around = {str(neighbourhood_of(Address(network.version, network.first))) for network in firsts}
    expiries = network_listings.listed_until(around, now)
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


def _folded(before: Standing, reports: list[Witnessed], now: int, is_protected: bool) -> Standing:
    """Compute the standing as if only these reports had come; the rating stays, and no stay becomes longer than it was.

    How the rating stood when each report came is not known any more, so the reports alone could list whom they did not.
    """
    begun = NEW._replace(at=min((one.report.at for one in reports), default=now))
    fresh = Standing(begun)
    for one in reports:
        fresh = agreement.after(fresh, one, agreement.in_force(), is_protected)
    rated = scoring.after_clean(fresh.shared, now, scoring.score_of(before.shared, now).rating)
    own = {owner: _shortened(fresh.own.get(owner, NEW._replace(at=now)), state) for owner, state in before.own.items()}
    return Standing(_shortened(rated, before.shared), own)


def _shortened(fresh: SenderState, before: SenderState) -> SenderState:
    one, two, three, four = map(min, fresh.expiries, before.expiries)
    return fresh._replace(expiries=(one, two, three, four))


def _tell(text: str, source: str, now: int) -> None:
    for owner in [None, *(row.id for row in Organization.select(Organization.id))]:
        alerts.raise_event("purge", owner, f"{source} {now}", text, now)
