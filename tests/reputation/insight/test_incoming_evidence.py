"""What has come in as evidence, for the operator: by reporter, about an address, and what counted for nobody."""

from __future__ import annotations

import pytest

from reputation.customers import mail_servers
from reputation.insight import incoming_evidence
from reputation.insight.incoming_evidence import (
    ReporterFigures,
    listed_alone,
    reporters,
    reports_about,
    uncounted_messages,
)
from reputation.intake import spam_reports
from reputation.intake.spam_reports import Incoming
from reputation.intake.uncounted import TRAP, Uncounted, UncountedMessages
from reputation.refusal import Refused
from reputation.store.db import Store
from tests import neighbour
from tests.conftest import NOON, Cast

HOUR = 3600
NEIGHBOURS = ReporterFigures(neighbour.NAME, "By hand", neighbour.EMAIL, 1, NOON - 60)


def report(address: str, source: str = "trap", at: int = NOON - HOUR, **more: object) -> None:
    spam_reports.accept_many([Incoming(address, source)._replace(**more)], at)


def found(text: str) -> list[str]:
    return [one.address for one in reports_about(text)]


def test_who_reports_is_told_by_organization_source_and_name(cast: Cast) -> None:
    report("203.0.113.1", at=NOON - 30 * HOUR)
    report("203.0.113.1", at=NOON - 50)
    report("203.0.113.2", "filter", organization_id=cast.acme.id, reporter="filter (token)", at=NOON - 40)
    report("203.0.113.3", "complaint", reporter="feedback.example.net", at=NOON - 25 * HOUR)

    assert reporters(NOON) == [
        ReporterFigures("Acme", "Filter", "filter (token)", 1, NOON - 40),
        ReporterFigures("", "Trap", "", 1, NOON - 50),
        NEIGHBOURS,
        ReporterFigures("", "Complaint", "feedback.example.net", 0, NOON - 25 * HOUR),
    ]


def test_senders_that_are_listed_for_one_organization_alone_are_counted_while_they_are(cast: Cast) -> None:
    for number in range(3):
        report(f"203.0.113.{number}", "filter", NOON, organization_id=cast.acme.id)
    report("203.0.113.1", "filter", NOON, organization_id=cast.basic.id)
    report("203.0.113.1", "trap", NOON)

    assert listed_alone(NOON) == [("Acme", 3), ("Basic", 1), (neighbour.NAME, 1)]
    assert listed_alone(NOON + 13 * HOUR) == [(neighbour.NAME, 1)]


def test_a_busy_installation_is_added_up_from_its_newest_reports(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming_evidence, "NEWEST", 3)
    for number in range(5):
        report(f"203.0.113.{number}", at=NOON - 50 + number)

    assert reporters(NOON) == [ReporterFigures("", "Trap", "", 3, NOON - 46)]


def test_reports_about_an_address_are_told_the_newest_first_with_their_lines(cast: Cast) -> None:
    report("203.0.113.1", evidence="a line\n\n\u202eanother\x85 of=<ada@acme.example>", at=NOON - 2 * HOUR)
    report("203.0.113.1", "filter", weight=0.5, organization_id=cast.acme.id, reporter="ada@acme.example")
    report("203.0.113.2")

    first, second = reports_about("203.0.113.1")

    assert (first.source, first.organization, first.reporter, first.weight) == (
        "Filter",
        "Acme",
        "ada@acme.example",
        0.5,
    )
    assert (second.at, second.organization) == (NOON - 2 * HOUR, "")
    assert second.lines == ("a line", "?another? of=<…@acme.example>")


def test_an_ipv6_address_finds_what_its_64_is_weighed_for(store: Store) -> None:
    report("2001:db8:0:1::1")
    report("2001:db8:0:1::2")
    report("2001:db8:0:2::1")

    assert found("2001:db8:0:1::9") == found("2001:db8:0:1::/64") == ["2001:db8:0:1::2", "2001:db8:0:1::1"]
    assert len(found("2001:db8::/32")) == 3 and len(found("::/0")) == 3


def test_a_network_finds_what_lies_inside_and_nothing_beside(store: Store) -> None:
    for address in ("203.0.113.1", "203.0.114.1", "20.3.0.1"):
        report(address)

    assert found("203.0.113.0/30") == found("203.0.113.0/24") == ["203.0.113.1"]
    assert found("203.0.112.0/20") == found("203.0.0.0/8") == ["203.0.114.1", "203.0.113.1"]
    assert found("198.18.99.0/24") == [neighbour.ADDRESS]


def test_no_more_than_a_hundred_reports_of_a_few_lines_each_are_told(store: Store) -> None:
    for number in range(110):
        report("203.0.113.1", evidence="line\n" * 400, at=NOON - number)

    some = reports_about("203.0.113.1")
    assert len(some) == incoming_evidence.MOST_REPORTS == len(found("203.0.113.0/24"))
    assert {len(one.lines) for one in some} == {0, incoming_evidence.MOST_LINES}


def test_a_report_about_a_valid_mail_server_lists_nobody(cast: Cast) -> None:
    mail_servers.add(cast.acme.id, "203.0.113.1", NOON)
    report("203.0.113.1", "filter", organization_id=cast.acme.id)
    report("203.0.113.1")
    report("203.0.113.2")

    # The operator has not confirmed it, so that others may report it.
    assert [one.lists_nobody for one in reports_about("203.0.113.1")] == [False, True]
    assert [one.lists_nobody for one in reports_about("203.0.113.2")] == [False]


@pytest.mark.parametrize("text", ["", "who", "203.0.113.1/24", "203.0.113.256"])
def test_what_is_no_network_is_refused_with_a_sentence(store: Store, text: str) -> None:
    with pytest.raises(Refused, match=r"\.$"):
        reports_about(text)


def test_messages_that_count_for_nobody_keep_their_sender_and_lose_what_cannot_be_seen(store: Store) -> None:
    messages = UncountedMessages()
    messages.add(Uncounted(NOON, TRAP, "unread hop", evidence="From: ada@a.example\n\n\u202eSubject: x\x1b[31m\ty"))
    messages.write()

    assert uncounted_messages(1)[0].evidence == "From: ada@a.example\n?Subject: x?[31m?y"
