"""Installation > Evidence: what each source brings, the reports about an address, and how a source is set up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commands.demo import sources
from portal.app_context import AppContext
from reputation import settings
from reputation.intake import spam_reports
from reputation.intake.complaints import MailboxFigures
from reputation.intake.maillog import Follower, LogSource, figures, follow, followers, troubles
from reputation.intake.report_queue import QueueCounts
from reputation.intake.spam_reports import Incoming
from reputation.intake.uncounted import COMPLAINTS, TRAP, Uncounted, UncountedMessages
from tests.conftest import NOON, Cast
from tests.portal.conftest import Browser, content
from tests.reputation.intake.maillog.log_lines import delivered, spam

PAGE = "/installation/evidence"
HOUR = 3600
SPAMMER = "203.0.113.1"


def report(evidence: str, address: str = SPAMMER, at: int = NOON - HOUR, **more: object) -> None:
    spam_reports.accept_many([Incoming(address, "trap", evidence=evidence)._replace(**more)], at)


def test_where_no_source_is_set_up_each_says_how(olga: Browser, cast: Cast) -> None:
    page = olga.get(PAGE)

    for words in ("No mail log is followed", "No trap listens", "No mailbox is read"):
        assert words in content(page)
    recipes = olga.get(f"{PAGE}/recipes").text
    places = set(re.findall(r'href="/installation/evidence/recipes#([^"]+)"', page.text))
    assert len(places) == 3 and [place for place in places if f'id="{place}"' not in recipes] == []


def test_a_followed_log_tells_what_was_read_counted_and_left_out(
    olga: Browser, app_context: AppContext, tmp_path: Path
) -> None:
    log = tmp_path / "mail.log"
    log.write_text("")
    logs = [Follower(LogSource("postfix", log))]
    app_context.log_figures = lambda: figures(logs)
    app_context.log_troubles = lambda now: troubles(logs, now)
    logs[0].read_new(NOON)
    odd = "Sep 21 12:00:00 mx postfix/smtpd[1]: \u202eodd\x00 " + "x" * 2000 + " to=<ada@acme.example> <script>"
    log.write_text(
        "\n".join([*delivered("x[198.51.100.25]"), odd]) + "\n" + spam(1) + "what is this of=<eve@b.example>?\n"
    )
    logs[0].read_new(NOON + 1)

    page = olga.get(PAGE)
    text = content(page)

    assert f"postfix:{log}" in text and "1 refused as spam" in text and "1 delivered clean" in text
    assert re.search(r"Lines read \d+: \d+ recognised, 0 of other programs, \d unread", text)
    assert "what is this of=<…@b.example>?" in text and "eve@" not in text and "ada@" not in page.text
    assert "\u202e" not in page.text and "\x00" not in page.text and "x" * 301 not in page.text
    assert "<script>" not in re.sub(r"<script\b[^>]* src=[^>]*>", "", page.text)


def test_a_log_that_cannot_be_read_says_so(olga: Browser, app_context: AppContext, tmp_path: Path) -> None:
    logs = [Follower(LogSource("exim", tmp_path / "mainlog"))]
    app_context.log_figures = lambda: figures(logs)
    app_context.log_troubles = lambda now: troubles(logs, now)
    logs[0].read_new(NOON)

    text = content(olga.get(PAGE))

    assert "cannot be read: No such file or directory" in text
    assert "Last line none yet; last recognised none yet" in text


def test_the_trap_tells_its_figures_and_when_each_grew(olga: Browser, app_context: AppContext) -> None:
    app_context.trap_figures = lambda: {"trapped": 1234, "complaints": 3, "not counted": 0}
    app_context.trap_last = lambda: {"trapped": NOON - 60}
    app_context.report_figures = lambda: QueueCounts(1200, 34, 5, 6, 7)

    text = content(olga.get(PAGE))

    assert re.search(r"count against their sender 1,234 .*\d Complaints that count 3 –", text)
    assert "1,200 are written down, 34 were known before, 5 are about" in text and "7 wait" in text


def test_the_mailbox_tells_its_figures_and_what_is_wrong(olga: Browser, app_context: AppContext) -> None:
    app_context.mailbox_figures = lambda: MailboxFigures("/var/mail/abuse", 50, 5, 40, 2, NOON, "It cannot be read.")

    text = content(olga.get(PAGE))

    assert "/var/mail/abuse" in text and "Messages read 50" in text and "It cannot be read." in text
    assert "5; 40 known before" in text and "complaint_reporter names nobody" in text


def test_where_a_reporter_is_named_nothing_is_missing(olga: Browser, app_context: AppContext, tmp_path: Path) -> None:
    chosen = {"data": str(tmp_path), "complaint_address": "fbl@trap.example", "complaint_reporter": ["192.0.2.0/24"]}
    app_context.settings = settings.in_force(settings.read(chosen, {}))

    assert "names nobody" not in content(olga.get(PAGE))


def test_reports_are_added_up_by_reporter(olga: Browser, cast: Cast) -> None:
    report("one")
    report("two", at=NOON - 26 * HOUR)
    report("three", source="filter", organization_id=cast.acme.id, reporter="Mail filter (token)")

    text = content(olga.get(PAGE))

    assert re.search(r"This installation Trap 1 ", text)
    assert re.search(r"Acme Mail filter \(token\) Filter 1 ", text)


def test_the_reports_about_an_address_are_found_with_their_texts(olga: Browser, cast: Cast) -> None:
    report("postfix: refused as spam\nto=<ada@acme.example> <b>bold</b> \u202e\n\n" + "y" * 900)
    report("Subject: other", address="203.0.113.2")
    report("Subject: mine", source="filter", organization_id=cast.acme.id, reporter="ada@acme.example")

    page = olga.get(f"{PAGE}?address={SPAMMER}")
    text = content(page)

    assert "Reports about 203.0.113.1" in text and "postfix: refused as spam to=<…@acme.example> <b>bold</b> ?" in text
    assert "Subject: other" not in text and "<b>bold" not in page.text and "y" * 301 not in text
    assert re.search(r"Acme ada@acme.example Filter Acme ada@acme.example 1 Subject: mine", text)


@pytest.mark.parametrize("asked", ["203.0.113.0/24", "203.0.0.0/12", "0.0.0.0/0"])
def test_a_network_finds_the_reports_inside_it(olga: Browser, cast: Cast, asked: str) -> None:
    report("Subject: inside")
    report("Subject: beside", address="2001:db8::1")

    text = content(olga.get(f"{PAGE}?address={asked}"))

    assert "Subject: inside" in text and "Subject: beside" not in text


def test_an_address_without_a_report_and_what_is_no_address_say_so(olga: Browser, cast: Cast) -> None:
    assert "No report about 192.0.2.9 is kept" in content(olga.get(f"{PAGE}?address=192.0.2.9"))
    wrong = olga.get(f"{PAGE}?address=<i>who")
    assert wrong.status_code == 422 and "is not an IP address" in content(wrong) and "<i>who" not in wrong.text


def test_messages_that_count_for_nobody_are_told_with_the_reason_and_can_be_read(
    olga: Browser, app_context: AppContext
) -> None:
    messages = UncountedMessages()
    evidence = "From: <b>bold</b>\nSubject: I\u202e complain"
    messages.add(Uncounted(NOON, COMPLAINTS, "unknown reporter", "203.0.113.9", "192.0.2.66", evidence))
    messages.add(Uncounted(NOON, TRAP, "unread hop"))
    messages.write()
    app_context.uncounted_figures = messages.rows

    text = content(olga.get(PAGE))

    assert "Complaints the complaint's reporter is not one that complaint_reporter names 1" in text
    assert "203.0.113.9 192.0.2.66" in text and "Subject: I? complain" in text
    assert "<b>bold" not in olga.get(PAGE).text


def test_the_recipes_lead_to_help_and_settings(olga: Browser, cast: Cast) -> None:
    page = olga.get(f"{PAGE}/recipes").text

    links = {link for link in re.findall(r'href="(/[^"#]+)', page) if not link.startswith("/static")}
    assert "/installation/system" in links and [link for link in links if olga.get(link).status_code != 200] == []


def test_nobody_else_learns_of_it(ada: Browser, vera: Browser, boris: Browser, visitor: Browser, cast: Cast) -> None:
    report("Subject: secret of the trap")
    for browser in (ada, vera, boris):
        for path in (PAGE, f"{PAGE}?address={SPAMMER}", f"{PAGE}/recipes"):
            assert browser.get(path).status_code == 404
        assert "secret of the trap" not in browser.get(f"/check?address={SPAMMER}").text
    assert visitor.get(PAGE).location == f"/login?next={PAGE}"
    assert "secret of the trap" not in visitor.get(f"/lookup?address={SPAMMER}").text


def test_the_demo_has_a_log_and_messages_to_show(olga: Browser, app_context: AppContext, tmp_path: Path) -> None:
    sources.make(tmp_path, NOON)
    logs = followers(settings.read({"data": str(tmp_path)}, {}).mail_log)
    app_context.log_figures = lambda: figures(logs)
    follow(logs, NOON + 1)

    text = content(olga.get(PAGE))

    assert "9 refused as spam, 40 delivered clean" in text and "1 of other programs, 1 unread" in text
    assert "From: Feedback <abuse@provider.example>" in text
