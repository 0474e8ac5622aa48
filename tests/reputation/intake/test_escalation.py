"""Repeat offenders: proposed once, listed when the operator agrees or the setting says so, left alone when at rest."""

from __future__ import annotations

import pytest

from reputation.intake import escalation, listings, protected_senders, spam_reports
from reputation.refusal import Refused
from reputation.store.db import Store
from reputation.store.models import AuditEntry, MailServer, Proposal
from tests.conftest import NOON, Cast
from tests.neighbour import apart, others

DAY = 86400
OFFENDER = "203.0.113.66"


def offend(times: int, address: str = OFFENDER) -> int:
    """Comes to be listed so many times, a day apart; the moment of the last time."""
    for turn in range(times):
        spam_reports.accept(address, "trap", NOON + turn * DAY)
    return NOON + (times - 1) * DAY


def listed(now: int) -> list[tuple[str, str, int]]:
    found = apart(listings.all_listings(now))
    return [(one.network, one.category, one.expires_at) for one in found if one.database == "standard"]


def test_the_fifth_time_is_proposed_once(store: Store) -> None:
    now = offend(escalation.STAYS - 1)
    assert escalation.propose_or_list("propose", now) == "" and escalation.waiting() == []
    now = offend(1) + escalation.STAYS * DAY
    spam_reports.accept(OFFENDER, "trap", now)

    assert escalation.propose_or_list("propose", now) == "Proposed 1 repeat offenders for the standard database."
    assert escalation.propose_or_list("propose", now + 60) == ""
    [proposed] = escalation.waiting()
    assert proposed.network == OFFENDER and proposed.times_listed >= escalation.STAYS
    assert listed(now) == []


def test_the_operator_lists_it_for_a_month_with_a_reason(store: Store) -> None:
    now = offend(escalation.STAYS)
    escalation.propose_or_list("propose", now)
    [proposed] = escalation.waiting()

    escalation.decide(proposed.id, True, now, "olga@acme.example")

    assert listed(now) == [(OFFENDER, "KSS", now + 30 * DAY)]
    assert escalation.waiting() == [] and escalation.propose_or_list("propose", now + 60) == ""
    assert others(AuditEntry).where(AuditEntry.who == "olga@acme.example").count() == 1
    with pytest.raises(Refused, match="decided already"):
        escalation.decide(proposed.id, False, now, "olga@acme.example")


def test_one_that_is_declined_rests_for_a_month(store: Store) -> None:
    now = offend(escalation.STAYS)
    escalation.propose_or_list("propose", now)
    escalation.decide(escalation.waiting()[0].id, False, now, "olga@acme.example")

    spam_reports.accept(OFFENDER, "trap", now + DAY)
    assert escalation.propose_or_list("propose", now + DAY) == "" and listed(now) == []


def test_what_was_decided_is_forgotten_after_a_year_and_what_waits_is_not(store: Store) -> None:
    now = offend(escalation.STAYS)
    escalation.propose_or_list("propose", now)
    escalation.decide(escalation.waiting()[0].id, False, now, "olga@acme.example")
    Proposal.create(network="203.0.113.67", times_listed=escalation.STAYS, proposed_at=now)

    assert escalation.prune(now + 365 * DAY) == 0
    assert escalation.prune(now + 365 * DAY + 1) == 1
    assert [row.network for row in others(Proposal)] == ["203.0.113.67"]


def test_the_setting_lists_by_itself_or_does_nothing(store: Store) -> None:
    now = offend(escalation.STAYS)
    assert escalation.propose_or_list("off", now) == "" and escalation.waiting() == []

    assert escalation.propose_or_list("list", now) == "Listed 1 repeat offenders for the standard database."
    assert listed(now) == [(OFFENDER, "KSS", now + 30 * DAY)] and escalation.waiting() == []


def test_whoever_rests_is_left_alone(store: Store) -> None:
    now = offend(escalation.STAYS)

    assert escalation.propose_or_list("propose", now + 3 * DAY) == ""


def test_many_who_were_settled_hide_nobody_behind_them(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    now = offend(escalation.STAYS + 1)
    monkeypatch.setattr(escalation, "MOST", 1)
    escalation.propose_or_list("list", now)
    for turn in range(escalation.STAYS):
        spam_reports.accept("203.0.113.67", "trap", now - (escalation.STAYS - 1 - turn) * DAY)

    assert escalation.propose_or_list("list", now + 60) == "Listed 1 repeat offenders for the standard database."


def test_an_organizations_word_keeps_nobody_from_being_a_repeat_offender(cast: Cast) -> None:
    now = offend(escalation.STAYS)
    MailServer.create(organization=cast.acme.id, network=OFFENDER, created_at=now)

    assert escalation.propose_or_list("list", now).startswith("Listed 1")
    assert [network for network, *_ in listed(now)] == [OFFENDER]


def test_a_protected_sender_is_never_a_repeat_offender(cast: Cast) -> None:
    now = offend(escalation.STAYS)
    protected_senders.add(f"{OFFENDER.rpartition('.')[0]}.0/24", now)

    assert escalation.propose_or_list("list", now) == "" and listed(now) == []


def test_a_confirmed_mail_server_is_never_a_repeat_offender(cast: Cast) -> None:
    now = offend(escalation.STAYS)
    MailServer.create(organization=cast.acme.id, network=OFFENDER, created_at=now, confirmed_at=now)

    assert escalation.propose_or_list("list", now) == "" and listed(now) == []
