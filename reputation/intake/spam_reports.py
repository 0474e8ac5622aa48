"""Spam reports: evidence comes in, is guarded, kept within bounds and scored, and lists its sender.

`accept` is for a form, the API and the command line; `accept_many` takes what listeners and log readers have gathered,
in one transaction. estimate.py says what a report means, agreement.py for whom, and the publisher brings it to DNS.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from peewee import fn

from reputation.addresses.address import (
    Address,
    Network,
    parse_address,
)
from reputation.addresses.scored_networks import subject_of
from reputation.counting import precision, volumes
from reputation.intake import (
    agreement,
    estimate,
    learned,
    network_listings,
    reasons,
    report_listings,
    sender_scores,
    step_sums,
)  # fmt: skip
from reputation.intake.agreement import Standing, Witnessed
from reputation.intake.estimate import COMPLAINT, DAY, FILTER, HEAVIEST, LIGHTEST, SOURCES, TRAP, Path, Sender, Times
from reputation.intake.exemptions import Exemptions
from reputation.intake.learned import Learned
from reputation.intake.network_listings import MAY_END
from reputation.intake.step_sums import Paths
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import SpamReport
from reputation.verdict.origins import EMPTY, Origins

LONGEST_EVIDENCE = 2048  # characters of one report
LONGEST_REPORTER = 254
KEPT_WITH_EVIDENCE = 20  # the newest reports of a subject by one reporter: the installation, or an organization
KEPT_REPORTS = 500  # of a subject by one reporter
KEPT_DAYS = 30
AT_ONCE = 5_000  # senders that are forgotten in one transaction
ROUGHLY = 1e-6  # of weights: PostgreSQL keeps them with seven digits


class Incoming(NamedTuple):
    """One report as it comes in.

    `dedupe_key` tells it from others of its source, such as a Message-ID; without a key, each report counts. `weight`
    is the weight of this reporter's word, relative to other reporters of the source. Without an organization it is the
    installation's word, or a complaint of a reporter that it knows: it counts for everybody.
    """

    address: str
    source: str
    weight: float = 1.0
    organization_id: int | None = None
    evidence: str = ""
    reporter: str = ""
    dedupe_key: str = ""


class Accepted(NamedTuple):
    """The effect of one report.

    `subject` is what is scored; `expiries` are the Unix seconds at which the levels 1 to 4 stop listing it, for spam of
    its own, for the organization that reports it. `level` is the lowest at which it is listed for that organization,
    and `shared_level` for everybody; 0 is none. `likely` is the estimate that its next message is spam, from 0 to 1,
    `spam` and `clean` what is remembered of its own messages.
    """

    address: str
    subject: str
    is_new: bool  # False for one that was counted before
    likely: float
    spam: float
    clean: float
    level: int
    expiries: Times
    shared_level: int


class ReportBatch(NamedTuple):
    """The result of many reports; each refused one is together with its reason.

    Duplicates were counted before, or are complaints beyond what counts of them in a day.
    """

    accepted: int
    duplicates: int
    refused: list[tuple[Incoming, str]]


_Spoken = tuple[str, int | None]  # a subject, and the organization that reports it; None is the installation


class _Report(NamedTuple):
    """A report that was read."""

    incoming: Incoming
    address: Address
    subject: Network
    digest: str | None

    @property
    def spoken(self) -> _Spoken:
        """Whom it is about, and who says it."""
        return str(self.subject), self.incoming.organization_id


def accept(
    address: str,
    source: str,
    now: int,
    weight: float = 1.0,
    organization_id: int | None = None,
    evidence: str = "",
    reporter: str = "",
    dedupe_key: str = "",
    who: str = "",
    origins: Origins = EMPTY,
) -> Accepted:
    """Count one report; `who` is the person that gave it, for the audit log.

    Raise Refused where the report is malformed or may list nobody.
    """
    incoming = Incoming(address, source, weight, organization_id, evidence, reporter, dedupe_key)
    with db.write():
        found = accept_many([incoming], now, origins)
        if who and found.accepted:
            audit.record(
                organization_id, who, f"Spam reported from {address}, source {source}", now, after=evidence[:400]
            )
        state = None if found.refused else state_of(address, now, organization_id, origins)
    if state is None:  # what is kept for a mail server's organization stays
        raise Refused(found.refused[0][1])
    return state._replace(is_new=found.accepted == 1)


def accept_many(reports: Iterable[Incoming], now: int, origins: Origins = EMPTY) -> ReportBatch:
    """Count many reports in one transaction, in their order."""
    accepted, duplicates, refused = 0, 0, []
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)
        exempt = Exemptions(origins)
        for some in sender_scores.sliced(reports):
            precision.count_reports(some, now)
            good, bad = _guarded(some, exempt, now)
            new = _within_a_day(_without_duplicates(good), now)
            _keep(new, now)
            # What an organization reports is its own word, and must not move what everybody sees.
            shared = [report.address for report in new if report.incoming.organization_id is None]
            volumes.add([(now, address.version, address.value) for address in shared], origins)
            _score(new, exempt, origins, now)
            accepted, duplicates = accepted + len(new), duplicates + len(good) - len(new)
            refused += bad
    return ReportBatch(accepted, duplicates, refused)


def trial(incoming: Incoming, now: int, origins: Origins = EMPTY) -> Accepted:
    """Return what `accept` would, and keep nothing.

    Raise Refused where the report is malformed or may list nobody.
    """
    address = check(incoming)
    exemption = Exemptions(origins).why(address, incoming.organization_id)
    if exemption is not None:
        raise Refused(exemption.reason)
    subject = subject_of(address)
    report = _Report(incoming, address, subject, _digest(incoming, address))
    is_new = bool(_within_a_day(_without_duplicates([report]), now))
    paths = Paths([subject], origins, now)
    standing = Standing(paths.path(subject), sender_scores.load_own([str(subject)]).get(str(subject), {}))
    if is_new:
        standing = _after(standing, report, paths.learned, Exemptions(origins), now)
    return _accepted(report, is_new, standing, now)


def clean_many(connections: Mapping[str, int], now: int, origins: Origins = EMPTY) -> int:
    """Count messages without spam, by address; return how many addresses could be read."""
    counts: dict[Network, int] = {}
    for text, count in connections.items():
        try:
            subject = subject_of(parse_address(text))
        except ValueError:
            continue
        counts[subject] = counts.get(subject, 0) + max(count, 0)
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)
        precision.count_clean(connections, now)
        paths = Paths(counts, origins, now, asks_lists=False)
        for subject, count in counts.items():
            paths.learned = learned.after_filter(paths.learned, now, paths.sender(subject), is_spam=False)
            paths.keep(subject, estimate.after_clean(paths.path(subject), now, count))
        paths.save()
        wides = network_listings.standing_wides(paths.wides())
        network_listings.review(wides, Exemptions(origins), origins, now, MAY_END)
    return len(counts)


def state_of(address: str, now: int, organization_id: int | None = None, origins: Origins = EMPTY) -> Accepted:
    """Return the present state of an address for an organization, or for everybody. Raise Refused for no address."""
    incoming = Incoming(address, SOURCES[0], organization_id=organization_id)
    subject = subject_of(read_address(address))
    own = sender_scores.load_own([str(subject)]).get(str(subject), {})
    report = _Report(incoming, read_address(address), subject, None)
    return _accepted(report, False, Standing(Paths([subject], origins, now).path(subject), own), now)


def check(incoming: Incoming) -> Address:
    """Check the form of a report and return its address, without using a table.

    Raise Refused, which says what is wrong.
    """
    address = read_address(incoming.address)
    if incoming.source not in SOURCES:
        raise Refused(f"There is no source {incoming.source!r}: write {', '.join(SOURCES[:-1])} or {SOURCES[-1]}.")
    if not LIGHTEST <= incoming.weight <= HEAVIEST:  # and so no NaN
        raise Refused(f"A report weighs from {LIGHTEST} to {HEAVIEST:.0f}, not {incoming.weight}.")
    return address


def read_address(text: str) -> Address:
    """Read an address. Raise Refused, which says what to write instead."""
    try:
        return parse_address(text)
    except ValueError as error:
        raise Refused(f"{error}.") from None


def trimmed(incoming: Incoming) -> Incoming:
    """Cut the texts of a report to the length that is kept, and replace what a database would refuse."""
    return incoming._replace(
        evidence=_text(incoming.evidence, LONGEST_EVIDENCE), reporter=_text(incoming.reporter, LONGEST_REPORTER)
    )


def prune(now: int) -> str:
    """Remove reports that are too old to have any weight, and states of which nothing matters; return a sentence."""
    with db.write():
        db.lock_for_transaction(sender_scores.TURN)
        reports = SpamReport.delete().where(SpamReport.reported_at < now - KEPT_DAYS * DAY).execute()
        forgotten = sender_scores.prune_own(now) + step_sums.prune(now)
    # A million rows at once would hold the database for half a minute: some thousand in each transaction.
    while gone := sender_scores.over(now, AT_ONCE):
        with db.write():
            db.lock_for_transaction(sender_scores.TURN)
            sender_scores.forget(gone)
        forgotten += len(gone)
    return f"{reports} spam reports and {forgotten} senders and networks of which nothing was left"


def _accepted(report: _Report, is_new: bool, standing: Standing, now: int) -> Accepted:
    organization_id = report.incoming.organization_id
    mine = standing.own.get(organization_id) if organization_id is not None else None
    path = standing.path
    if mine:
        path = path._replace(sender=estimate.joined(path.sender, mine))
    one, until = estimate.faded(path.sender, now), standing.until_for(organization_id)
    return Accepted(
        report.incoming.address, str(report.subject), is_new, estimate.estimate(path), one.spam, one.clean,
        lowest_level(until, now), until, lowest_level(standing.path.sender.until, now),
    )  # fmt: skip


def lowest_level(until: Times, now: int) -> int:
    """Return the lowest level at which a subject is listed; 0 where none lists it."""
    return next((level for level, end in enumerate(until, start=1) if end > now), 0)


def _guarded(
    reports: Sequence[Incoming], exempt: Exemptions, now: int
) -> tuple[list[_Report], list[tuple[Incoming, str]]]:
    """Those that may list their sender, and the others with the reason."""
    good, bad, kept = [], [], []
    for incoming in reports:
        try:
            address = check(incoming)
        except Refused as refusal:
            bad.append((incoming, str(refusal)))
            continue
        report = _Report(trimmed(incoming), address, subject_of(address), _digest(incoming, address))
        exemption = exempt.why(address, incoming.organization_id)
        if exemption is None:
            good.append(report)
            continue
        bad.append((incoming, exemption.reason))
        if exemption.is_kept:
            kept.append(report._replace(incoming=report.incoming._replace(weight=0.0)))
    _keep(_without_duplicates(kept), now)
    return good, bad


def _without_duplicates(reports: Sequence[_Report]) -> list[_Report]:
    digests = [report.digest for report in reports if report.digest]
    seen = {row[0] for row in SpamReport.select(SpamReport.digest).where(SpamReport.digest << digests).tuples()}
    new = []
    for report in reports:
        if report.digest is None or report.digest not in seen:
            new.append(report)
            seen.add(report.digest)
    return new


def _within_a_day(reports: Sequence[_Report], now: int) -> list[_Report]:
    """Leave out complaints about whom complaints have counted as much within a day as one trap does.

    Complaints are many where a message went to many, and whoever brings them about must not keep a sender listed. Each
    organization has a day of its own: what one says must not keep the others' complaints from counting.
    """
    subjects = {str(report.subject) for report in reports if report.incoming.source == COMPLAINT}
    if not subjects:
        return list(reports)
    weight, source = fn.SUM(SpamReport.weight), SpamReport.source == COMPLAINT
    rows = SpamReport.select(SpamReport.subject, SpamReport.organization, weight).where(
        source & (SpamReport.subject << list(subjects)) & (SpamReport.reported_at > now - DAY)
    )
    rows = rows.group_by(SpamReport.subject, SpamReport.organization)
    counted: dict[_Spoken, float] = {(subject, owner): total for subject, owner, total in rows.tuples()}
    return [report for report in reports if report.incoming.source != COMPLAINT or _has_room(report, counted)]


def _has_room(report: _Report, counted: dict[_Spoken, float]) -> bool:
    """Whether one more complaint fits into its subject's day; where it does, count it there."""
    spoken, most = report.spoken, estimate.COMPLAINTS_A_DAY / estimate.WEIGHTS[COMPLAINT]
    # One that weighs more than a whole day may stand alone: estimate.py counts no more of it.
    total = counted.get(spoken, 0.0) + min(report.incoming.weight, most)
    if total > most + ROUGHLY:
        return False
    counted[spoken] = total
    return True


