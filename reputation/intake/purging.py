"""Takes a faulty source back: its reports are removed, and the senders they listed are judged by the remaining reports.

What the removed reports have added to the networks around their senders is taken off there, too. The history of such a
sender's address says so, and every organization gets an alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from peewee import fn

from reputation.addresses.address import Network, parse_network
from reputation.intake import (
    agreement,
    estimate,
    learned,
    network_listings,
    reasons,
    report_listings,
    sender_scores,
    step_sums,
)
from reputation.intake.agreement import Standing, Witnessed
from reputation.intake.estimate import (
    COMPLAINT,
    HALF_LIVES,
    HOT,
    NEAR,
    NEVER,
    SOURCES,
    Hours,
    Node,
    Path,
    Sender,
    Times,
)
from reputation.intake.exemptions import Exemptions
from reputation.intake.learned import Learned
from reputation.intake.listing_history import REMOVED, REPORTS
from reputation.intake.report_listings import drop
from reputation.intake.sender_scores import sliced
from reputation.intake.step_sums import Paths
from reputation.notices import alerts
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import Listing, Organization, SenderScore, SpamReport
from reputation.verdict.origins import EMPTY, Origins

ANOTHER = "-"  # in the place of a sender: somebody whose newest spam is known, and no more


class Purged(NamedTuple):
    """The result: how many reports were removed, of how many senders, and how many of these are no longer listed."""

    reports: int
    senders: int
    released: int


def purge(
    source: str, since: int, now: int, who: str, reporter: str = "", why: str = "", origins: Origins = EMPTY
) -> Purged:
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
        networks = [parse_network(subject) for subject in subjects]
        before = {one: said for some in sliced(networks) for one, said in _said(some).items()}
        reports = SpamReport.delete().where(theirs).execute()
        after = {one: said for some in sliced(networks) for one, said in _said(some).items()}
        released = _judge_anew(before, after, origins, now)
        text = f"{reports} spam reports of source {source}{f' by {reporter}' if reporter else ''} were taken back"
        text = f"{text}: {why}" if why else text
        audit.record(None, who, text, now)
        # Who has reported is the operator's to know.
        told = f"{reports} spam reports of source {source} were taken back{f': {why}' if why else ''}"
        released_too = f"{released} senders are not listed any more."
        _tell(f"{text}. {released_too}", f"{told}. {released_too}", source, now)
    return Purged(reports, len(subjects), released)


def _said(subjects: list[Network]) -> dict[Network, list[Witnessed]]:
    """What reports say of some subjects, in the order of time."""
    found: dict[Network, list[Witnessed]] = {subject: [] for subject in subjects}
    columns = (SpamReport.subject, SpamReport.reported_at, SpamReport.source, SpamReport.weight)
    rows = SpamReport.select(*columns, SpamReport.organization).where(SpamReport.subject << list(map(str, subjects)))
    for subject, at, source, weight, owner in rows.order_by(SpamReport.reported_at, SpamReport.id).tuples():
        if weight > 0:  # one that was kept for a mail server's people alone counts for nothing
            found[parse_network(subject)].append(Witnessed(at, source, weight, owner))
    return found


def _judge_anew(
    before: Mapping[Network, list[Witnessed]], after: Mapping[Network, list[Witnessed]], origins: Origins, now: int
) -> int:
    """Judge the subjects by the reports that are left; how many are not listed any more for everybody."""
    paths, exempt = Paths(before, origins, now), Exemptions(origins)
    own = sender_scores.load_own(map(str, before))
    standings: dict[Network, Standing] = {}
    for subject, said in before.items():
        is_protected = exempt.is_protected(subject)
        path = _without(paths.path(subject), _folded(said, paths.learned, is_protected))
        left = _folded(after[subject], paths.learned, is_protected)
        standings[subject] = _judged(_with(path, left), left, own.get(str(subject), {}), now)
        paths.keep(subject, standings[subject].path)
    paths.save()
    _tell_times_anew(paths.wides())
    sender_scores.save_own(
        {(owner, str(subject)): mine for subject, one in standings.items() for owner, mine in one.own.items()}
    )
    released = _list_anew(standings, now)
    network_listings.review(paths.wides(), exempt, origins, now, network_listings.ANEW)
    return released


def _tell_times_anew(wides: Iterable[str]) -> None:
    """Let the networks say by which reports that are left they were seen to send spam, and when; without any, none."""
    changed: dict[str, tuple[Node, Hours, str]] = {}
    for wide in wides:
        nodes, _ = step_sums.load_nodes([wide])
        near, hours = step_sums.load_near([wide]).get(wide, (dict[str, Node](), dict[str, Hours]()))
        newest = {name: _newest(name) for name in near}
        changed |= {name: (_as_told(near[name], newest[name]), hours.get(name, Hours()), wide) for name in near}
        if wide in nodes:
            together = {subject: at for told in newest.values() for subject, at in told.items()}
            changed[wide] = _as_told(nodes[wide], together), Hours(), ""
    step_sums.save_nodes(changed)


def _newest(near: str) -> dict[str, int]:
    """The newest report of the installation about each sender in a /24 or a /56; complaints say nothing of it."""
    inside = SenderScore.select(SenderScore.network).where(SenderScore.neighbourhood == near)
    one = SpamReport
    chosen = (one.subject << inside) & one.organization.is_null() & (one.weight > 0) & (one.source != COMPLAINT)
    return dict(one.select(one.subject, fn.MAX(one.reported_at)).where(chosen).group_by(one.subject).tuples())


def _as_told(node: Node, newest: Mapping[str, int]) -> Node:
    (by, last), (_, other) = sorted([*newest.items(), ("", NEVER), ("", NEVER)], key=lambda one: -one[1])[:2]
    return node._replace(by=by, last=last, other=other, spam=node.spam if newest else 0.0)


def _folded(said: list[Witnessed], found: Learned, is_protected: bool) -> Standing:
    """What these reports alone make of a sender of which nothing else is known, and add to the steps above it."""
    standing = Standing(Path(ANOTHER))
    for one in said:
        known = one._replace(recall=learned.recall_of(found, one.at, one.organization_id))
        standing = agreement.after(standing, known, agreement.in_force(), is_protected)
    return standing


def _without(path: Path, taken: Standing) -> Path:
    """The path without what these reports have added to the steps above the sender."""
    nodes = tuple(
        _added(node, more, step, -1, path.name) for step, (node, more) in enumerate(_pairs(path, taken), NEAR)
    )
    return path._replace(nodes=nodes, hours=_added_hours(path.hours, taken.path.hours, -1))


def _with(path: Path, left: Standing) -> Path:
    """The path with what the reports that are left have added."""
    nodes = tuple(_added(node, more, step, 1, path.name) for step, (node, more) in enumerate(_pairs(path, left), NEAR))
    return path._replace(nodes=nodes, hours=_added_hours(path.hours, left.path.hours, 1))


def _pairs(path: Path, one: Standing) -> list[tuple[Node, Node]]:
    return list(zip(path.nodes, one.path.nodes, strict=True))


def _added(node: Node, more: Node, step: int, sign: int, name: str) -> Node:
    """A step with the sums of some reports added or taken off, as of its own time."""
    fading = estimate.left(node.at - more.at, HALF_LIVES[step])
    node = node._replace(
        spam=max(node.spam + sign * more.spam * fading, 0.0), seen=max(node.seen + sign * more.seen * fading, 0.0)
    )
    if sign < 0 and node.by == name:
        return node._replace(last=node.other, by=ANOTHER if node.other > NEVER else "", other=NEVER)
    if sign > 0 and more.last > node.last:
        return node._replace(last=more.last, by=name, other=node.last)
    return node


def _added_hours(hours: Hours, more: Hours, sign: int) -> Hours:
    fading = estimate.left(hours.at - more.at, HOT)
    return hours._replace(
        spam=max(hours.spam + sign * more.spam * fading, 0.0), seen=max(hours.seen + sign * more.seen * fading, 0.0)
    )


def _judged(path: Path, left: Standing, own: Mapping[int, Sender], now: int) -> Standing:
    """The sender by the reports that are left and the mail it has sent without spam; no stay becomes longer."""
    before, spam = path.sender, estimate.faded(left.path.sender, now)
    kept = estimate.faded(before, now)
    sender = spam._replace(
        seen=spam.seen + kept.clean, recent_seen=spam.recent_seen + max(kept.recent_seen - kept.recent_spam, 0.0),
        day_clean=kept.day_clean, clean=kept.clean, asked=kept.asked, waits=kept.waits, passed=kept.passed,
        times_listed=spam.times_listed,
    )  # fmt: skip
    ends = estimate.own_ends(path._replace(sender=sender)) if spam.last > NEVER else estimate.NONE
    until = _shorter(agreement.longest(ends, sender.until), before.until)
    mine = {owner: _mine(left.own.get(owner), one, now) for owner, one in own.items()}
    return Standing(path._replace(sender=sender._replace(until=until)), mine)


def _mine(left: Sender | None, before: Sender, now: int) -> Sender:
    found = left or Sender(at=now)
    return found._replace(until=_shorter(found.until, before.until))


def _shorter(some: Times, others: Times) -> Times:
    one, two, three, four = map(min, some, others)
    return one, two, three, four


def _list_anew(standings: Mapping[Network, Standing], now: int) -> int:
    """Let the listings say what is remembered now; how many are not listed any more for everybody."""
    shared = {str(subject): one.path for subject, one in standings.items()}
    listed = {subject: path for subject, path in shared.items() if max(path.sender.until) > now}
    gone = [subject for subject in shared if subject not in listed]
    reasoned = {subject: (path.sender.until, reasons.of_sender(path)) for subject, path in listed.items()}
    report_listings.write(reasoned, now)
    alone = {
        (owner, str(subject)): mine.until
        for subject, one in standings.items()
        for owner, mine in one.own.items()
        if max(mine.until) > now
    }
    report_listings.drop_alone(shared, now)
    report_listings.write_alone(alone, now)
    return sum(drop((Listing.source == REPORTS) & (Listing.network << some), now, REMOVED) for some in sliced(gone))


def _tell(operator: str, others: str, source: str, now: int) -> None:
    for owner in [None, *(row.id for row in Organization.select(Organization.id))]:
        alerts.raise_event("purge", owner, f"{source} {now}", others if owner else operator, now)
