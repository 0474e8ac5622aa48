"""What a connection is, and what came of it: asked, refused, deferred, matched. The one rule for every such figure.

The hour tables count questions, by organization, database and answer. A mail server asks both databases about the same
connection, so the questions of an hour do not simply add up: the hour has as many connections as the database that was
asked more often, and hours add up. A refused connection is not deferred, too: the mail server has ended it.

Knows the hour tables, and no screen, no time zone and no letter. Every question counts there; the sample of the query
log is none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from peewee import Case, fn

from reputation.store.models import Organization, QueryHour
from reputation.verdict.zones import DATABASES, DYNAMIC, STANDARD

NOT_LISTED = 0  # the code of an answer that lists nothing; every other one is a match

# What people read: the help and the API's page say these sentences, word for word.
DEFINITIONS = {
    "Asked": "connections that your mail servers asked about, shown as queries. A connection is one question of type A "
    "about a complete address under your activation code. Where both databases are asked about it, it counts once: "
    "each hour has as many connections as the database that was asked more often, and hours add up.",
    "Refused": "connections that the standard database listed, or that a blocked sender of yours met: the mail server "
    "refuses them with 550.",
    "Deferred": "connections that were not refused and that the dynamic database listed: the mail server asks them to "
    "come again, with 450.",
    "Matched": "connections that were refused or deferred.",
}


class Counts(NamedTuple):
    """Numbers of connections: all that were asked about, and of them those refused and those deferred."""

    asked: int = 0
    refused: int = 0
    deferred: int = 0

    @property
    def matched(self) -> int:
        """Count those that were refused or deferred; never more than were asked about."""
        return self.refused + self.deferred


class HourCounts(NamedTuple):
    """One hour: `begins` in Unix seconds, its counts, and how many connections each return code refused."""

    begins: int
    counts: Counts
    refused_by: tuple[int, ...]


def outcome(database: int, code: int) -> str:
    """Name what came of one question: "not listed", "refused" or "deferred"."""
    if code == NOT_LISTED:
        return "not listed"
    return "deferred" if database == DYNAMIC else "refused"


def is_match(code: Any) -> Any:
    """Tell whether a return code refuses or defers; for a column of a table, as its expression."""
    return code > NOT_LISTED


def by_hour(
    organization_id: int, first: int, end: int, databases: Sequence[int] = DATABASES, codes: Sequence[int] = ()
) -> Iterator[HourCounts]:
    """Yield the hours from `first` to before `end` in which anything was asked, the oldest first.

    With one database alone, what it was asked is what was asked. `codes` are the return codes of the standard database
    for `refused_by`, in this order. Nothing is asked where `first` is not before `end`.
    """
    refused_by = [_sum((QueryHour.database == STANDARD) & (QueryHour.code == code)) for code in codes]
    rows = _hours(_within(first, end, databases) & (QueryHour.organization == organization_id), *refused_by)
    for _, begins, asked, refused, deferred, *by in rows.order_by(QueryHour.hour).tuples():
        yield HourCounts(begins, Counts(int(asked), int(refused), int(deferred)), tuple(map(int, by)))


def total(organization_id: int, first: int, end: int) -> Counts:
    """Add up the hours of one organization from `first` to before `end`."""
    sums = _sums(_within(first, end) & (QueryHour.organization == organization_id)).tuples().first()
    return Counts(*map(int, sums[1:])) if sums else Counts()


def by_organization(first: int, end: int) -> dict[int, Counts]:
    """Add up the hours of each organization that asked from `first` to before `end`, by its number."""
    # The organizations are named, so that the index leads to the hours of each instead of all hours that were kept.
    everybody = QueryHour.organization.in_(Organization.select(Organization.id))
    rows = _sums(_within(first, end) & everybody).tuples()
    return {organization: Counts(*map(int, sums)) for organization, *sums in rows}


def _sums(where: Any) -> Any:
    """Select each organization's number and its asked, refused and deferred, of all hours together."""
    hours = _hours(where).alias("hours")
    columns = (fn.SUM(hours.c[name]) for name in Counts._fields)
    return QueryHour.select(hours.c.organization_id, *columns).from_(hours).group_by(hours.c.organization_id)


def _hours(where: Any, *more: Any) -> Any:
    """Select each hour of each organization: its number, the hour, asked, refused, deferred, and `more`.

    This is the rule, in terms that SQLite and PostgreSQL share: the one has no GREATEST, the other no MAX of two.
    """
    standard, dynamic = (_sum(QueryHour.database == database) for database in (STANDARD, DYNAMIC))
    refused = _sum((QueryHour.database == STANDARD) & is_match(QueryHour.code))
    listed = _sum((QueryHour.database == DYNAMIC) & is_match(QueryHour.code))
    asked = Case(None, [(standard > dynamic, standard)], dynamic)
    # A mail server that asks both databases at once meets some in both; those are refused.
    deferred = Case(None, [(listed > asked - refused, asked - refused)], listed)
    columns = (asked.alias("asked"), refused.alias("refused"), deferred.alias("deferred"))
    rows = QueryHour.select(QueryHour.organization, QueryHour.hour, *columns, *more).where(where)
    return rows.group_by(QueryHour.organization, QueryHour.hour)


def _within(first: int, end: int, databases: Sequence[int] = DATABASES) -> Any:
    hours = (QueryHour.hour >= first) & (QueryHour.hour < end)
    return hours if set(databases) == set(DATABASES) else hours & QueryHour.database.in_(databases)


def _sum(which: Any) -> Any:
    return fn.SUM(Case(None, [(which, QueryHour.queries)], 0))
