"""What the reports on queries say is what was counted, in the right hour and on the right day."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from reputation.counting.connections import NOT_LISTED
from reputation.insight import periods, query_reports
from reputation.insight.query_reports import CODES, DECIDERS, ReportQuery
from reputation.store.models import Organization, QueryHour
from reputation.verdict.counters import HOUR
from reputation.verdict.zones import BLOCKED_COUNTRY, DATABASES, DUL, DYNAMIC, ETL, KSS, STANDARD, TEST_CODES
from tests.conftest import NOON, Cast

VIENNA, KOLKATA = ZoneInfo("Europe/Vienna"), ZoneInfo("Asia/Kolkata")


def counted(organization: int, hour: int, queries: int, code: int = 0, database: int = STANDARD) -> None:
    QueryHour.create(organization=organization, hour=hour, database=database, code=code, queries=queries)


def at(zone: tzinfo, *when: int, fold: int = 0) -> int:
    return int(datetime(*when, tzinfo=zone, fold=fold).timestamp())  # type: ignore[arg-type, misc]


def since(cast: Cast, timestamp: int) -> None:
    Organization.update(created_at=timestamp).where(Organization.id == cast.acme.id).execute()


@pytest.fixture
def day(cast: Cast) -> ReportQuery:
    """Ten connections in the present hour: two KSS, one ETL, one blocked country, and of the other six one deferred."""
    for code, queries in ((KSS, 2), (ETL, 1), (BLOCKED_COUNTRY, 1), (NOT_LISTED, 6)):
        counted(cast.acme.id, NOON, queries, code)
    counted(cast.acme.id, NOON, 1, 2, DYNAMIC)
    counted(cast.acme.id, NOON, 5, 0, DYNAMIC)
    counted(cast.basic.id, NOON, 1000, KSS)
    since(cast, NOON - 90 * 86400)
    return ReportQuery(periods.last_24_hours(NOON + 60))


def test_every_return_code_that_dns_gives_is_somebodys() -> None:
    assert {(one.database, one.code) for one in DECIDERS} == {(db, code) for db in DATABASES for code in TEST_CODES[db]}
    assert set(CODES) == TEST_CODES[STANDARD] | TEST_CODES[DYNAMIC]


def test_a_connection_that_both_databases_were_asked_about_counts_once(cast: Cast, day: ReportQuery) -> None:
    report = query_reports.by_hour(cast.acme.id, day)

    assert (report.queries, report.matched) == (10, 5)
    assert dict(zip((one.name for one in day.deciders), report.by, strict=True)) == {
        "KSS": 2,
        "DUL": 0,
        "ETL": 1,
        "Blocked address": 0,
        "Blocked ISP": 0,
        "Blocked country": 1,
        "Dynamic": 1,
    }
    assert len(report.points) == 24 and report.points[-1][:3] == (NOON, 10, 5)
    assert report.busiest == report.points[-1]


@pytest.mark.parametrize(
    ("database", "code", "queries", "matched"),
    [
        ("standard", None, 10, 4),
        ("dynamic", None, 6, 1),
        ("both", KSS, 10, 3),  # 127.0.0.2 is also what the dynamic database answers
        ("standard", KSS, 10, 2),
        ("dynamic", 2, 6, 1),
        ("dynamic", ETL, 6, 0),
        ("both", DUL, 10, 0),
        ("both", NOT_LISTED, 10, 5),
        ("standard", NOT_LISTED, 10, 6),
        ("dynamic", NOT_LISTED, 6, 5),
    ],
)
def test_a_database_and_a_return_code_narrow_it_down(
    cast: Cast, day: ReportQuery, database: str, code: int | None, queries: int, matched: int
) -> None:
    report = query_reports.by_hour(cast.acme.id, day._replace(database=database, code=code))

    assert (report.queries, report.matched) == (queries, matched)


def test_a_connection_that_both_databases_list_is_refused_and_counts_once(cast: Cast) -> None:
    since(cast, 0)
    for code, queries, database in ((KSS, 60, STANDARD), (0, 40, STANDARD), (2, 70, DYNAMIC), (0, 30, DYNAMIC)):
        counted(cast.acme.id, NOON, queries, code, database)
    query = ReportQuery(periods.last_24_hours(NOON))

    report = query_reports.by_hour(cast.acme.id, query)
    unlisted = query_reports.by_hour(cast.acme.id, query._replace(code=NOT_LISTED))

    assert (report.queries, report.refused, report.deferred, report.matched) == (100, 60, 40, 100)
    assert sum(report.by) == report.matched
    assert (unlisted.queries, unlisted.matched) == (100, 0)
    assert query_reports.by_hour(cast.acme.id, query._replace(database="dynamic"))[1:3] == (100, 70)


def test_hours_and_days_come_to_the_same(cast: Cast, day: ReportQuery) -> None:
    counted(cast.acme.id, NOON - 20 * HOUR, 7, KSS)
    for zone in (UTC, VIENNA, KOLKATA):
        hours, days = query_reports.by_hour(cast.acme.id, day), query_reports.by_day(cast.acme.id, day, zone)
        assert hours[1:] == days[1:]
        assert sum(point.queries or 0 for point in days.points) == 17


def test_midnight_parts_the_days_where_the_reader_is(cast: Cast) -> None:
    since(cast, 0)
    counted(cast.acme.id, at(VIENNA, 2026, 9, 20, 23), 1)
    counted(cast.acme.id, at(VIENNA, 2026, 9, 21, 0), 10)
    counted(cast.acme.id, at(VIENNA, 2026, 9, 21, 23), 100)
    query = ReportQuery(periods.between(date(2026, 9, 20), date(2026, 9, 21), VIENNA, at(VIENNA, 2026, 9, 23)))

    assert [point.queries for point in query_reports.by_day(cast.acme.id, query, VIENNA).points] == [1, 110]


def test_a_week_begins_and_ends_where_the_reader_is(cast: Cast) -> None:
    since(cast, 0)
    counted(cast.acme.id, at(VIENNA, 2026, 9, 20, 23), 1)  # Sunday; in UTC 21:00
    counted(cast.acme.id, at(VIENNA, 2026, 9, 21, 1), 10)  # Monday; in UTC still Sunday
    sunday_night = ReportQuery(periods.last_days(7, VIENNA, at(VIENNA, 2026, 9, 20, 23, 59)))
    monday = ReportQuery(periods.last_days(7, VIENNA, at(VIENNA, 2026, 9, 27, 12)))

    assert query_reports.by_day(cast.acme.id, sunday_night, VIENNA).points[-1].queries == 1
    assert query_reports.by_day(cast.acme.id, monday, VIENNA).points[0].queries == 10


def test_two_databases_add_up_by_hours_whatever_the_readers_day_is(cast: Cast) -> None:
    """The standard database alone in the last hour of Vienna's day, the dynamic one alone in the first of the next."""
    since(cast, 0)
    for hour, database in ((at(VIENNA, 2026, 9, 20, 23), STANDARD), (at(VIENNA, 2026, 9, 21, 0), DYNAMIC)):
        counted(cast.acme.id, hour, 90, 0, database)
        counted(cast.acme.id, hour, 10, 2, database)
        counted(cast.basic.id, hour, 5000, 2, database)

    def days(zone: tzinfo) -> list[tuple[int | None, int | None]]:
        query = ReportQuery(periods.between(date(2026, 9, 20), date(2026, 9, 21), zone, at(UTC, 2026, 9, 23)))
        return [point[1:3] for point in query_reports.by_day(cast.acme.id, query, zone).points]

    assert days(VIENNA) == [(100, 10), (100, 10)]
    assert days(UTC) == [(200, 20), (0, 0)]


