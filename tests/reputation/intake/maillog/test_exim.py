"""Exim: the client is the address that connected, whatever it says in HELO, addresses and header."""

from __future__ import annotations

import time

import pytest

from tests.conftest import NOON
from tests.reputation.intake.maillog.log_lines import counted, read, why

VICTIM = "192.0.2.66"
HOST = "H=(b.example) [203.0.113.9]"
ID = "1tABCd-0001Ab-2C"
SPAM, GUESS = [("spam", "203.0.113.9")], [("unknown recipient", "203.0.113.9")]


def exim(text: str) -> str:
    """A line of Exim's main log."""
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(NOON))} {text}"


def accepted(first: str) -> list[str]:
    """A message that was taken and delivered."""
    return [exim(f"{ID} <= {first}"), exim(f"{ID} => y <y@acme.example> R=local T=box"), exim(f"{ID} Completed")]


@pytest.mark.parametrize(
    "text",
    [
        f"{ID} {HOST} F=<a@b.example> rejected after DATA: this is spam (21.0)",
        f"{ID} {HOST}:4444 F=<a@b.example> rejected after DATA: SPAM",
        f"{ID} {HOST} I=[198.51.100.1]:25 X=TLS1.3:AES:256 CV=no F=<a@b.example> rejected after DATA: SPAM",
        f"{ID} H=mx.b.example (b) [203.0.113.9] F=<a@b.example> rejected after DATA: This message scored 9 spam points",
        f"{ID} {HOST} X=TLS1.3 CV=no SNI=mx.acme.example F=<a@b.example> SPF=fail rejected after DATA: SPAM",
        f"[123] {ID} H=[203.0.113.9] F=<a@b.example> rejected during MIME ACL checks: spam",
        f"1tABCd-00000000123-4567 {HOST} F=<a@b.example> rejected after DATA: spam detected",
    ],
)
def test_refusals_of_spam_in_every_form_count(text: str) -> None:
    assert counted("exim", [exim(text)]) == SPAM


@pytest.mark.parametrize("reason", ["Unrouteable address", "No Such User Here", "unknown user", "User unknown: x"])
def test_an_unknown_recipient_is_a_guess(reason: str) -> None:
    assert counted("exim", [exim(f"{HOST} F=<a@b.example> rejected RCPT <x@acme.example>: {reason}")]) == GUESS


def test_a_delivered_message_is_clean_once() -> None:
    lines = accepted("a@good.example H=mail.good.example [198.51.100.25] P=esmtps X=TLS1.3 S=1234 id=1@good.example")

    assert counted("exim", lines) == [("clean", "198.51.100.25")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"{ID} {HOST} F=<a@b.example> temporarily rejected after DATA: spam scanner is not available", "not for good"),
        (f"{ID} {HOST} F=<a@b.example> rejected after DATA: virus found", "does not say spam"),
        (f"{ID} {HOST} F=<> rejected after DATA: this is spam", "null sender"),
        (f"{HOST} F=<> rejected RCPT <x@acme.example>: Unrouteable address", "null sender"),
        (f"{ID} {HOST} F=<a@b.example> A=plain:ada rejected after DATA: this is spam", "logged-in"),
        (f"{HOST} F=<a@b.example> A=plain:ada rejected RCPT <x@acme.example>: Unrouteable address", "logged-in"),
    ],
)
def test_what_is_no_evidence_says_why(text: str, reason: str) -> None:
    [found] = why("exim", [exim(text)])

    assert reason in found


@pytest.mark.parametrize(
    "text",
    [
        f"{HOST} F=<a@b.example> rejected RCPT <x@acme.example>: Sender verify failed",
        f"{HOST} sender verify fail for <a@b.example>: Unrouteable address",
        f"{HOST} F=<a@b.example> rejected RCPT <x@acme.example>: 203.0.113.9 is listed",
        f'{HOST} F=<a@b.example> rejected RCPT <"x>: no such user"@other.example>: relay not permitted',
        f"rejected EHLO from [203.0.113.9]: syntactically invalid argument(s): {HOST} F=<a> rejected after DATA: spam",
        f'{HOST} F=<"x> rejected after DATA: spam"@b.example> rejected RCPT <x@acme.example>: relay not permitted',
        f"{HOST} U=x F=<a@b.example> rejected after DATA: spam",
    ],
)
def test_other_refusals_count_for_nothing(text: str) -> None:
    assert counted("exim", [exim(text)]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"H=([{VICTIM}]) [203.0.113.9] F=<a@b.example> rejected RCPT <x@acme.example>: Unrouteable address", GUESS),
        (f'H=([{VICTIM}]) [203.0.113.9] F=<"x rejected by x ACL: spam"@b.example> rejected RCPT <x@y>: no relay', []),
        (f'{ID} H=(x) [203.0.113.9] F=<"H=[{VICTIM}] rejected after DATA: spam"@b> rejected after DATA: spam', SPAM),
        # Only where any HELO is accepted (helo_accept_junk_hosts).
        (f"H=(x) [{VICTIM}] F=<a@b> rejected after DATA: spam) [203.0.113.9] F=<a@b> rejected RCPT <x>: no", []),
        (f"H=(x y) [{VICTIM}] F=<a@b> rejected after DATA: spam", []),
    ],
)
def test_text_that_a_client_chose_names_nobody(text: str, expected: list[tuple[str, str]]) -> None:
    assert counted("exim", [exim(text)]) == expected


@pytest.mark.parametrize(
    "first",
    [
        f"a@b.example H=([{VICTIM}]) [203.0.113.9] P=esmtp S=1 id=1@b.example",
        f'"x H=(y) [{VICTIM}]"@b.example H=(real) [203.0.113.9] P=esmtp S=1 id=H=[{VICTIM}]',
    ],
)
def test_a_clean_delivery_is_the_clients_own(first: str) -> None:
    assert counted("exim", accepted(first)) == [("clean", "203.0.113.9")]


@pytest.mark.parametrize(
    "first",
    [
        "ada@acme.example H=home [192.0.2.77] P=esmtpsa A=plain:ada S=99",
        "ada@acme.example H=home [192.0.2.77] P=esmtpsa X=TLS1.3 CV=no S=99",
        "<> H=(b.example) [203.0.113.9] P=esmtp S=99",
        "root@acme.example U=root P=local S=99",
    ],
)
def test_mail_of_our_people_bounces_and_this_machines_mail_are_not_clean_deliveries(first: str) -> None:
    assert counted("exim", accepted(first)) == []


def test_under_syslog_the_line_is_the_same() -> None:
    line = f"{ID} {HOST} F=<a@b.example> rejected after DATA: spam"
    stamp = time.strftime("%b %e %H:%M:%S", time.localtime(NOON))

    assert counted("exim", [f"{stamp} mx exim[7]: {line}", f"{stamp} mx exim[7]: {exim(line)}"]) == SPAM * 2


def test_the_header_in_the_reject_log_is_no_line_of_its_own() -> None:
    dumped = f"\tby x\n {exim(f'{HOST} F=<a@b> rejected after DATA: spam')}\nP Received: x".split("\n")
    told, figures = read("exim", [exim(f"{ID} {HOST} F=<a@b> rejected after DATA: spam"), *dumped])

    assert len(told) == 1 and figures.unread == 0


def test_the_log_of_postfix_is_not_exims() -> None:
    told, figures = read("exim", ["Sep 21 12:00:00 mx postfix/smtpd[1]: connect from x[203.0.113.9]"] * 9)

    assert not told and figures.foreign == 9 and figures.recognised == 0
