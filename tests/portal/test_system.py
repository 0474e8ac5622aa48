"""Installation > System: what runs and how it is, without a secret on the page."""

from __future__ import annotations

import re
from pathlib import Path

from portal.app_context import AppContext
from reputation import places, settings
from reputation.counting.delivery import Delivery
from reputation.intake import origins
from reputation.intake.importing import limits, reader
from reputation.jobs import JobState
from reputation.publisher import FailedPart
from reputation.store.models import OtherHour
from reputation.verdict.counters import Counters
from reputation.verdict.decision import Decision
from reputation.verdict.zones import STANDARD
from reputation.version import VERSION
from tests.conftest import NOON, ROOT, Cast
from tests.portal.conftest import Browser, content

PAGE = "/installation/system"
HOUR = NOON - NOON % 3600
ORIGINS = ROOT / "tests" / "data" / "origins"


def test_it_tells_version_doors_database_and_disk(olga: Browser, app_context: AppContext) -> None:
    text = content(olga.get(PAGE))

    assert f"Gatepost {VERSION}" in text and "127.0.0.1:5300" in text
    assert "SQLite" in text and "Disk free" in text
    assert "Standard feeds" in text and "Origins" in text and "3 activation codes" in text


def test_it_tells_what_the_process_may_use_that_reads_lists(olga: Browser, app_context: AppContext) -> None:
    reader.note_held(None)
    limits.use(limits.Limits(memory=256 << 20, seconds=1200))

    before = content(olga.get(PAGE))
    reader.note_held(("bounds", "system calls"))
    after = content(olga.get(PAGE))

    limits.use(limits.Limits())
    said = "Reading lists in a process of its own, with 256 MB and 1,200 s at most;"
    assert f"{said} none was read since the start" in before
    assert f"{said} confined by bounds, system calls" in after


def test_jobs_show_their_next_run_and_their_last_sentence(olga: Browser, app_context: AppContext) -> None:
    app_context.jobs = lambda: [
        JobState("sweep listings", NOON + 30, "Swept 3 listings that had ended.", NOON - 120),
        JobState("prune", NOON + 90000, "Failed: <disk> full", NOON - 7200),
        JobState("send mail", None, "", None),
    ]

    text = content(olga.get(PAGE))

    assert "Sweep listings 12:00:30 Swept 3 listings that had ended. 2 min ago" in text
    assert 'href="/installation/evidence"' in olga.get(PAGE).text
    assert "Failed: <disk> full 2 h ago" in text and "Send mail – nothing yet" in text
    assert "<disk>" not in olga.get(PAGE).text


def test_dns_loops_show_what_they_counted(olga: Browser, app_context: AppContext) -> None:
    first = {"received": 1234, "slow path": 5, "slow path lost": 1, "refused": 0}
    app_context.dns_figures = lambda: [first, {"received": 77}]

    text = content(olga.get(PAGE))

    assert "Received" in text and "Lost: the queue was full" in text
    assert "1 1,234 5 1 0" in text and "2 77 0 0 0" in text


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


def test_a_part_that_cannot_be_published_is_named_with_the_reason(olga: Browser, app_context: AppContext) -> None:
    failed = FailedPart("listings", 9, NOON - 600, NOON, "ValueError: 'x' is none", NOON - 601)
    app_context.publisher.failed["listings"] = failed

    page = olga.get(PAGE).text
    assert "Older than what is stored" in page and "it cannot be published. ValueError: &#39;x&#39; is none" in page


def test_it_says_where_origins_are_from_and_what_the_files_lack(olga: Browser, app_context: AppContext) -> None:
    assert "bundled with Gatepost" in content(olga.get(PAGE)) or "loaded" in content(olga.get(PAGE))

    origins.import_files([ORIGINS / "asn4.csv", ORIGINS / "asn6.csv"], NOON, alone=True)

    page = olga.get(PAGE)
    assert "ASNs and ISPs file asn4.csv, as of" in content(page)
    assert "Countries none: no country is known" in content(page)
    assert "No countries in it: rules for countries reach no such address" in content(page)


def test_those_whose_tables_are_used_are_credited(olga: Browser, tmp_path: Path) -> None:
    table = tmp_path / "dbip-asn-lite-2026-06.csv"
    table.write_text("192.0.2.0,192.0.2.255,64500,Example\n")
    origins.import_files([table], NOON, alone=True)

    assert '<a href="https://db-ip.com/" rel="noreferrer">DB-IP</a>, file dbip-asn' in olga.get(PAGE).text


def test_what_is_not_counted_yet_is_told_with_what_cannot_be_read(
    olga: Browser, app_context: AppContext, tmp_path: Path
) -> None:
    assert "Not counted yet none: all queries are in the database" in content(olga.get(PAGE))
    app_context.counts = counts = Delivery(Counters(), tmp_path)
    for number in range(3):
        counts.counters.record(1, STANDARD, Decision(0, 0, "no listing", ""), 4, number, NOON)
    counts.keep(NOON - 60, always=True)
    (tmp_path / "counts" / "0-<b>.damaged").write_bytes(b"")

    page = olga.get(PAGE)

    text = content(page)
    assert "Not counted yet 3 queries in 1 batch, the oldest of" in text
    assert "in no figure: counts/0-<b>.damaged" in text and "<b>" not in page.text


def test_connections_are_shown_by_door_with_what_the_door_does_not_count(
    olga: Browser, app_context: AppContext
) -> None:
    portal = dict(zip(places.FIGURES, (12, 2000, 3, 4, 5, 6), strict=True))
    app_context.connections = lambda: {"Portal": portal, "DNS over TCP": {"open": 1234, "bound": 500}}

    text = content(olga.get(PAGE))

    assert "Portal 12 2,000 3 4 5 6 DNS over TCP 1,234 500 – – – –" in text
    assert re.search(r"Descriptors: \d[\d,]* of \d[\d,]* in use", text)
