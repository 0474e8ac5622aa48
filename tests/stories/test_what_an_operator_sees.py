"""What a trap, a log and a mailbox bring is on the page Evidence of the running program, also after a restart."""

from __future__ import annotations

import re
import time
from pathlib import Path

from tests.reputation.intake.maillog.log_lines import spam
from tests.stories.program import Browser, Program, wait_until
from tests.stories.test_from_evidence_to_an_answer import OFFER, TRAP, rows_of, send

PAGE = "/installation/evidence"
EMAIL, PASSWORD = "olga@acme.example", "a quiet sentence works"


def page(program: Program, path: str = PAGE) -> str:
    """The words of a page, as an operator reads them."""
    browser = Browser(program.portal)
    browser.submit("/login", email=EMAIL, password=PASSWORD)
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(path)).split())


def test_each_source_tells_what_it_brought(source: Program, tmp_path: Path) -> None:
    source.command("organization", "add", "Acme")
    added = source.command(
        "user", "add", EMAIL, "--organization", "Acme", "--role", "operator", "--password-stdin", stdin=PASSWORD
    )
    assert added.code == 0, added.err
    log = tmp_path / "mail.log"
    log.write_text("")
    flags = (*TRAP, "--mail-log", f"postfix:{log}", "--complaint-mailbox", str(tmp_path / "abuse"))
    source.start(*flags)
    wait_until(lambda: rows_of(source, "log_place") == 1, 5, "the log is followed")
    log.write_text(spam(43, int(time.time())))
    send(source, OFFER.format(41, 1), "someone@trap.example")
    wait_until(lambda: rows_of(source, "spam_report") == 2, 10, "both are written down")

    text = page(source)
    assert "Lines read 1: 1 recognised" in text and "Counted 1 refused as spam" in text
    assert re.search(r"Messages that count against their sender 1 \d", text)
    wait_until(lambda: "abuse cannot be read: No such file" in page(source), 60, "the mailbox was looked for")
    assert "the setting complaint_address is empty" not in text
    assert source.stop() == 0

    source.start(*flags)
    assert "milter-reject: END-OF-MESSAGE from a[203.0.113.43]" in page(source, f"{PAGE}?address=203.0.113.43")
    assert "Lines read 0" in page(source), "figures are those since the start"
