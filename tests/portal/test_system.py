"""Installation > System: what runs and how it is, without a secret on the page."""

from __future__ import annotations

from pathlib import Path

from portal.app_context import AppContext
from reputation import settings
from reputation.intake.report_queue import QueueCounts
from reputation.intake.uncounted import COMPLAINTS, Uncounted, UncountedMessages
from reputation.jobs import JobState
from reputation.store.models import OtherHour
from reputation.version import VERSION
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser, content

PAGE = "/installation/system"
HOUR = NOON - NOON % 3600


def test_it_tells_version_doors_database_and_disk(olga: Browser, app_context: AppContext) -> None:
    text = content(olga.get(PAGE))

    assert f"Gatepost {VERSION}" in text and "127.0.0.1:5300" in text
    assert "SQLite" in text and "Disk free" in text
    assert "Standard feeds" in text and "Origins" in text and "3 activation codes" in text


def test_jobs_show_their_next_run_and_their_last_sentence(olga: Browser, app_context: AppContext) -> None:
    app_context.jobs = lambda: [
        JobState("sweep listings", NOON + 30, "Swept 3 listings that had ended.", NOON - 120),
        JobState("prune", NOON + 90000, "Failed: <disk> full", NOON - 7200),
        JobState("send mail", None, "", None),
    ]

    text = content(olga.get(PAGE))

    assert "Sweep listings 12:00:30 Swept 3 listings that had ended. 2 min ago" in text
    assert "Failed: <disk> full 2 h ago" in text and "Send mail – nothing yet" in text
    assert "<disk>" not in olga.get(PAGE).text


def test_dns_loops_show_what_they_counted(olga: Browser, app_context: AppContext) -> None:
    first = {"received": 1234, "slow path": 5, "slow path lost": 1, "refused": 0}
    app_context.dns_figures = lambda: [first, {"received": 77}]

    text = content(olga.get(PAGE))

    assert "Received" in text and "Lost: the queue was full" in text
    assert "1 1,234 5 1 0" in text and "2 77 0 0 0" in text


def test_what_came_in_is_shown_by_its_door(olga: Browser, app_context: AppContext) -> None:
    assert "Reports 0 accepted, 0 refused, 0 wait" in content(olga.get(PAGE))
    assert "Trap" not in content(olga.get(PAGE)), "there is none"
    app_context.report_figures = lambda: QueueCounts(accepted=1200, refused=3, waiting=7)
    app_context.trap_figures = lambda: {"trapped": 12, "complaints": 3, "not counted": 1, "later": 0}

    text = content(olga.get(PAGE))

    assert "Reports 1,200 accepted, 3 refused, 7 wait" in text
    assert "Trap 12 trapped, 3 complaints, 1 not counted, 0 later" in text


def test_unknown_codes_are_told_by_client_network(olga: Browser, cast: Cast) -> None:
    for hour, packets in ((HOUR, 4), (HOUR - 3 * 3600, 3)):
        OtherHour.create(hour=hour, kind="unknown code", network="192.0.2.0/24", packets=packets)
        OtherHour.create(hour=hour, kind="unknown code", network="", packets=packets)
    OtherHour.create(hour=HOUR - 30 * 86400, kind="unknown code", network="203.0.113.0/24", packets=9)

    text = content(olga.get(PAGE))

    assert "192.0.2.0/24 7" in text and "203.0.113.0/24" not in text


def test_settings_are_shown_with_their_secrets_masked(olga: Browser, app_context: AppContext, tmp_path: Path) -> None:
    chosen = settings.read(
        {
            "data": str(tmp_path),
            "database": "postgresql://gate:hunter2@db/gate?sslpassword=hunter3",
            "mail_server": "smtps://me:hunter4@mail.example:465",
        },
        {},
    )
    app_context.settings = settings.in_force(chosen)

    page = olga.get(PAGE)

    assert "postgresql://gate:•••@db/gate" in content(page) and "smtps://me:•••@mail.example:465" in content(page)
    assert "hunter" not in page.text


def test_for_everybody_else_there_is_no_such_page(ada: Browser, vera: Browser, boris: Browser) -> None:
    for browser in (ada, vera, boris):
        assert browser.get(PAGE).status_code == 404


def test_a_visitor_is_led_to_the_login(visitor: Browser, cast: Cast) -> None:
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"


def test_messages_that_count_for_nobody_are_told_with_the_reason_and_can_be_read(
    olga: Browser, app_context: AppContext
) -> None:
    messages = UncountedMessages()
    evidence = "From: <b>bold</b>\nSubject: I complain"
    messages.add(Uncounted(NOON, COMPLAINTS, "unknown reporter", "203.0.113.9", "192.0.2.66", evidence))
    messages.write()
    app_context.uncounted_figures = messages.rows
    app_context.report_figures = lambda: QueueCounts(duplicates=1234)

    text = content(olga.get(PAGE))

    assert "Complaints the complaint's reporter is not one that complaint_reporter names 1" in text
    assert "the same report was counted before 1,234" in text
    assert "203.0.113.9 192.0.2.66" in text and "Subject: I complain" in text
    assert "<b>bold" not in olga.get(PAGE).text
