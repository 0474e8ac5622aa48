"""What this installation has seen of nodes itself: the sums that the exchange gives, and learns from.

A source is a function; `of_reports` makes the sums of the reports that are stored. Whoever keeps sums of nodes in a
table hands in a source that reads that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from reputation.addresses.address import parse_address
from reputation.addresses.scored_networks import neighbourhood_of, subject_of
from reputation.intake import steps
from reputation.intake.estimate import DAY, SPAM_A_DAY
from reputation.intake.peer_words import left
from reputation.store.models import ExchangeGiven, SpamReport

OLDEST = 30 * DAY
MOST_REPORTS = 200_000  # the newest of them


class OwnSum(NamedTuple):
    """What was seen of a node: messages as of now, reporters that are independent of each other, the newest spam.

    `name` is that of reputation/intake/steps.py; `newest` is in Unix seconds.
    """

    name: str
    spam: float
    seen: float
    reporters: int
    newest: int


# Takes since when (Unix seconds) and the present time; returns the nodes whose sums have changed since, as of now. A
# node of which nothing is left is returned once with sums of 0, and `steps.WORLD` has the sums of all messages.
Source = Callable[[int, int], Iterable[OwnSum]]


class _Sum:
    def __init__(self) -> None:
        self.spam = 0.0
        self.newest = 0
        self.reporters: set[str] = set()

    def add(self, messages: float, at: int, reporter: str) -> None:
        """Add what one report says."""
        self.spam += messages
        self.newest = max(self.newest, at)
        self.reporters.add(reporter)


def of_reports(since: int, now: int) -> Iterator[OwnSum]:
    """Make the sums of the reports of the installation itself; what an organization reports is its own.

    Nothing but spam is stored there: of a node all that was seen was spam.
    """
    sums: dict[str, _Sum] = {}
    days: dict[tuple[str, int], float] = {}
    for address, reporter, weight, at in _reports(now):
        found = parse_address(address)
        subject, day = str(subject_of(found)), at // DAY
        given = min(weight, max(SPAM_A_DAY - days.get((subject, day), 0.0), 0.0))
        days[subject, day] = days.get((subject, day), 0.0) + given
        near = str(neighbourhood_of(found)) if found.version == 4 else steps.networks_of(found)[2]
        for name, messages in ((subject, weight), (near, given), (steps.WORLD, given)):
            sums.setdefault(name, _Sum()).add(messages * left(name, now - at), at, reporter)
    gone = ExchangeGiven.select(ExchangeGiven.name).where(ExchangeGiven.known_spam > 0)
    for (name,) in gone.tuples():
        sums.setdefault(name, _Sum())
    for name, one in sums.items():
        yield OwnSum(name, one.spam, one.spam, max(1, len(one.reporters)), one.newest)


def _reports(now: int) -> Iterable[tuple[str, str, float, int]]:
    one = SpamReport
    rows: Iterable[tuple[str, str, float, int]] = (
        one.select(one.address, one.reporter, one.weight, one.reported_at)
        .where(one.organization.is_null() & (one.weight > 0) & (one.reported_at > now - OLDEST))
        .order_by(one.reported_at.desc(), one.id.desc())
        .limit(MOST_REPORTS)
        .tuples()
    )
    return rows