def test_a_day_of_25_hours_has_the_hour_twice(cast: Cast) -> None:
    since(cast, 0)
    counted(cast.acme.id, at(VIENNA, 2026, 10, 25, 2, fold=0), 3)
    counted(cast.acme.id, at(VIENNA, 2026, 10, 25, 2, fold=1), 4)
    counted(cast.acme.id, at(VIENNA, 2026, 10, 25, 23), 5)
    counted(cast.acme.id, at(VIENNA, 2026, 10, 26, 0), 100)
    on = date(2026, 10, 25)
    query = ReportQuery(periods.between(on, on, VIENNA, at(VIENNA, 2026, 12, 1)))

    hours = query_reports.by_hour(cast.acme.id, query)

    assert len(hours.points) == 25
    assert [point.queries for point in hours.points if point.queries] == [3, 4, 5]
    assert [point.queries for point in query_reports.by_day(cast.acme.id, query, VIENNA).points] == [12]


def test_a_day_of_23_hours_goes_from_midnight_to_midnight(cast: Cast) -> None:
    since(cast, 0)
    for queries, when in ((1, (28, 23)), (2, (29, 0)), (4, (29, 1)), (8, (29, 3)), (16, (29, 23)), (32, (30, 0))):
        counted(cast.acme.id, at(VIENNA, 2026, 3, *when), queries)
    query = ReportQuery(periods.between(date(2026, 3, 28), date(2026, 3, 30), VIENNA, at(VIENNA, 2026, 12, 1)))

    assert [point.queries for point in query_reports.by_day(cast.acme.id, query, VIENNA).points] == [1, 30, 32]


