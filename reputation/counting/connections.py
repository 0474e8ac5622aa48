"""What a connection is, and its outcome: asked, refused, deferred, matched. The one rule for every such figure.

The hour tables count questions, by organization, database and answer. A mail server asks both databases about the same
connection, so the questions of an hour do not simply add up: the hour has as many connections as the database that was
asked more often, and hours add up. A refused connection is not deferred, too: the mail server has ended it.

It knows the hour tables, and no screen, no time zone and no letter. Every question is in the hour tables; only the
query log is a sample.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from peewee import SQL, Asc, Case, Desc, fn

from reputation.store.models import Organization, QueryHour
from reputation.verdict.counters import HOUR
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
    """Numbers of connections: all that were asked about, and of these the refused and the deferred ones."""

    asked: int = 0
    refused: int = 0
    deferred: int = 0

    @property
    def matched(self) -> int:
        """Count the connections that were refused or deferred; never more than were asked about."""
        return self.refused + self.deferred


class HourCounts(NamedTuple):
    """One hour: `begins` in Unix seconds, its counts, and how many connections each return code refused."""

    begins: int
    counts: Counts
    refused_by: tuple[int, ...]


def outcome(database: int, code: int) -> str:
    """Return the outcome of one question: "not listed", "refused" or "deferred"."""
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
    for `refused_by`, in this order.
    """
    hours = _questions(_within(first, end, databases) & (QueryHour.organization == organization_id), codes)
    columns = (hours.c.hour, *_counts(hours), *(hours.c[_column(code)] for code in codes))
    rows = QueryHour.select(*columns).from_(hours).order_by(hours.c.hour).tuples()
    for begins, asked, refused, deferred, *by in rows.iterator():
        yield HourCounts(begins, Counts(int(asked), int(refused), int(deferred)), tuple(map(int, by)))


def total(organization_id: int, first: int, end: int) -> Counts:
    """Add up the hours of one organization from `first` to before `end`."""
    hours = _questions(_within(first, end) & (QueryHour.organization == organization_id))
    sums = QueryHour.select(*map(fn.SUM, _counts(hours))).from_(hours).tuples().first()
    return Counts(*(int(count or 0) for count in sums))


def by_organization(first: int, end: int, organizations: Sequence[int] | None = None) -> dict[int, Counts]:
    """Add up the hours of each organization that asked from `first` to before `end`, of these alone or of all."""
    # They are named, so that the index leads to the hours of each instead of to all that were ever kept.
    numbers = Organization.select(Organization.id) if organizations is None else list(organizations)
    hours = _questions(_within(first, end) & QueryHour.organization.in_(numbers))
    rows = QueryHour.select(hours.c.organization_id, *map(fn.SUM, _counts(hours))).from_(hours)
    return {number: Counts(*map(int, sums)) for number, *sums in rows.group_by(hours.c.organization_id).tuples()}


def in_order(
    first: int, end: int, organizations: Any, then: Sequence[Any], skip: int, count: int, descending: bool = False
) -> dict[int, int]:
    """Return `count` organizations after the first `skip`, in the order of their queries of these hours, and these.

    `organizations` is a query of their numbers: those that asked nothing come first, too. `then` are the columns that
    decide where two asked the same. With `descending` the whole order is turned.
    """
    # Added up for one organization after the other: so each sum is made where its hours stand, and none is put aside.
    hours = _questions(_within(first, end) & (QueryHour.organization == Organization.id), asked_alone=True)
    asked = fn.COALESCE(QueryHour.select(fn.SUM(_asked(hours))).from_(hours), 0).alias("asked")
    rows = Organization.select(Organization.id, asked).where(Organization.id.in_(organizations))
    rows = rows.order_by(*map(Desc if descending else Asc, [SQL("asked"), *then, Organization.id]))
    return {number: int(queries) for number, queries in rows.offset(skip).limit(count).tuples()}


def of_questions(questions: int, organization_id: int, first: int, end: int) -> int:
    """Estimate how many connections so many questions were about, as the query log has them: a row a question.

    It is as many for each question as in the hours from that of `first` to before `end`; where these hold nothing, one.
    """
    within = _within(first - first % HOUR, end) & (QueryHour.organization == organization_id)
    hours = _questions(within)
    asked, told = fn.SUM(_counts(hours)[0]), fn.SUM(hours.c.standard + hours.c.dynamic)
    found = QueryHour.select(asked, told).from_(hours).tuples().first()
    return round(questions * int(found[0]) / int(found[1])) if found[1] else questions


def _questions(where: Any, codes: Sequence[int] = (), asked_alone: bool = False) -> Any:
    """Select how often each organization asked either database in each hour, and how often it was told of a listing."""
    is_standard, is_dynamic = QueryHour.database == STANDARD, QueryHour.database == DYNAMIC
    columns = {"standard": is_standard, "dynamic": is_dynamic}
    columns |= {} if asked_alone else {
        "refused": is_standard & is_match(QueryHour.code),
        "listed": is_dynamic & is_match(QueryHour.code),
        **{_column(code): is_standard & (QueryHour.code == code) for code in codes},
    }  # fmt: skip
    sums = (fn.COALESCE(fn.SUM(QueryHour.queries).filter(which), 0).alias(name) for name, which in columns.items())
    rows = QueryHour.select(QueryHour.organization, QueryHour.hour, *sums).where(where)
    return rows.group_by(QueryHour.organization, QueryHour.hour).alias("questions")


def _counts(hours: Any) -> tuple[Any, Any, Any]:
    """Make asked, refused and deferred of an hour's questions: the rule itself.

    Its terms are shared by SQLite and PostgreSQL: the one has no GREATEST, the other no MAX of two.
    """
    asked, refused, listed = _asked(hours), hours.c.refused, hours.c.listed
    # A mail server that asks both databases at once meets some in both; those are refused.
    deferred = Case(None, [(listed > asked - refused, asked - refused)], listed)
    return asked, refused, deferred


def _asked(hours: Any) -> Any:
    return Case(None, [(hours.c.standard > hours.c.dynamic, hours.c.standard)], hours.c.dynamic)


def _column(code: int) -> str:
    return f"refused_by_{code}"


def _within(first: int, end: int, databases: Sequence[int] = DATABASES) -> Any:
    hours = (QueryHour.hour >= first) & (QueryHour.hour < end)
    return hours if set(databases) == set(DATABASES) else hours & QueryHour.database.in_(databases)
