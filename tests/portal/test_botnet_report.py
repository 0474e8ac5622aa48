"""Botnet Report: a robot on each day on which something spoke against one's own mail server, and what it was."""

from __future__ import annotations

from reputation.intake import listings
from reputation.store.models import BotHour, MailServer, SpamReport
from tests.conftest import NOON, Cast
from tests.portal.conftest import ADA, Browser, content
from tests.portal.reported import VIENNA, lives_in

PAGE = "/report/botnet-report"
DAY = 86400


def server(organization: int, network: str = "192.0.2.25", note: str = "") -> int:
    return int(MailServer.create(organization=organization, network=network, note=note, created_at=NOON - DAY).id)


def reported(address: str, at: int, source: str = "trap") -> None:
    SpamReport.create(
        address=address, source=source, reported_at=at, evidence="secret-trap@example.org", reporter="joe"
    )


def test_a_visitor_is_sent_to_the_login(visitor: Browser) -> None:
    assert visitor.get(PAGE).status_code == 303
    assert visitor.get(f"{PAGE}.csv").status_code == 303


def test_without_mail_servers_it_says_what_to_do(ada: Browser, vera: Browser) -> None:
    assert "no valid mail servers yet" in content(ada.get(PAGE))
    assert "An administrator of your organization can add them" in content(vera.get(PAGE))
    assert "An administrator" not in content(ada.get(PAGE))


def test_the_way_to_the_mail_servers_is_a_link_where_that_screen_exists(ada: Browser) -> None:
    app = ada.client.application
    exists = "mail_servers.show" in app.view_functions

    assert ("valid mail servers</a>" in ada.get(PAGE).text) == exists


def test_a_day_with_spam_activity_has_a_robot_that_leads_to_the_evidence(ada: Browser, cast: Cast) -> None:
    number = server(cast.acme.id, note="mail-out")
    reported("192.0.2.25", NOON - DAY)

    page = ada.get(PAGE)

    assert page.text.count('aria-label="Spam activity: 1 spam report"') == 1
    assert f'href="{PAGE}?server={number}&amp;day=2026-09-20#evidence"' in page.text
    assert "With spam activity 1" in content(page)
    opened = content(ada.get(f"{PAGE}?server={number}&day=2026-09-20"))
    assert "192.0.2.25, 20 Sep 2026" in opened
    assert "20 Sep 2026, 12:00 Spam report 192.0.2.25 – A message reached a spam trap" in opened


def test_a_calm_mail_server_has_none(ada: Browser, cast: Cast) -> None:
    number = server(cast.acme.id)

    assert 'class="robot" href' not in ada.get(PAGE).text
    assert "No spam report and no listing in these seven days" in content(ada.get(f"{PAGE}?server={number}"))


def test_a_listing_tells_its_category_reason_and_end(ada: Browser, cast: Cast) -> None:
    number = server(cast.acme.id)
    listings.add("192.0.2.0/24", "standard", "KSS", 3 * 3600, "<b>Seen</b> sending", NOON - 3600)

    page = ada.get(f"{PAGE}?server={number}")

    assert "192.0.2.0/24 KSS <b>Seen</b> sending" in content(page)
    assert "ends in 2 h 0 min" in content(page)
    assert "<b>Seen" not in page.text


def test_no_trap_and_no_reporter_is_told(ada: Browser, cast: Cast) -> None:
    number = server(cast.acme.id)
    reported("192.0.2.25", NOON)

    for path in (PAGE, f"{PAGE}?server={number}", f"{PAGE}.csv"):
        assert "secret" not in ada.get(path).text and "joe" not in ada.get(path).text


def test_anothers_mail_server_is_not_there(boris: Browser, cast: Cast) -> None:
    number = server(cast.acme.id)
    server(cast.basic.id, "198.51.100.25")
    reported("192.0.2.25", NOON)

    assert boris.get(f"{PAGE}?server={number}").status_code == 404
    assert boris.get(f"{PAGE}?server=99999").status_code == boris.get(f"{PAGE}?server=x").status_code == 404
    assert "192.0.2.25" not in boris.get(PAGE).text
    assert "192.0.2.25" not in boris.get(f"{PAGE}.csv").text


def test_a_day_that_is_none_of_the_seven_opens_all_of_them(ada: Browser, cast: Cast) -> None:
    number = server(cast.acme.id)
    reported("192.0.2.25", NOON - DAY)

    for day in ("2020-01-01", "tomorrow", ""):
        assert "A message reached a spam trap" in content(ada.get(f"{PAGE}?server={number}&day={day}"))


def test_days_are_the_readers(ada: Browser, cast: Cast) -> None:
    number = server(cast.acme.id)
    reported("192.0.2.25", NOON - 14 * 3600)  # 20 September in UTC, and 0:00 of the 21st in Vienna

    assert f"?server={number}&amp;day=2026-09-20" in ada.get(PAGE).text
    lives_in(ADA, VIENNA)
    assert f"?server={number}&amp;day=2026-09-21" in ada.get(PAGE).text


def test_the_file_has_every_piece_of_evidence(ada: Browser, cast: Cast) -> None:
    server(cast.acme.id)
    reported("192.0.2.25", NOON, "complaint")

    file = ada.get(f"{PAGE}.csv").text.splitlines()

    assert file[0] == "Mail server,When (UTC),Until (UTC),Kind,Address,Database,Category,Reason"
    assert file[1] == "192.0.2.25,2026-09-21T12:00:00Z,,Spam report,192.0.2.25,,,A recipient complained"


def test_bots_of_the_last_hour_are_told_with_their_change(ada: Browser, cast: Cast) -> None:
    server(cast.acme.id)
    BotHour.create(organization=cast.acme.id, asn=64500, hour=NOON - 3600, bots=9)
    BotHour.create(organization=cast.acme.id, asn=64500, hour=NOON - 7200, bots=10)

    assert "Bots that you asked about 9 −10.0 % against the hour before, 11:00 to 12:00" in content(ada.get(PAGE))


def test_a_viewer_sees_the_same(vera: Browser, cast: Cast) -> None:
    server(cast.acme.id)
    reported("192.0.2.25", NOON)

    assert "With spam activity 1" in content(vera.get(PAGE))
