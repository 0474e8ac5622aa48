"""The daily quota: who has used it up, when people are told, and that it ends with its day."""

from __future__ import annotations

import pytest

from reputation.counting import hours, quotas
from reputation.counting.delivery import Delivery
from reputation.publisher import policies
from reputation.store import changes
from reputation.store.models import AuditEntry, Organization, QueryHour, QuotaDay
from reputation.verdict.counters import Counters
from reputation.verdict.decision import NOT_LISTED, Decision
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import DYNAMIC, STANDARD
from tests.conftest import NOON, Cast
from tests.neighbour import others

HOUR, DAY = 3600, 86400
MIDNIGHT = NOON - NOON % DAY + DAY
LAST = MIDNIGHT - 1
UNLISTED = Decision(0, 0, NOT_LISTED, "")


def asked(organization: int, queries: int, at: int = NOON, database: int = STANDARD) -> None:
    QueryHour.create(organization=organization, hour=at - at % HOUR, database=database, code=0, queries=queries)


def quota(organization: int, value: int | None) -> None:
    Organization.update(daily_quota=value).where(Organization.id == organization).execute()


def over_until(organization: int, now: int) -> int:
    return int(policies.build(now).over_until[organization])


def audited() -> list[tuple[int | None, str]]:
    return [(row.organization_id, row.what) for row in others(AuditEntry) if "quota" in row.what]


def test_without_a_quota_nobody_is_bounded(cast: Cast) -> None:
    asked(cast.acme.id, 10**9)

    assert quotas.follow(0, NOON) == ""
    assert quotas.of(cast.acme.id, 0, NOON) is None
    assert over_until(cast.acme.id, NOON) == 0


@pytest.mark.parametrize(
    ("own", "usual", "bounds"),
    [(None, 0, None), (None, 100, 100), (0, 100, None), (50, 100, 50), (50, 0, 50), (200, 100, 200)],
)
def test_an_organizations_own_quota_counts_before_the_installations(
    cast: Cast, own: int | None, usual: int, bounds: int | None
) -> None:
    quota(cast.acme.id, own)

    use = quotas.of(cast.acme.id, usual, NOON)

    assert (use.quota if use else None) == bounds


@pytest.mark.parametrize(
    ("queries", "near", "over"), [(79, False, False), (80, True, False), (99, True, False), (100, True, True)]
)
def test_people_are_told_at_eighty_per_cent_and_nothing_is_listed_beyond_all(
    cast: Cast, queries: int, near: bool, over: bool
) -> None:
    quota(cast.acme.id, 100)
    asked(cast.acme.id, queries)

    quotas.follow(0, NOON)

    assert [(one.organization, one.over_at is not None) for one in quotas.pressed(NOON)] == [("Acme", over)] * near
    assert over_until(cast.acme.id, NOON) == (MIDNIGHT if over else 0)
    assert over_until(cast.basic.id, NOON) == 0


def test_a_quota_that_was_used_up_while_the_clock_was_ahead_bounds_nobody(cast: Cast) -> None:
    quota(cast.acme.id, 100)
    asked(cast.acme.id, 100, NOON + 400 * DAY)
    quotas.follow(0, NOON + 400 * DAY)
    assert over_until(cast.acme.id, NOON) > MIDNIGHT
    generation = changes.generations()[changes.POLICIES]

    quotas.follow(0, NOON)

    assert over_until(cast.acme.id, NOON) == 0 and list(others(QuotaDay)) == []
    assert changes.generations()[changes.POLICIES] == generation + 1, "it is published"
    quotas.follow(0, NOON)
    assert changes.generations()[changes.POLICIES] == generation + 1


def test_a_node_whose_clock_is_a_little_ahead_at_midnight_is_believed(cast: Cast) -> None:
    quota(cast.acme.id, 1)
    asked(cast.acme.id, 1, MIDNIGHT + 5)
    quotas.follow(0, MIDNIGHT + 5)

    quotas.follow(0, LAST)

    assert over_until(cast.acme.id, MIDNIGHT + 5) == MIDNIGHT + DAY


@pytest.mark.parametrize(
    ("value", "queries", "near"), [(1000, 799, False), (1000, 800, True), (1, 0, False), (1, 1, True)]
)
def test_eighty_per_cent_are_exactly_that(cast: Cast, value: int, queries: int, near: bool) -> None:
    quota(cast.acme.id, value)
    asked(cast.acme.id, queries)

    quotas.follow(0, NOON)

    use = quotas.of(cast.acme.id, 0, NOON)
    assert bool(quotas.pressed(NOON)) == near and use and (use.is_near, use.turned_away) == (near, 0)