def test_in_a_zone_with_a_half_hour_an_hour_belongs_to_the_day_in_which_it_begins(cast: Cast) -> None:
    since(cast, 0)
    counted(cast.acme.id, at(KOLKATA, 2026, 9, 20, 23, 30), 1)
    counted(cast.acme.id, at(KOLKATA, 2026, 9, 21, 0, 30), 10)
    query = ReportQuery(periods.between(date(2026, 9, 20), date(2026, 9, 21), KOLKATA, at(KOLKATA, 2026, 9, 23)))

    assert [point.queries for point in query_reports.by_day(cast.acme.id, query, KOLKATA).points] == [1, 10]


def test_a_day_without_queries_is_0_and_one_before_the_start_is_blank(cast: Cast) -> None:
    since(cast, at(VIENNA, 2026, 9, 19, 15))
    query = ReportQuery(periods.between(date(2026, 9, 18), date(2026, 9, 20), VIENNA, at(VIENNA, 2026, 9, 23)))

    report = query_reports.by_day(cast.acme.id, query, VIENNA)

    assert [point.queries for point in report.points] == [None, 0, 0]
    assert report.counted == 2 and report.busiest is None


def test_that_others_began_earlier_makes_no_day_before_ones_own_start_a_0(cast: Cast) -> None:
    since(cast, at(VIENNA, 2026, 9, 19, 15))
    Organization.update(created_at=at(VIENNA, 2026, 9, 1)).where(Organization.id == cast.basic.id).execute()
    counted(cast.basic.id, at(VIENNA, 2026, 9, 2), 7)
    query = ReportQuery(periods.between(date(2026, 9, 18), date(2026, 9, 20), VIENNA, at(VIENNA, 2026, 9, 23)))

    own, of_basic = (query_reports.by_day(one.id, query, VIENNA) for one in (cast.acme, cast.basic))

    assert [point.queries for point in own.points] == [None, 0, 0]
    assert [point.queries for point in of_basic.points] == [0, 0, 0]


def test_figures_from_before_the_organization_was_added_are_shown_all_the_same(cast: Cast) -> None:
    since(cast, NOON)
    counted(cast.acme.id, NOON - 2 * HOUR, 5)

    report = query_reports.by_hour(cast.acme.id, ReportQuery(periods.last_24_hours(NOON)))

    assert [point.queries for point in report.points[-4:]] == [None, 5, 0, 0]


