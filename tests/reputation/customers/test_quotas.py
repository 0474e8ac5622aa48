"""Which quota an organization has: as it is written, chosen, and in force at once."""

from __future__ import annotations

import pytest

from reputation.counting import quotas as use
from reputation.customers import quotas
from reputation.publisher import policies
from reputation.refusal import Refused
from reputation.store.models import AuditEntry, QueryHour
from tests.conftest import NOON, Cast
from tests.neighbour import others


@pytest.mark.parametrize(
    ("text", "quota"),
    [("", None), ("usual", None), (" Usual ", None), ("none", 0), ("0", 0), ("1000", 1000), ("1,000,000", 10**6)],
)
def test_a_quota_is_read_as_people_write_it(text: str, quota: int | None) -> None:
    assert quotas.read(text) == quota


@pytest.mark.parametrize("text", ["-1", "1.5", "many", "1e6", "٣", "1234567890", "9" * 5000, "none at all"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="A daily quota is a number"):
        quotas.read(text)


def test_a_quota_below_what_was_asked_today_holds_at_once_and_a_higher_one_lets_go(cast: Cast) -> None:
    QueryHour.create(organization=cast.acme.id, hour=NOON, database=0, code=0, queries=100)

    quotas.choose(cast.acme.id, 100, 0, NOON, "olga")
    assert policies.build(NOON).over_until[cast.acme.id] == use.end_of_day(NOON)
    quotas.choose(cast.acme.id, 101, 0, NOON + 1, "olga")
    assert policies.build(NOON + 1).over_until[cast.acme.id] == 0
    quotas.choose(cast.acme.id, None, 100, NOON + 2, "olga")
    assert policies.build(NOON + 2).over_until[cast.acme.id] == use.end_of_day(NOON)
    assert policies.build(NOON + 2).over_until[cast.basic.id] == 0

    rows = others(AuditEntry).where((AuditEntry.what == "Daily quota changed") & (AuditEntry.who == "olga"))
    assert [(row.before, row.after) for row in rows.order_by(AuditEntry.id)] == [
        ("as for all: none", "100 connections a day"),
        ("100 connections a day", "101 connections a day"),
        ("101 connections a day", "as for all: 100 connections a day"),
    ]


def test_the_same_quota_again_is_no_change(cast: Cast) -> None:
    for _ in range(2):
        quotas.choose(cast.acme.id, 100, 0, NOON, "olga")

    assert others(AuditEntry).where(AuditEntry.what == "Daily quota changed").count() == 1
