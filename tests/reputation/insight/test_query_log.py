"""The query log is written with the counts, kept within its bounds, and found again."""

from __future__ import annotations

import pytest

from reputation.addresses.address import Address, parse_address, parse_network
from reputation.counting import hours
from reputation.counting import query_log as log_writer
from reputation.counting.delivery import Delivery
from reputation.customers import policy
from reputation.insight import query_log
from reputation.insight.query_log import LogBounds, LogFilter
from reputation.refusal import Refused
from reputation.store import db
from reputation.store.models import AuditEntry, QueryLogEntry
from reputation.verdict.counters import Counters
from reputation.verdict.decision import NOT_LISTED, Decision
from reputation.verdict.matches import Match, Matches
from reputation.verdict.origins import EMPTY
from reputation.verdict.zones import (
    BLOCKED_ADDRESS,
    BLOCKED_COUNTRY,
    BLOCKED_ISP,
    DUL,
    DYNAMIC,
    ETL,
    FOREVER,
    KSS,
    STANDARD,
)
from tests.conftest import NOON, Cast
from tests.neighbour import others
from tests.snapshots import origins

DAY = 86400
LISTED = Decision(KSS, FOREVER, "KSS", "")
KNOWN = origins({"192.0.2.0/24": (64500, "AT", "Example Net")})


def asked(
    organization: int,
    address: str = "192.0.2.7",
    code: int = KSS,
    at: int = NOON,
    database: int = STANDARD,
    times: int = 1,
    sample: int = 10,
) -> None:
    matches = Matches([Match(at, organization, database, code, *parse_address(address))] * times)
    with db.write():
        query_log.write(matches, KNOWN, {organization: query_log.chosen(organization)}, sample)


def test_a_flush_writes_each_match_and_the_sample_with_their_weights(cast: Cast) -> None:
    counters = Counters(sample=3)
    for number in range(2):
        counters.record(cast.acme.id, STANDARD, LISTED, 4, 0xC0000200 + number, NOON)
    for _ in range(6):
        counters.record(cast.acme.id, STANDARD, NOT_LISTED, 6, 0x20010DB8 << 96 | 1, NOON + 1)

    hours.flush(Delivery(counters), KNOWN, NOON + 2, sample=3)

    rows = others(QueryLogEntry).order_by(QueryLogEntry.id)
    assert [(row.address, row.country, row.asn, row.decided_by, row.weight) for row in rows] == [
        ("192.0.2.0", "AT", 64500, "KSS", 1),
        ("192.0.2.1", "AT", 64500, "KSS", 1),
        ("2001:db8::1", "", 0, "", 3),
        ("2001:db8::1", "", 0, "", 3),
    ]


@pytest.mark.parametrize("every", [1, 2, 3, 7])
def test_each_sample_level_is_an_even_part_of_the_rows_and_of_every_second_one(every: int) -> None:
    """A mail server asks both databases in turn, so what is written follows a pattern."""
    levels = [log_writer.sample_level(number) for number in range(0, 8000 * every, every)]

    for level in range(6):
        assert sum(one >= level for one in levels) == pytest.approx(8000 / 2**level, rel=0.03)


def test_rows_are_written_with_their_sample_levels(cast: Cast) -> None:
    asked(cast.acme.id, times=300)

    half = QueryLogEntry.select().where(QueryLogEntry.sample_level >= 1).count()
    assert half == pytest.approx(150, abs=5)


@pytest.mark.parametrize(
    ("database", "code", "word"),
    [
        (STANDARD, KSS, "KSS"),
        (STANDARD, DUL, "DUL"),
        (STANDARD, ETL, "ETL"),
        (STANDARD, BLOCKED_ADDRESS, "sender rule"),
        (STANDARD, BLOCKED_ISP, "ISP rule"),
        (STANDARD, BLOCKED_COUNTRY, "country rule"),
        (DYNAMIC, KSS, "dynamic"),
        (DYNAMIC, 0, ""),
    ],
)
def test_what_decided_follows_from_the_answer(cast: Cast, database: int, code: int, word: str) -> None:
    asked(cast.acme.id, code=code, database=database)

    assert others(QueryLogEntry).get().decided_by == word