def test_queries_beyond_the_range_are_not_counted(cast: Cast, day: ReportQuery) -> None:
    counted(cast.acme.id, NOON - 24 * HOUR, 50)
    counted(cast.acme.id, NOON + HOUR, 50)

    assert query_reports.by_hour(cast.acme.id, day).queries == 10


def test_a_day_in_which_no_hour_has_begun_has_no_figures_by_hour(cast: Cast) -> None:
    """Where the clock differs from UTC by half an hour, the first half hour of today."""
    counted(cast.acme.id, at(KOLKATA, 2026, 9, 20, 23, 30), 5)
    now, on = at(KOLKATA, 2026, 9, 21, 0, 5), date(2026, 9, 21)
    query = ReportQuery(periods.between(on, on, KOLKATA, now))

    report = query_reports.by_hour(cast.acme.id, query)

    assert report == ((), 0, 0, (0,) * 7, 0, 0) and report.busiest is None and report.counted == 0
    assert [point.queries for point in query_reports.by_day(cast.acme.id, query, KOLKATA).points] == [0]


def test_the_first_of_the_busiest_hours_is_told(cast: Cast) -> None:
    since(cast, 0)
    for hour, queries in ((NOON - 3 * HOUR, 4), (NOON - 2 * HOUR, 7), (NOON - HOUR, 7)):
        counted(cast.acme.id, hour, queries)

    report = query_reports.by_hour(cast.acme.id, ReportQuery(periods.last_24_hours(NOON)))

    assert report.busiest is not None and report.busiest.begins == NOON - 2 * HOUR
    assert report.counted == 24


def test_an_hour_that_ends_when_the_organization_begins_is_blank_and_the_next_is_not(cast: Cast) -> None:
    since(cast, NOON)
    begun = query_reports.by_hour(cast.acme.id, ReportQuery(periods.last_24_hours(NOON)))
    since(cast, NOON - 1)
    before = query_reports.by_hour(cast.acme.id, ReportQuery(periods.last_24_hours(NOON)))

    assert [point[1:] for point in begun.points[-2:]] == [(None, None, None), (0, 0, (0,) * 7)]
    assert [point.queries for point in before.points[-3:]] == [None, 0, 0]


def test_refused_and_deferred_are_the_parts_of_what_matched(cast: Cast, day: ReportQuery) -> None:
    report = query_reports.by_hour(cast.acme.id, day)
    unlisted = query_reports.by_hour(cast.acme.id, day._replace(code=NOT_LISTED))

    assert (report.refused, report.deferred) == (4, 1)
    assert (unlisted.refused, unlisted.deferred, unlisted.by) == (0, 0, ())
    assert report.points[-1].by == report.by == (2, 0, 1, 0, 0, 1, 1)
    assert CODES == (2, 3, 4, 10, 11, 12)


def test_a_report_begins_with_its_own_organization(cast: Cast) -> None:
    since(cast, 0)
    counted(cast.acme.id, NOON - 20 * HOUR, 5)

    report = query_reports.by_hour(cast.basic.id, ReportQuery(periods.last_24_hours(NOON)))

    assert [point.queries for point in report.points] == [None] * 23 + [0]


@pytest.mark.parametrize(
    ("database", "code", "names"),
    [
        ("standard", None, ["KSS", "DUL", "ETL", "Blocked address", "Blocked ISP", "Blocked country"]),
        ("dynamic", None, ["Dynamic"]),
        ("both", KSS, ["KSS", "Dynamic"]),
        ("standard", KSS, ["KSS"]),
        ("dynamic", KSS, ["Dynamic"]),
        ("dynamic", DUL, []),
        ("both", NOT_LISTED, []),
    ],
)
def test_the_reasons_of_a_match_are_those_of_the_database_and_the_code(
    database: str, code: int | None, names: list[str]
) -> None:
    query = ReportQuery(periods.last_24_hours(NOON), database, code)

    assert [one.name for one in query.deciders] == names
