"""What traps, complaints and mail logs tell is in the next DNS answer, at the levels that it reaches."""

from __future__ import annotations

import smtplib
import sqlite3
import time
from pathlib import Path

import pytest

from tests.reputation.intake.maillog.log_lines import spam
from tests.reputation.intake.test_arf import report
from tests.stories.program import Program, wait_until
from tests.stories.test_from_a_report_to_an_answer import LISTED, NXDOMAIN, organization

# The test's own mail comes from loopback, as from a relay that hands mail on from everywhere.
TRAP = (
    "--trap", "127.0.0.1:0", "--trap-domain", "trap.example", "--own-networks", "127.0.0.0/8",
    "--complaint-address", "fbl@acme.example", "--complaint-reporter", "127.0.0.0/8",
)  # fmt: skip
OFFER = (
    "Received: from x ([203.0.113.{}]) by mx.acme.example\nFrom: a@b.example\nMessage-ID: <{}@b.example>\n\nBuy now\n"
)


@pytest.fixture
def codes(source: Program) -> tuple[str, str]:
    """A strict organization, and a lenient one."""
    return organization(source, "Strict", 4), organization(source, "Lenient", 1)


def trap_of(program: Program) -> tuple[str, int]:
    [line] = [line for line in program.lines if line.startswith("Trap ready on ")]
    host, _, port = line.split()[3].rstrip(",").rpartition(":")
    return host, int(port)


def send(program: Program, content: str | bytes, to: str) -> None:
    with smtplib.SMTP(*trap_of(program), local_hostname="client.example", timeout=30) as client:
        client.sendmail("a@b.example", [to], content)


def is_listed(program: Program, number: int, codes: tuple[str, str]) -> bool:
    """Whether the strict organization is told of it; the lenient one never is."""
    labels = f"{number}.113.0.203"
    assert program.ask(labels, codes[1], "q") == NXDOMAIN
    return program.ask(labels, codes[0], "q") == LISTED


def test_mail_to_a_trap_lists_its_sender(source: Program, codes: tuple[str, str]) -> None:
    source.start(*TRAP)
    assert not is_listed(source, 41, codes)

    send(source, OFFER.format(41, 1), "someone@trap.example")

    wait_until(lambda: is_listed(source, 41, codes), 5, "the sender is listed")
    assert source.stop() == 0


def test_a_complaint_lists_the_sender_of_its_original_message(source: Program, codes: tuple[str, str]) -> None:
    source.start(*TRAP)

    send(source, report("Feedback-Type: abuse\nSource-IP: 203.0.113.42"), "fbl@acme.example")
    send(source, report("Feedback-Type: not-spam\nSource-IP: 203.0.113.46"), "fbl@acme.example")

    wait_until(lambda: is_listed(source, 42, codes), 5, "the sender is listed")
    wait_until(lambda: rows_of(source, "uncounted_message") == 1, 30, "the other one is kept for people to read")
    assert not is_listed(source, 46, codes)


def test_what_a_message_counts_for_can_be_tried_and_counts_nothing(
    source: Program, codes: tuple[str, str], tmp_path: Path
) -> None:
    spam, complaint = tmp_path / "spam.eml", tmp_path / "complaint.eml"
    spam.write_text(OFFER.format(44, 1))
    complaint.write_bytes(report("Feedback-Type: abuse\nSource-IP: 203.0.113.45"))

    tried = source.command("trap", "try", str(spam), "--own-networks", "127.0.0.0/8", "--from", "127.0.0.1")
    assert tried.out.startswith("Counted: 203.0.113.44, source trap, weight 1.\nLevel 2 lists it until ")
    asked = ("complaints", "try", str(complaint), "--from", "192.0.2.30", "--complaint-reporter")
    assert source.command(*asked, "192.0.2.0/24").out.startswith("Counted: 203.0.113.45, source complaint, weight 0.12")
    refused = source.command(*asked, "provider.example")
    assert "complaint_reporter names. It was handed over by 192.0.2.30." in refused.err and refused.code == 1
    source.start(*TRAP)
    assert not is_listed(source, 44, codes) and not is_listed(source, 45, codes)


def test_a_line_of_a_mail_log_lists_the_sender_of_what_was_refused(
    source: Program, codes: tuple[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "mail.log"
    log.write_text(spam(9, int(time.time())))  # of before it was followed
    source.start("--mail-log", f"postfix:{log}")
    wait_until(lambda: rows_of(source, "log_place") == 1, 5, "the log is followed")

    with log.open("a") as file:
        file.write(spam(43, int(time.time())))

    wait_until(lambda: is_listed(source, 43, codes), 5, "the sender is listed")
    assert not is_listed(source, 9, codes)


def test_mail_is_taken_and_counted_though_the_program_ends_at_once(source: Program, codes: tuple[str, str]) -> None:
    source.start(*TRAP)
    for number in range(50, 60):
        send(source, OFFER.format(number, number), "someone@trap.example")
    assert source.stop() == 0
    source.start(*TRAP)

    # So many of one network list it, for the lenient organization, too.
    assert all(source.ask(f"{number}.113.0.203", codes[0], "q") == LISTED for number in range(50, 60))


def test_who_asked_counts_though_the_program_ends_at_once(source: Program, codes: tuple[str, str]) -> None:
    source.start("--sample", "1")
    before = rows_of(source, "sender_score")

    for number in range(70, 80):
        assert source.ask(f"{number}.113.0.203", codes[0], "q") == NXDOMAIN
    assert source.stop() == 0

    assert (before, rows_of(source, "sender_score")) == (0, 10)


def rows_of(program: Program, table: str) -> int:
    connection = sqlite3.connect(program.data / "gatepost.sqlite3")
    found: int = connection.execute(f"select count(*) from {table}").fetchone()[0]
    connection.close()
    return found