@pytest.mark.parametrize(
    ("address", "kept"),
    [("192.0.2.199", "192.0.2.0/24"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48")],
)
def test_a_masked_log_forgets_the_last_bits(cast: Cast, address: str, kept: str) -> None:
    query_log.choose(cast.acme.id, "masked", NOON, "ada@acme.example")

    asked(cast.acme.id, address)

    row = others(QueryLogEntry).get()
    assert (row.address, row.address_key) == (kept, query_log.key_of(kept))


def test_a_log_that_is_off_writes_nothing_and_an_unknown_organization_neither(cast: Cast) -> None:
    query_log.choose(cast.acme.id, "off", NOON, "ada@acme.example")
    asked(cast.acme.id)
    asked(cast.basic.id)
    with db.write():
        query_log.write(Matches([Match(NOON, 9999, STANDARD, KSS, 4, 1)]), EMPTY, {}, 10)

    assert [row.organization_id for row in others(QueryLogEntry)] == [cast.basic.id]


def test_a_flood_is_thinned_out_and_its_rows_stand_for_all(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_writer, "ROWS_A_FLUSH", 10)

    asked(cast.acme.id, times=40)
    asked(cast.acme.id, code=0, times=20)

    rows = list(others(QueryLogEntry))
    assert len(rows) == 20
    assert sum(row.weight for row in rows if row.code) == 40
    assert sum(row.weight for row in rows if not row.code) == 20 * 10


def test_pruning_goes_by_age_and_by_rows_of_each_organization(cast: Cast) -> None:
    for age in range(6):
        asked(cast.acme.id, f"192.0.2.{age}", at=NOON - age * DAY)
    asked(cast.basic.id, at=NOON - DAY)

    assert query_log.prune(LogBounds(days=4, rows=10), NOON) == 1
    assert query_log.prune(LogBounds(days=4, rows=3), NOON) == 2
    assert query_log.prune(LogBounds(days=4, rows=3), NOON) == 0

    kept = [entry.address for entry in query_log.page(cast.acme.id, LogFilter()).entries]
    assert kept == ["192.0.2.0", "192.0.2.1", "192.0.2.2"]
    assert query_log.row_count(cast.basic.id) == 1


def test_rows_of_one_second_are_pruned_to_the_number_wanted(cast: Cast) -> None:
    asked(cast.acme.id, times=9)

    query_log.prune(LogBounds(rows=5), NOON)

    assert query_log.row_count(cast.acme.id) == 5


@pytest.mark.touches("QueryLogEntry", reason="the bounds are those of the installation, and leave no row")
def test_pruning_in_small_steps_leaves_nothing_over(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.counting.query_log.STEP", 2)
    asked(cast.acme.id, times=7)

    assert query_log.prune(LogBounds(rows=0), NOON) == 8, "and the neighbour's row"
    assert query_log.row_count(cast.acme.id) == 0


def test_a_network_finds_the_addresses_in_it(cast: Cast) -> None:
    inside = ("192.0.2.0", "192.0.2.255", "192.0.2.128")
    outside = ("192.0.1.255", "192.0.3.0", "2001:db8::1")
    for address in inside + outside:
        asked(cast.acme.id, address)

    for network in ("192.0.2.0/24", "192.0.2.0/25", "192.0.2.128", "0.0.0.0/0", "2001:db8::/32", "::/0"):
        found = {entry.address for entry in query_log.page(cast.acme.id, LogFilter(network=network)).entries}
        assert found == {text for text in inside + outside if parse_address(text) in parse_network(network)}


def test_keys_sort_as_addresses_do() -> None:
    values = [0, 1, 9, 10, 255, 256, 0xC0000200, 0xFFFFFFFF]

    assert sorted(log_writer.key(4, value) for value in values) == [log_writer.key(4, value) for value in values]
    assert max(log_writer.key(4, value) for value in values) < log_writer.key(6, 0)
    assert query_log.key_of(str(Address(6, 1))) == log_writer.key(6, 1)


def test_everything_comes_piece_by_piece_and_once(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.insight.query_log.search.ROWS_A_PIECE", 4)
    for number in range(11):
        asked(cast.acme.id, f"192.0.2.{number}", at=NOON + number // 3)
    asked(cast.basic.id)

    found = [entry.address for entry in query_log.all_entries(cast.acme.id, LogFilter())]

    assert found == [f"192.0.2.{number}" for number in reversed(range(11))]


def test_a_choice_is_audited_and_no_change_is_none(cast: Cast) -> None:
    query_log.choose(cast.acme.id, "masked", NOON, "ada@acme.example")
    query_log.choose(cast.acme.id, "masked", NOON, "ada@acme.example")

    rows = others(AuditEntry).where(AuditEntry.what == "Query log setting changed")
    assert [(row.who, row.before, row.after) for row in rows] == [("ada@acme.example", "on", "masked")]
    assert query_log.chosen(cast.basic.id) == "on"
    with pytest.raises(Refused, match="on, masked or off"):
        query_log.choose(cast.acme.id, "perhaps", NOON, "ada@acme.example")


def test_of_two_rules_for_one_address_the_approving_one_is_told(cast: Cast) -> None:
    for action in ("blocked", "approved"):
        policy.add_rule(cast.acme.id, action, "192.0.2.7", NOON)
    policy.add_rule(cast.basic.id, "blocked", "192.0.2.8", NOON)
    policy.add_rule(cast.acme.id, "blocked", "192.0.2.8", NOON - DAY, expires_at=NOON)

    assert query_log.rules_by_address(cast.acme.id, ["192.0.2.7", "192.0.2.8"], NOON) == {"192.0.2.7": "approved"}