def test_both_databases_about_the_same_connection_count_once(cast: Cast) -> None:
    quota(cast.acme.id, 100)
    asked(cast.acme.id, 60)
    asked(cast.acme.id, 60, database=DYNAMIC)

    use = quotas.of(cast.acme.id, 0, NOON)

    assert use and use.used == 60


def test_it_is_written_once_for_the_operator_and_the_organization(cast: Cast) -> None:
    quota(cast.acme.id, 100)
    asked(cast.acme.id, 100)

    said = [quotas.follow(0, NOON + seconds) for seconds in range(0, 60, 5)]

    assert said == ["1 organizations have used up their daily quota.", *[""] * 11]
    assert audited() == [
        (cast.acme.id, "Daily quota of 100 connections used up"),
        (None, "Daily quota of Acme used up"),
    ]


def test_policies_are_published_anew_only_when_something_has_changed(cast: Cast) -> None:
    quota(cast.acme.id, 100)
    began = changes.generations()[changes.POLICIES]

    seen = []
    for hour, queries in ((0, 50), (1, 30), (2, 15), (3, 5), (4, 50)):
        asked(cast.acme.id, queries, NOON + hour * HOUR)
        quotas.follow(0, NOON + hour * HOUR)
        seen.append(changes.generations()[changes.POLICIES] - began)

    assert seen == [0, 0, 0, 1, 1]


def test_the_day_is_that_of_utc_and_the_next_one_begins_with_nothing_used(cast: Cast) -> None:
    quota(cast.acme.id, 100)
    asked(cast.acme.id, 99, MIDNIGHT - DAY - 1)
    asked(cast.acme.id, 100, LAST)
    quotas.follow(0, LAST)
    assert over_until(cast.acme.id, LAST) == MIDNIGHT

    use = quotas.of(cast.acme.id, 0, MIDNIGHT)

    assert use and (use.used, use.over_at, use.ends_at) == (0, None, MIDNIGHT + DAY)
    assert quotas.pressed(MIDNIGHT) == []
    assert over_until(cast.acme.id, MIDNIGHT) == 0
    asked(cast.acme.id, 80, MIDNIGHT)
    quotas.follow(0, MIDNIGHT + 5)
    assert [(one.near_at, one.over_at) for one in quotas.pressed(MIDNIGHT + 5)] == [(MIDNIGHT + 5, None)]


def test_a_flush_after_midnight_of_what_was_asked_before_it_bounds_nobody(cast: Cast) -> None:
    quota(cast.acme.id, 3)
    counters = Counters()
    for _ in range(3):
        counters.record(cast.acme.id, STANDARD, UNLISTED, 4, 1, LAST)

    hours.flush(Delivery(counters), EMPTY, MIDNIGHT + 2)
    quotas.follow(0, MIDNIGHT + 2)

    assert over_until(cast.acme.id, MIDNIGHT + 2) == 0


def test_what_several_nodes_counted_is_added_up(cast: Cast) -> None:
    quota(cast.acme.id, 4)
    nodes = (Counters(), Counters())
    for counters in nodes:
        for _ in range(2):
            counters.record(cast.acme.id, STANDARD, UNLISTED, 4, 1, NOON)
        hours.flush(Delivery(counters), EMPTY, NOON)

    quotas.follow(0, NOON)

    assert over_until(cast.acme.id, NOON) == MIDNIGHT


@pytest.mark.parametrize("raised", [101, 0, None])
def test_a_higher_quota_or_none_lets_it_go_on(cast: Cast, raised: int | None) -> None:
    quota(cast.acme.id, 100)
    asked(cast.acme.id, 100)
    quotas.follow(0, NOON)
    quota(cast.acme.id, raised)
    began = changes.generations()[changes.POLICIES]

    assert quotas.follow(0, NOON + 5) == ""

    assert changes.generations()[changes.POLICIES] == began + 1
    assert over_until(cast.acme.id, NOON + 5) == 0
    assert len(audited()) == 2


def test_a_higher_quota_that_is_used_up_on_the_same_day_is_told_again(cast: Cast) -> None:
    quota(cast.acme.id, 100)
    asked(cast.acme.id, 100)
    quotas.follow(0, NOON)
    quota(cast.acme.id, 200)
    quotas.follow(0, NOON + 5)
    asked(cast.acme.id, 100, NOON + HOUR)

    quotas.follow(0, NOON + HOUR)

    assert [what for _, what in audited()][2:] == [
        "Daily quota of 200 connections used up",
        "Daily quota of Acme used up",
    ]
    assert [(row.near_at, row.over_at) for row in others(QuotaDay)] == [(NOON + HOUR, NOON + HOUR)]
