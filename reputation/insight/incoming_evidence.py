"""What has come in as evidence, for whoever runs the installation: who reported how much, the reports about an address
with their texts, and the messages that count for nobody.

It must not be shown to anybody else: a report's text and its reporter can reveal a trap. evidence.py has what others
may know. It changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from peewee import Case, fn

from reputation.addresses.address import Address, Network, parse_network
from reputation.addresses.scored_networks import WHOLE, subject_of
from reputation.insight import evidence
from reputation.intake import uncounted
from reputation.intake.maillog.figures import printable, shown
from reputation.intake.uncounted import Uncounted
from reputation.refusal import Refused
from reputation.store.models import Organization, OrganizationListing, SpamReport

NEWEST = 50_000  # reports that are added up: a page must not read a whole month of a busy installation
MOST_REPORTERS = 50
MOST_REPORTS = 100  # about one address or network
MOST_LINES = 12  # of one report's text
DAY = 86400
SOURCES = {"trap": "Trap", "complaint": "Complaint", "filter": "Filter", "hand": "By hand"}


class ReporterFigures(NamedTuple):
    """What one reporter has reported, of what is kept: reports of the last 24 hours, and when the last one came.

    `organization` is "" for the installation, whose traps, logs, complaints and operators have no organization;
    `reporter` is "" where the source says it all. `last_at` is Unix seconds.
    """

    organization: str
    source: str
    reporter: str
    of_day: int
    last_at: int


class FoundReport(NamedTuple):
    """A report, with its text in lines for people; `lists_nobody` where it is kept for a mail server's organization."""

    at: int
    address: str
    source: str
    organization: str
    reporter: str
    weight: float
    lines: tuple[str, ...]

    @property
    def lists_nobody(self) -> bool:
        """Tell whether the report has no weight."""
        return not self.weight


def listed_alone(now: int) -> list[tuple[str, int]]:
    """Return by organization how many senders its own reports list for it alone at `now`; most senders first."""
    one, count = OrganizationListing, fn.COUNT(OrganizationListing.network)
    rows = one.select(Organization.name, count).join(Organization).where(one.expires_at > now)
    found = rows.group_by(Organization.name).order_by(count.desc(), Organization.name).limit(MOST_REPORTERS)
    return [(name, int(senders)) for name, senders in found.tuples()]


def reporters(now: int) -> list[ReporterFigures]:
    """Return who has reported, among the newest 50,000 reports; whoever reported last comes first."""
    columns = (SpamReport.source, SpamReport.organization, SpamReport.reporter, SpamReport.reported_at)
    newest = SpamReport.select(*columns).order_by(SpamReport.reported_at.desc()).limit(NEWEST).alias("newest")
    who = (newest.c.organization_id, newest.c.source, newest.c.reporter)
    of_day = fn.SUM(Case(None, [(newest.c.reported_at > now - DAY, 1)], 0))
    last_at = fn.MAX(newest.c.reported_at)
    rows = SpamReport.select(*who, of_day, last_at).from_(newest).group_by(*who)
    found = list(rows.order_by(last_at.desc()).limit(MOST_REPORTERS).tuples())
    names = _names(row[0] for row in found)
    return [
        ReporterFigures(names.get(organization, ""), _source(source), printable(reporter), int(count), at)
        for organization, source, reporter, count, at in found
    ]


def reports_about(text: str) -> list[FoundReport]:
    """Return the newest reports about an address or a network, at most 100. Raise Refused where it is neither.

    An IPv6 address finds the reports about its /64, which is what they are weighed for.
    """
    try:
        network = parse_network(text)
    except ValueError as error:
        raise Refused(f"{error}.") from None
    found = list(islice(_rows(network), MOST_REPORTS))
    names = _names(row.organization_id for row in found)
    return [
        FoundReport(
            row.reported_at,
            row.address,
            _source(row.source),
            names.get(row.organization_id, ""),
            printable(row.reporter),
            row.weight,
            tuple(map(shown, _lines(row.evidence))),
        )
        for row in found
    ]


def uncounted_messages(limit: int) -> list[Uncounted]:
    """Return the newest messages that count for nobody, the last one first, with what can be seen of their texts.

    The sender stays whole: it says how a reporter who is known would be named.
    """
    return [one._replace(evidence="\n".join(map(printable, _lines(one.evidence)))) for one in uncounted.newest(limit)]


def _rows(network: Network) -> Iterator[Any]:
    """The reports, the newest first."""
    newest = SpamReport.select().order_by(SpamReport.reported_at.desc(), SpamReport.id.desc())
    if network.prefix >= WHOLE[network.version]:
        subject = subject_of(Address(network.version, network.first))
        yield from newest.where(SpamReport.subject == str(subject)).limit(MOST_REPORTS)
        return
    rows = newest if not network.prefix else newest.where(evidence.may_be_inside(SpamReport.address, network))
    for row in rows.iterator():
        if parse_network(row.address).overlaps(network):
            yield row


def _names(organizations: Iterator[int | None]) -> dict[int, str]:
    ids = {one for one in organizations if one is not None}
    return dict(Organization.select(Organization.id, Organization.name).where(Organization.id << list(ids)).tuples())


def _source(name: str) -> str:
    return SOURCES.get(name, name)


def _lines(text: str) -> Sequence[str]:
    """The lines that hold something; a line feed ends one, and nothing else does."""
    return [line for line in text.split("\n") if line.strip()][:MOST_LINES]
