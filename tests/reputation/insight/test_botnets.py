"""The Botnet Report and botnet activity: what speaks against one's own mail servers, and on which day."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from reputation.insight import botnets
from reputation.insight.botnets import ServerActivity
from reputation.intake import listings, spam_reports
from reputation.store.models import BotHour, Listing, ListingEvent, MailServer, SpamReport
from reputation.verdict.counters import HOUR
from reputation.verdict.zones import FOREVER
from tests.conftest import NOON, Cast
from tests.neighbour import is_others
from tests.snapshots import snapshot

DAY = 86400
VIENNA = ZoneInfo("Europe/Vienna")


def server(cast: Cast, network: str) -> None:
    MailServer.create(organization=cast.acme.id, network=network, note="", created_at=NOON - 30 * DAY)


def reported(address: str, at: int, source: str = "trap") -> None:
    SpamReport.create(address=address, subject=address, source=source, reported_at=at, evidence="trap-7@example.org")


def report(cast: Cast, zone: tzinfo = UTC, now: int = NOON) -> ServerActivity:
    [only] = botnets.report(cast.acme.id, zone, now)
    return only


def active(of: ServerActivity) -> str:
    """A letter a day: x with activity."""
    return "".join("x" if day.is_active else "." for day in of.days)


def test_a_spam_report_marks_its_day_alone(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    reported("192.0.2.25", NOON - 2 * DAY)
    reported("192.0.2.26", NOON)

    found = report(cast)

    assert active(found) == "....x.."
    assert [(one.kind, one.at, one.address) for one in found.evidence] == [("report", NOON - 2 * DAY, "192.0.2.25")]


def test_what_the_intake_keeps_of_a_valid_mail_server_arrives_here(cast: Cast) -> None:
    server(cast, "192.0.2.25")

    spam_reports.accept_many(
        [spam_reports.Incoming("192.0.2.25", "complaint", 1.0, cast.acme.id, evidence="from Joe", reporter="joe")], NOON
    )

    assert [one.reason for one in report(cast).evidence] == ["A recipient complained"]


def test_neither_the_trap_nor_the_reporter_is_told(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    SpamReport.create(
        address="192.0.2.25", source="trap", reported_at=NOON, evidence="secret-trap@example.org", reporter="secret-one"
    )

    assert report(cast).evidence and "secret" not in str(report(cast))


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("192.0.2.0/28", "192.0.2.15", "192.0.2.16"),
        ("192.0.0.0/20", "192.0.2.15", "192.0.16.1"),
        ("192.0.0.0/9", "192.0.2.15", "192.128.0.1"),
        ("192.0.0.0/7", "193.0.2.15", "194.0.0.1"),
        ("2001:db8::/64", "2001:db8::7", "2001:db8:0:1::7"),
        ("2001:db8:0:1::/64", "2001:db8:0:1::7", "2001:db8::7"),
        ("2001:db8:7::/48", "2001:db8:7:1::1", "2001:db8:8::1"),
        ("2001:db8::25", "2001:db8::25", "2001:db8::26"),
    ],
)
def test_a_network_takes_what_lies_in_it(cast: Cast, network: str, inside: str, outside: str) -> None:
    server(cast, network)
    reported(inside, NOON)
    reported(outside, NOON)

    assert [one.address for one in report(cast).evidence] == [inside]


def test_a_listing_marks_every_day_on_which_it_stood(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    listings.add("192.0.2.0/24", "dynamic", "ETL", 2 * DAY, "Spam was seen", NOON - 4 * DAY)

    found = report(cast)

    assert active(found) == "..xxx.."
    assert [(one.at, one.until, one.address, one.reason) for one in found.evidence] == [
        (NOON - 4 * DAY, NOON - 2 * DAY, "192.0.2.0/24", "Spam was seen")
    ]


def test_a_listing_that_was_removed_or_swept_ends_there(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    listings.add("192.0.2.25", "standard", "KSS", 30 * DAY, "By hand", NOON - 3 * DAY)
    listings.remove("192.0.2.25", "standard", NOON - 2 * DAY)
    assert active(report(cast)) == "...xx.."

    listings.add("192.0.2.25", "standard", "KSS", HOUR, "Again", NOON - HOUR)
    listings.sweep(NOON + HOUR)
    assert active(report(cast)) == "...xx.x"


def test_a_listing_that_was_extended_is_one(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    for back in (3, 2):
        listings.add("192.0.2.25", "dynamic", "ETL", 2 * DAY, "Spam was seen", NOON - back * DAY)

    found = report(cast)

    assert [(one.at, one.until) for one in found.evidence] == [(NOON - 3 * DAY, NOON)]


def test_a_listing_that_began_before_the_seven_days_counts_while_it_stands(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    listings.add("192.0.2.25", "standard", "KSS", 25 * DAY, "By hand", NOON - 20 * DAY)
    ListingEvent.delete().where(is_others(ListingEvent)).execute()  # older than what the history tells

    assert active(report(cast)) == "xxxxxxx"


def test_one_that_ended_before_them_does_not(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    listings.add("192.0.2.25", "standard", "KSS", DAY, "By hand", NOON - 20 * DAY)
    Listing.delete().where(is_others(Listing)).execute()

    assert report(cast).evidence == ()


def test_what_a_feed_lists_now_marks_today(cast: Cast) -> None:
    server(cast, "192.0.2.16/28")
    served = snapshot(
        standard=[("192.0.2.0/24", (0, FOREVER, 0, 0), "See $"), ("198.51.100.0/24", (FOREVER, 0, 0, 0), "No")],
        dynamic=[
            ("192.0.2.18", (0, NOON + HOUR, NOON + HOUR, NOON + HOUR), "Bot"),
            ("192.0.2.19", (NOON, 0, 0, 0), ""),
        ],
    )

    [found] = botnets.report(cast.acme.id, UTC, NOON, served)

    assert active(found) == "......x"
    assert {one[2:] for one in found.evidence} == {
        ("feed", "192.0.2.16/28", "standard", "KSS", "See 192.0.2.16"),
        ("feed", "192.0.2.18", "dynamic", "dynamic", "Bot"),
    }


def test_feeds_of_ipv6_are_looked_at_too(cast: Cast) -> None:
    server(cast, "2001:db8::25")
    served = snapshot(standard=[("2001:db8::/32", (FOREVER, 0, 0, 0), "Bad net")])

    [found] = botnets.report(cast.acme.id, UTC, NOON, served)

    assert [(one.address, one.category) for one in found.evidence] == [("2001:db8::25", "ETL")]


def test_days_are_the_readers_also_when_the_clock_changes(cast: Cast) -> None:
    server(cast, "192.0.2.25")
    begins = int(datetime(2026, 10, 25, tzinfo=VIENNA).timestamp())
    now = begins + 3 * DAY
    reported("192.0.2.25", begins - 1)
    reported("192.0.2.25", begins + 25 * HOUR - 1)

    found = report(cast, VIENNA, now)

    assert active(found) == "...xx.."
    assert found.days[4].begins == begins and found.days[5].begins == begins + 25 * HOUR


def test_each_mail_server_of_the_organization_has_a_line_and_nobody_elses(cast: Cast) -> None:
    for network in ("198.51.100.0/28", "2001:db8::25", "192.0.2.25"):
        server(cast, network)
    MailServer.create(organization=cast.basic.id, network="203.0.113.25", note="", created_at=NOON)

    lines = botnets.report(cast.acme.id, UTC, NOON)

    assert [line.network for line in lines] == ["192.0.2.25", "198.51.100.0/28", "2001:db8::25"]
    assert botnets.report(9999, UTC, NOON) == []


def bots(organization: int, asn: int, hour: int, count: int) -> None:
    BotHour.create(organization=organization, asn=asn, hour=hour, bots=count)


def test_activity_compares_the_last_whole_hour_with_the_one_before(cast: Cast) -> None:
    for hour, count in ((NOON, 999), (NOON - HOUR, 12), (NOON - 2 * HOUR, 10), (NOON - 3 * HOUR, 999)):
        bots(cast.acme.id, 64500, hour, count)
    bots(cast.acme.id, 64501, NOON - HOUR, 3)
    bots(cast.acme.id, 64502, NOON - 2 * HOUR, 5)
    bots(cast.basic.id, 64500, NOON - HOUR, 500)

    found = botnets.activity(cast.acme.id, NOON + 120)

    assert botnets.activity_by_asn(cast.acme.id, NOON + 120) == {64500: (12, 10), 64501: (3, 0), 64502: (0, 5)}
    assert found == (15, 15, NOON - HOUR) and found.percent == 0


def test_without_bots_in_the_hour_before_there_is_no_percentage(cast: Cast) -> None:
    bots(cast.acme.id, 64500, NOON - HOUR, 12)

    assert botnets.activity(cast.acme.id, NOON).percent is None
    assert botnets.activity_by_asn(cast.basic.id, NOON) == {}