def _keep(reports: Sequence[_Report], now: int) -> None:
    """Write the reports down, within the bounds of each subject."""
    if not reports:
        return
    fields = [
        SpamReport.address, SpamReport.subject, SpamReport.source, SpamReport.organization, SpamReport.reported_at,
        SpamReport.weight, SpamReport.evidence, SpamReport.reporter, SpamReport.digest,
    ]  # fmt: skip
    rows = [
        (
            str(report.address), str(report.subject), report.incoming.source, report.incoming.organization_id, now,
            report.incoming.weight, report.incoming.evidence, report.incoming.reporter, report.digest,
        )
        for report in reports
    ]  # fmt: skip
    db.write_rows(fields, rows)
    _bound({report.spoken for report in reports})


def _bound(changed: Collection[_Spoken]) -> None:
    """Of each subject the newest reports stay, and of these the newest with their evidence.

    Each organization has its own bound: whoever reports a sender often must not push out what others have said of it.
    """
    key = (SpamReport.subject, SpamReport.organization)
    counts = (
        SpamReport.select(*key, fn.COUNT(SpamReport.id))
        .where(SpamReport.subject << list({subject for subject, _ in changed}))
        .group_by(*key)
        .having(fn.COUNT(SpamReport.id) > KEPT_WITH_EVIDENCE)
    )
    for subject, owner, count in list(counts.tuples()):
        if (subject, owner) not in changed:
            continue
        said_by = SpamReport.organization.is_null() if owner is None else SpamReport.organization == owner
        mine = (SpamReport.subject == subject) & said_by
        newest = SpamReport.select(SpamReport.id).where(mine).order_by(SpamReport.id.desc())
        last = newest.offset(KEPT_WITH_EVIDENCE).limit(1).scalar()
        SpamReport.update(evidence="").where(mine & (SpamReport.id <= last) & (SpamReport.evidence != "")).execute()
        if count > KEPT_REPORTS:
            oldest = newest.offset(KEPT_REPORTS).limit(1).scalar()
            SpamReport.delete().where(mine & (SpamReport.id <= oldest)).execute()


