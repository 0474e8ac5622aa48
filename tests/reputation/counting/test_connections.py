"""A connection counts once, whichever databases were asked about it; on SQLite and on PostgreSQL."""

from __future__ import annotations

import logging
from itertools import product
from typing import Any

import pytest
from peewee import fn

from reputation.counting import connections
from reputation.counting.connections import Counts, HourCounts, outcome
from reputation.customers import organizations
from reputation.store.db import Store
from reputation.store.models import Organization, QueryHour
from reputation.verdict.counters import HOUR
from reputation.verdict.zones import BLOCKED_ISP, DUL, DYNAMIC, DYNAMIC_LISTING, KSS, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import is_others, others

DAY = 24 * HOUR
Row = tuple[int, int, int, int]  # how many hours after noon, database, code, questions


def asked(organization: int, *rows: Row) -> None:
    for hours, database, code, queries in rows:
        QueryHour.create(
            organization=organization, hour=NOON + hours * HOUR, database=database, code=code, queries=queries
        )


@pytest.fixture
def bystander(cast: Cast) -> Counts:
    """Basic asks in every hour of three days, far more than Acme; what that comes to on one of them."""
    rows = [(hour, STANDARD, code, 1000) for hour, code in product(range(-DAY // HOUR, 2 * DAY // HOUR), (0, KSS))]
    asked(cast.basic.id, *rows)
    return Counts(48_000, 24_000, 0)


def total(organization: int) -> Counts:
    return connections.total(organization, NOON, NOON + DAY)


CASES = {
    "the dynamic database alone": (
        [row for hour in range(19) for row in ((hour, DYNAMIC, 0, 90), (hour, DYNAMIC, DYNAMIC_LISTING, 10))],
        Counts(asked=1900, refused=0, deferred=190),
    ),
    "another database each hour": ([(1, STANDARD, 0, 100), (2, DYNAMIC, 0, 100)], Counts(asked=200)),
    "both in one hour": ([(1, STANDARD, 0, 100), (1, DYNAMIC, 0, 90)], Counts(asked=100)),
    "the dynamic one more often": ([(1, STANDARD, 0, 90), (1, DYNAMIC, 0, 100)], Counts(asked=100)),
    "refused or deferred": (
        [(0, STANDARD, 0, 234), (0, STANDARD, KSS, 133), (0, DYNAMIC, 0, 218), (0, DYNAMIC, DYNAMIC_LISTING, 16)],
        Counts(asked=367, refused=133, deferred=16),
    ),
    "listed in both by a server that asks both at once": (
        [(0, STANDARD, KSS, 100), (0, DYNAMIC, DYNAMIC_LISTING, 100)],
        Counts(asked=100, refused=100, deferred=0),
    ),
    "nothing": ([], Counts()),
}


@pytest.mark.parametrize(("rows", "right"), CASES.values(), ids=CASES)
def test_hours_come_to_the_right_figures(cast: Cast, bystander: Counts, rows: list[Row], right: Counts) -> None:
    asked(cast.acme.id, *rows)

    assert total(cast.acme.id) == right
    assert connections.by_organization(NOON, NOON + DAY).get(cast.acme.id, Counts()) == right
    assert total(cast.basic.id) == connections.by_organization(NOON, NOON + DAY)[cast.basic.id] == bystander


def test_organizations_come_in_the_order_of_what_they_asked(cast: Cast, bystander: Counts) -> None:
    idle, later = (organizations.add(name, "standard", NOON)[0].id for name in ("Idle", "Later"))
    # 60 and 70 in two hours are more than 100 of both databases in one, which count once.
    asked(cast.acme.id, (1, STANDARD, 0, 100), (1, DYNAMIC, 0, 100), (-1, STANDARD, 0, 9_000))
    asked(later, (1, STANDARD, 0, 60), (2, DYNAMIC, 0, 70), (24, STANDARD, 0, 9_000))
    everybody = [cast.acme.id, cast.basic.id, idle, later]
    some = others(Organization, Organization.id).where(Organization.id.in_(everybody))

    def in_order(skip: int, count: int, descending: bool = False) -> list[int]:
        names = [fn.LOWER(Organization.name)]
        return list(connections.in_order(NOON, NOON + DAY, some, names, skip, count, descending))

    assert in_order(0, 9) == [idle, cast.acme.id, later, cast.basic.id]
    assert in_order(1, 2, descending=True) == [later, cast.acme.id]
    queries = connections.in_order(NOON, NOON + DAY, some, [], 0, 9)
    assert (queries[idle], queries[cast.acme.id], queries[later]) == (0, 100, 130)
    QueryHour.delete().where(is_others(QueryHour)).execute()
    assert in_order(0, 9) == [cast.acme.id, cast.basic.id, idle, later], "by name where they asked the same"


def test_matched_is_refused_or_deferred_and_never_more_than_asked(cast: Cast) -> None:
    figures = (0, 1, 7, 40)
    for hour, (passed, refused, unlisted, deferred) in enumerate(product(figures, repeat=4)):
        rows = ((STANDARD, 0, passed), (STANDARD, KSS, refused), (DYNAMIC, 0, unlisted), (DYNAMIC, 2, deferred))
        asked(cast.acme.id, *((hour, *row) for row in rows))

    found = list(connections.by_hour(cast.acme.id, NOON, NOON + 400 * HOUR))

    assert len(found) == len(figures) ** 4
    for (passed, refused, unlisted, deferred), hour in zip(product(figures, repeat=4), found, strict=True):
        counts = hour.counts
        assert counts.asked == max(passed + refused, unlisted + deferred)
        assert counts.refused == refused
        assert counts.deferred == min(deferred, counts.asked - refused)
        assert counts.matched == counts.refused + counts.deferred <= counts.asked
    assert connections.total(cast.acme.id, NOON, NOON + 400 * HOUR) == Counts(
        *(sum(hour.counts[at] for hour in found) for at in range(3))
    )


def test_two_days_alike_come_to_the_same(cast: Cast) -> None:
    rows = [(1, STANDARD, 0, 100), (2, DYNAMIC, 0, 100)]
    asked(cast.acme.id, *rows, *((hour + 24, *rest) for hour, *rest in rows))

    assert connections.total(cast.acme.id, NOON + DAY, NOON + 2 * DAY) == total(cast.acme.id) == Counts(200)


def test_the_first_moment_belongs_to_it_and_the_end_does_not(cast: Cast) -> None:
    asked(cast.acme.id, (-1, STANDARD, 0, 1), (0, STANDARD, 0, 10), (23, STANDARD, 0, 100), (24, STANDARD, 0, 1000))

    assert total(cast.acme.id).asked == 110
    assert [hour.begins for hour in connections.by_hour(cast.acme.id, NOON, NOON + DAY)] == [NOON, NOON + 23 * HOUR]
    assert connections.by_organization(NOON, NOON + DAY) == {cast.acme.id: Counts(110)}
    assert connections.total(cast.acme.id, NOON, NOON) == Counts()


def test_one_database_alone_has_what_it_was_asked(cast: Cast, bystander: Counts) -> None:
    asked(cast.acme.id, (0, STANDARD, 0, 6), (0, STANDARD, DUL, 3), (0, STANDARD, BLOCKED_ISP, 1))
    asked(cast.acme.id, (0, DYNAMIC, 0, 4), (0, DYNAMIC, DYNAMIC_LISTING, 2))

    def hours(*databases: int) -> list[HourCounts]:
        return list(connections.by_hour(cast.acme.id, NOON, NOON + DAY, databases, (KSS, DUL, BLOCKED_ISP)))

    assert hours(STANDARD) == [HourCounts(NOON, Counts(10, 4, 0), (0, 3, 1))]
    assert hours(DYNAMIC) == [HourCounts(NOON, Counts(6, 0, 2), (0, 0, 0))]
    assert hours(STANDARD, DYNAMIC) == [HourCounts(NOON, Counts(10, 4, 2), (0, 3, 1))]


def test_questions_of_the_log_are_as_many_connections_as_the_hours_tell(cast: Cast, bystander: Counts) -> None:
    asked(cast.acme.id, (0, STANDARD, 0, 90), (0, STANDARD, KSS, 10), (0, DYNAMIC, 0, 90), (1, DYNAMIC, 0, 10))

    def connections_of(questions: int, first: int, end: int) -> int:
        return connections.of_questions(questions, cast.acme.id, first, end)

    assert connections_of(200, NOON, NOON + 2 * HOUR) == 110
    assert connections_of(19, NOON + 60, NOON + HOUR) == 10, "the hour in which the log begins belongs to it"
    assert connections_of(7, NOON + 5 * HOUR, NOON + 6 * HOUR) == 7


def test_the_words_of_one_answer_are_those_of_the_figures() -> None:
    assert [outcome(database, code) for database in (STANDARD, DYNAMIC) for code in (0, 2)] == [
        "not listed", "refused", "not listed", "deferred",
    ]  # fmt: skip
    assert [connections.is_match(code) for code in (0, KSS, BLOCKED_ISP)] == [False, True, True]


def test_no_figure_reads_hours_that_it_does_not_show(
    store: Store, cast: Cast, bystander: Counts, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLite goes by the index of organization and hour; PostgreSQL plans by the sizes of the tables."""
    if not store.is_sqlite:
        pytest.skip("the plan for a small table says nothing in PostgreSQL")
    with caplog.at_level(logging.DEBUG, "peewee"):
        total(cast.acme.id)
        list(connections.by_hour(cast.acme.id, NOON, NOON + DAY, (DYNAMIC,), (KSS,)))
        connections.by_organization(NOON, NOON + DAY)
        connections.in_order(NOON, NOON + DAY, Organization.select(Organization.id), [], 0, 50)

    statements: list[Any] = [record.msg for record in caplog.records if "query_hour" in str(record.msg)]
    assert len(statements) == 4
    for sql, parameters in statements:
        plan = [row[3] for row in store.database.execute_sql(f"explain query plan {sql}", parameters)]
        steps = [step for step in plan if "organization_id=?" in step]
        assert len(steps) == 1 and "hour>? AND hour<?" in steps[0], plan
        scanned = {step.split()[1] for step in plan if step.startswith("SCAN")}
        assert scanned <= {"questions", "t2"}, "the sums of the hours, and the organizations"
