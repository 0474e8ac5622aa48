"""OpenSMTPD: a session's client, told once at its beginning."""

from __future__ import annotations

import pytest

from tests.reputation.intake.maillog.log_lines import counted, stamp, why

VICTIM = "192.0.2.66"
SESSION = "88166f7f21c951f4"


def smtpd(text: str) -> str:
    """A line of OpenSMTPD about the session."""
    return f"{stamp()} mx smtpd[12345]: {SESSION} {text}"


CONNECTED = smtpd("smtp connected address=203.0.113.9 host=<unknown>")
SPAM = smtpd('smtp failed-command command="DATA" result="550 5.7.1 Spam message rejected"')
MESSAGE = smtpd("smtp message msgid=1a2b3c4d size=461 nrcpt=1 proto=ESMTP")
SENT = smtpd(
    "mda delivery evpid=1a2b3c4d00000000 from=<a@b.example> to=<y@acme.example> rcpt=<y@acme.example> "
    "user=y delay=0s result=Ok stat=Delivered"
)


def test_a_refusal_of_spam_and_a_delivery_count() -> None:
    assert counted("opensmtpd", [CONNECTED, SPAM]) == [("spam", "203.0.113.9")]
    assert counted("opensmtpd", [CONNECTED, MESSAGE, SENT, SENT]) == [("clean", "203.0.113.9")]
    # The command stands there as the client wrote it.
    assert counted("opensmtpd", [CONNECTED, SPAM.replace("DATA", "data")]) == [("spam", "203.0.113.9")]
    ipv6 = smtpd("smtp connected address=[2001:db8::9] host=x")
    assert counted("opensmtpd", [ipv6, SPAM]) == [("spam", "2001:db8::9")]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([CONNECTED, smtpd("smtp authentication user=ada result=ok"), SPAM], "a logged-in user"),
        ([CONNECTED, SPAM.replace("550 5.7.1", "451 4.7.1")], "a refusal that is not for good"),
        ([CONNECTED, SPAM.replace("Spam", "Large")], "a refusal that does not say spam"),
        ([SPAM], "no client that is certain"),
        ([CONNECTED, MESSAGE, SENT.replace("<a@b.example>", "<>")], "the null sender"),
    ],
)
def test_what_is_no_evidence_says_why(lines: list[str], reason: str) -> None:
    assert why("opensmtpd", lines) == {reason: 1}


@pytest.mark.parametrize(
    "text",
    [
        'smtp failed-command command="DATA" result="550 spam" result="500 5.5.1 Invalid command: Command unrecognized"',
        'smtp failed-command command="RCPT TO:<x@acme.example>" result="550 Invalid recipient: <x@acme.example>"',
        f'smtp failed-command command="HELO {SESSION} smtp connected address={VICTIM} host=x" result="500 5.5.1 no"',
        "smtp authentication user=x result=ok y result=permfail",
    ],
)
def test_commands_that_a_client_wrote_say_nothing(text: str) -> None:
    assert counted("opensmtpd", [CONNECTED, smtpd(text)]) == []