def _score(reports: Sequence[_Report], exempt: Exemptions, origins: Origins, now: int) -> None:
    """Fold the reports into what is remembered of their senders, and list those whom it lists, for whom it does."""
    if not reports:
        return
    paths = Paths({report.subject for report in reports}, origins, now)
    own = sender_scores.load_own({str(report.subject) for report in reports})
    before = {report.subject: paths.sender(report.subject) for report in reports}
    changed: dict[tuple[int, str], Sender] = {}
    for report in reports:
        name, owner = report.spoken
        standing = Standing(paths.path(report.subject), own.get(name, {}))
        paths.learned, seen_before = _learned(paths.learned, report, standing.path, now), paths.learned
        after = _after(standing, report, seen_before, exempt, now)
        paths.keep(report.subject, after.path)
        own[name] = dict(after.own)
        if owner is not None:
            changed[owner, name] = own[name][owner]
    paths.save()
    sender_scores.save_own(changed)
    _list(before, paths, changed, now)
    network_listings.review(paths.changed_wides(), exempt, origins, now)


def _list(before: Mapping[Network, Sender], paths: Paths, own: Mapping[tuple[int, str], Sender], now: int) -> None:
    """Write the listings of senders that are new or have become longer."""
    after = {subject: paths.sender(subject).until for subject in before}
    report_listings.write(
        {
            str(subject): (until, reasons.of_sender(paths.path(subject)))
            for subject, until in after.items()
            if until != before[subject].until
        },
        now,
    )
    report_listings.write_alone({key: one.until for key, one in own.items() if max(one.until) > now}, now)
    passed = {str(subject): paths.path(subject) for subject, one in before.items() if one.passed}
    network_listings.review_passes(passed, now)


