"""What a refusal says is told from its first words."""

from __future__ import annotations

import pytest

from reputation.intake.maillog.refusals import Refusals, is_unknown_recipient, without_codes


@pytest.mark.parametrize(
    "text",
    [
        "Spam message rejected", "SPAM", "this is spam (21.0)", "This message scored 12.3 spam points.",
        "spam detected", "Your message was classified as SPAM.", "Message rejected as spam by Content Filtering.",
        "[SPAM] high score", "Blocked by SpamAssassin", "message looks like spam", "Reject, id=12345-01 - SPAM",
        "junk mail", "spam filter rejected this message", "high spam score", "Unsolicited mail is not accepted",
    ],
)  # fmt: skip
def test_these_say_spam(text: str) -> None:
    assert Refusals().says_spam(text)


@pytest.mark.parametrize(
    "text",
    [
        "", "Try again later", "rejected by DMARC policy for spam.example", "virus found: spam.exe", "Command rejected",
        "spam scanner is not available", "spam check failed", "subject: this is spam", "<spam@b.example>: no",
        "Message from 192.0.2.1 blocked, see spamhaus", "Service unavailable", "not spam", "greylisted, spam",
        "Client host [192.0.2.1] blocked using rep.example",
    ],
)  # fmt: skip
def test_these_do_not(text: str) -> None:
    assert not Refusals().says_spam(text)


def test_the_operator_may_name_further_beginnings() -> None:
    assert Refusals(("Ungewollte Werbung", " ")).says_spam("ungewollte werbung (7)")
    assert not Refusals(("ungewollte werbung",)).says_spam("Keine ungewollte Werbung")


def test_codes_say_whether_a_refusal_is_for_good() -> None:
    assert without_codes("550 5.7.1 spam") == (True, "spam")
    assert without_codes("550-5.7.1 spam") == (True, "spam")
    assert without_codes("451 4.7.1 spam") == (False, "spam")
    assert without_codes("550 4.7.1 spam") == (False, "spam")
    assert without_codes("5.7.1 spam") == (True, "spam")
    assert without_codes("this is spam") == (True, "this is spam")


def test_an_unknown_recipient_is_told_from_other_refusals() -> None:
    assert is_unknown_recipient("No Such User Here") and is_unknown_recipient(" unrouteable address")
    assert not is_unknown_recipient("Sender verify failed") and not is_unknown_recipient("relay not permitted")
