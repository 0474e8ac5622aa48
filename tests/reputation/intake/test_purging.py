"""A faulty source is taken back: who was listed through it alone is released, and everybody else stays."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_address
from reputation.intake import listings, spam_reports
from reputation.intake.estimate import WEIGHTS
from reputation.intake.listing_history import history
from reputation.intake.purging import Purged, purge
from reputation.intake.sender_memory import SenderMemory
from reputation.notices import alerts
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import SpamReport
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others

INNOCENT, SPAMMER, EARLIER = "203.0.113.1", "203.0.113.2", "203.0.113.3"
FAULTY = "feedback@provider.example"

everybody_is_told = pytest.mark.touches("Alert", reason="every organization is told when reports were taken back")


@pytest.fixture
def reported(cast: Cast) -> Cast:
    """A reporter that complained of anybody from NOON on, and traps beside it."""
    spam_reports.accept(EARLIER, "complaint", NOON - 3600, reporter=FAULTY)
    for address in (INNOCENT, SPAMMER):
        spam_reports.accept(address, "complaint", NOON, reporter=FAULTY)
    spam_reports.accept(SPAMMER, "trap", NOON)
    return cast


def listed(now: int) -> dict[str, int]:
    return {one.network: one.expires_at for one in apart(listings.all_listings(now))}


@everybody_is_told
def test_whoever_it_alone_had_listed_is_released(reported: Cast) -> None:
    before = listed(NOON)
    assert set(before) == {INNOCENT, SPAMMER, EARLIER}

    assert purge("complaint", NOON, NOON + 60, "olga", FAULTY, "their filter broke") == Purged(2, 2, 1)

    after = listed(NOON + 60)
    assert set(after) == {SPAMMER, EARLIER}, "what traps said, and what came before, stays"
    assert after[EARLIER] == before[EARLIER] and after[SPAMMER] <= before[SPAMMER]
    assert spam_reports.state_of(INNOCENT, NOON + 60).spam == 0
    assert spam_reports.state_of(SPAMMER, NOON + 60).spam == pytest.approx(WEIGHTS["trap"], abs=0.01)
    assert others(SpamReport).count() == 2


@everybody_is_told
def test_a_sender_is_judged_as_if_the_reports_had_never_come(reported: Cast) -> None:
    spam_reports.clean_many({SPAMMER: 50}, NOON)
    purge("complaint", NOON, NOON, "olga", FAULTY)
    purged = spam_reports.state_of(SPAMMER, NOON)

    expected = SenderMemory()
    expected.reported(parse_address(SPAMMER), NOON, "trap")
    expected.found_clean(parse_address(SPAMMER), NOON, 50)
    one = expected.path_of(parse_address(SPAMMER)).sender

    assert purged.expiries == one.until and purged.spam == pytest.approx(one.spam)
    assert purged.clean == pytest.approx(50), "what was good of it stays"


@everybody_is_told
def test_it_is_told_in_the_history_and_to_everybody(reported: Cast) -> None:
    purge("complaint", NOON, NOON + 60, "olga", FAULTY, "their filter broke")

    assert [event.what for event in history(parse_address(INNOCENT), NOON + 60).events] == ["removed", "listed"]
    for owner in (None, reported.acme.id, reported.basic.id):
        [alert] = alerts.recent(owner)
        assert "2 spam reports of source complaint" in alert.text
        assert ("feedback@provider.example" in alert.text) == (owner is None), "who reported is the operator's to know"
        assert "their filter broke" in alert.text


@pytest.mark.parametrize(("source", "since", "says"), [("rumour", 0, "no source"), ("filter", 0, "no such report")])
def test_what_takes_nothing_back_is_refused(reported: Cast, source: str, since: int, says: str) -> None:
    with pytest.raises(Refused, match=says):
        purge(source, since, NOON, "olga")


@everybody_is_told
def test_thousands_of_senders_are_released_at_once(store: Store) -> None:
    reports = [spam_reports.Incoming(f"203.0.{number >> 8}.{number & 255}", "filter") for number in range(1500)]
    spam_reports.accept_many(reports, NOON)

    assert purge("filter", 0, NOON, "olga") == Purged(1500, 1500, 1500)
    assert apart(listings.all_listings(NOON)) == [], "neither they nor the networks around them"


@everybody_is_told
def test_a_well_rated_sender_is_not_listed_by_what_is_left(cast: Cast) -> None:
    spam_reports.clean_many({SPAMMER: 500}, NOON)
    for dedupe_key in ("1", "2"):
        spam_reports.accept(SPAMMER, "filter", NOON, dedupe_key=dedupe_key)
    before = spam_reports.state_of(SPAMMER, NOON).expiries
    spam_reports.accept(SPAMMER, "complaint", NOON)

    purge("complaint", 0, NOON, "olga")

    assert spam_reports.state_of(SPAMMER, NOON).expiries == before
    assert before[:2] == (0, 0)


@everybody_is_told
def test_whom_the_operator_released_stays_free(cast: Cast) -> None:
    for source in ("trap", "filter", "complaint"):
        spam_reports.accept(SPAMMER, source, NOON)
    listings.remove(SPAMMER, "dynamic", NOON)

    purge("complaint", 0, NOON + 60, "olga")

    assert apart(listings.all_listings(NOON + 60)) == []


@everybody_is_told
def test_a_network_that_others_still_fill_stays_listed(store: Store) -> None:
    for number in range(20):
        spam_reports.accept(f"203.0.113.{number}", "trap", NOON)
        spam_reports.accept(f"203.0.113.{number}", "complaint", NOON)
    assert "203.0.113.0/24" in listed(NOON)

    purge("complaint", 0, NOON, "olga")

    assert "203.0.113.0/24" in listed(NOON)
    purge("trap", 0, NOON, "olga")
    assert listed(NOON) == {}