def _learned(found: Learned, report: _Report, path: Path, now: int) -> Learned:
    """What a report teaches about traps and our own filter; what organizations say teaches nothing."""
    if report.incoming.organization_id is not None:
        return found
    if report.incoming.source == TRAP:
        return learned.after_trap(found, now, path.sender)
    if report.incoming.source == FILTER:
        return learned.after_filter(found, now, path.sender, is_spam=True)
    return found


def _after(standing: Standing, report: _Report, found: Learned, exempt: Exemptions, now: int) -> Standing:
    owner = report.incoming.organization_id
    recall = learned.recall_of(found, now, owner)
    witnessed = Witnessed(now, report.incoming.source, report.incoming.weight, owner, recall)
    return agreement.after(standing, witnessed, agreement.in_force(), exempt.is_protected(report.subject))


def _digest(incoming: Incoming, address: Address) -> str | None:
    if not incoming.dedupe_key:
        return None
    # By what is scored: an address of the same /64 must not make the same report a new one. And by who says it: a mark
    # that one organization has used first must not silence the others, who may have got the same message.
    owner = str(incoming.organization_id or "")
    whole = "\n".join((owner, incoming.source, str(subject_of(address)), incoming.dedupe_key))
    return hashlib.sha256(whole.encode(errors="replace")).hexdigest()[:32]


def _text(text: str, longest: int) -> str:
    """PostgreSQL keeps no NUL, and no half of a character."""
    return text[:longest].replace("\0", "").encode(errors="replace").decode()
