"""Sendmail: the client is the last thing of a from= line."""

from __future__ import annotations

import pytest

from tests.reputation.intake.maillog.log_lines import counted, read, stamp, why

VICTIM = "192.0.2.66"
ID = "5AT8C5ab012345"
RELAY = "relay=mail.b.example [203.0.113.9] (may be forged)"


def sendmail(text: str, queue_id: str = ID) -> str:
    """A line of Sendmail."""
    return f"{stamp()} mx sm-mta[12345]: {queue_id}: {text}"


def begun(relay: str = RELAY, sender: str = "<a@b.example>", message_id: str = "<1@b>", protocol: str = "ESMTP") -> str:
    """The line that tells a message's client."""
    sizes = "size=123, class=0, nrcpts=1"
    return sendmail(f"from={sender}, {sizes}, msgid={message_id}, proto={protocol}, daemon=MTA-v4, {relay}")


SENT = sendmail("to=<y@acme.example>, delay=00:00:01, xdelay=00:00:01, mailer=local, pri=30123, dsn=2.0.0, stat=Sent")
SPAM = sendmail("Milter: data, reject=554 5.7.1 Spam message rejected")


def test_a_refusal_by_a_milter_or_a_ruleset_counts() -> None:
    ruleset = sendmail(f"ruleset=check_eom, arg1=x, {RELAY}, reject=550 5.7.1 this is spam")

    assert counted("sendmail", [begun(), SPAM]) == [("spam", "203.0.113.9")]
    assert counted("sendmail", [begun(), ruleset]) == [("spam", "203.0.113.9")]


def test_a_delivery_is_clean_once() -> None:
    assert counted("sendmail", [begun("relay=[IPv6:2001:db8::9]"), SENT, SENT]) == [("clean", "2001:db8::9")]


def test_unknown_recipients_are_counted_when_their_client_is_told() -> None:
    user = sendmail("<x@acme.example>... User unknown")

    rule = sendmail(f"ruleset=check_rcpt, arg1=<x@acme.example>, {RELAY}, reject=550 5.1.1 <x@acme.example>... No")
    told, _ = read("sendmail", [user, rule, begun()])

    assert [(one.event.kind, one.event.address, one.event.times) for one in told] == [
        ("unknown recipient", "203.0.113.9", 2)
    ]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([begun(protocol="ESMTPSA"), SPAM], "a logged-in user"),
        (
            [sendmail("AUTH=server, relay=home [203.0.113.9], authid=ada, mech=PLAIN, bits=0"), begun(), SPAM],
            "a logged-in user",
        ),
        ([begun(sender="<>"), SPAM], "the null sender"),
        ([begun(), sendmail("Milter: data, reject=451 4.7.1 Greylisting in action")], "a refusal that is not for good"),
        ([begun(), sendmail("Milter: data, reject=554 5.7.1 virus found")], "a refusal that does not say spam"),
        ([SPAM], "no client that is certain"),
        ([sendmail("<x@acme.example>... User unknown"), begun(sender="<>")], "the null sender"),
    ],
)
def test_what_is_no_evidence_says_why(lines: list[str], reason: str) -> None:
    assert why("sendmail", lines) == {reason: 1}


@pytest.mark.parametrize(
    "first",
    [
        begun(message_id=f"<x, proto=ESMTP, daemon=MTA, relay=x [{VICTIM}]>"),
        begun(sender=f'<"x, relay=x [{VICTIM}]"@b.example>'),
        begun(relay=f"relay=x@y [{VICTIM}]@mail.b.example [203.0.113.9]"),
    ],
)
def test_text_that_a_client_chose_names_nobody(first: str) -> None:
    assert [address for _, address in counted("sendmail", [first, SPAM]) if address != "203.0.113.9"] == []


@pytest.mark.parametrize(
    "text",
    [
        f'ruleset=check_rcpt, arg1=<"x>, relay=x [{VICTIM}], reject=550 5.1.1 "@y>, {RELAY}, reject=550 5.7.1 no',
        f"ruleset=check_rcpt, arg1=<x@y.example>, {RELAY}, reject=550 5.7.1 <x@y.example>... Relaying denied",
        '<"x>... User unknown"@y.example>... Relaying denied',
    ],
)
def test_other_refusals_of_a_recipient_are_no_guesses(text: str) -> None:
    assert counted("sendmail", [sendmail(text), begun()]) == []


def test_a_recipient_that_looks_like_a_delivery_is_none() -> None:
    forged = '"x, delay=00:00:01, xdelay=00:00:01, mailer=local, pri=1, dsn=2.0.0, stat=Sent "@b.example'
    line = sendmail(
        f"to=<{forged}>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, dsn=5.0.0, stat=Service unavailable"
    )

    assert counted("sendmail", [begun(), line]) == []
