"""What an organization asked about an ISP is told as its query log holds it."""

from __future__ import annotations

from reputation.customers import isp_activity
from reputation.store.models import QueryLogEntry
from reputation.verdict.zones import DYNAMIC, KSS, STANDARD
from tests.conftest import NOON, Cast

ASN = 64500


def row(organization: int, code: int, database: int = STANDARD, weight: int = 1, asn: int = ASN) -> None:
    QueryLogEntry.create(
        organization=organization,
        asked_at=NOON,
        address="192.0.2.7",
        asn=asn,
        database=database,
        code=code,
        weight=weight,
    )


def test_a_match_that_stands_for_several_counts_as_several(cast: Cast) -> None:
    row(cast.acme.id, KSS, weight=4)
    row(cast.acme.id, 2, DYNAMIC, weight=4)
    row(cast.acme.id, 0, weight=40)
    row(cast.acme.id, KSS, asn=64501)
    row(cast.basic.id, KSS, weight=4)

    asked = isp_activity.asked(cast.acme.id, ASN, NOON)

    assert (asked.matched, asked.others) == (8, 1)
    assert isp_activity.asked(cast.acme.id, 64502, NOON)[:2] == (0, 0)
