"""Haraka: what a connection came to, when it ends, if it was a stranger's."""

from __future__ import annotations

import pytest

from tests.reputation.intake.maillog.log_lines import counted, why

VICTIM = "192.0.2.66"
UUID = "B6F4A2B1-1111-2222-3333-444455556666"


def haraka(text: str, uuid: str = UUID) -> str:
    """A line that Haraka prints."""
    return f"[NOTICE] [{uuid}] [core] {text}"


CONNECT = haraka("connect ip=203.0.113.9 port=4444 local_ip=198.51.100.1 local_port=25")
SENDER = haraka('sender <a@b.example> code=CONT msg=""', f"{UUID}.1")
SPAM = haraka(
    'message mid=<1@b> size=99 rcpts=1/0/0 delay=0.1 code=DENY msg="spam score exceeded threshold"', f"{UUID}.1"
)
QUEUED = haraka(f'queue code=OK msg="Message Queued ({UUID}.1)"', f"{UUID}.1")


def end(helo: str = "b.example", relay: str = "N") -> str:
    """The last line of a connection."""
    return haraka(
        f"disconnect ip=203.0.113.9 rdns=NXDOMAIN helo={helo} relay={relay} early=N esmtp=Y tls=N pipe=N errors=0"
    )


def test_a_refusal_of_spam_and_a_delivery_count_when_the_connection_ends() -> None:
    assert counted("haraka", [CONNECT, SENDER, SPAM]) == []
    assert counted("haraka", [CONNECT, SENDER, SPAM, end()]) == [("spam", "203.0.113.9")]
    assert counted("haraka", [CONNECT, SENDER, QUEUED, end()]) == [("clean", "203.0.113.9")]


def test_the_logfmt_form_and_stamps_are_read() -> None:
    lines = [
        f"2026-09-21T12:00:00.123Z level=NOTICE uuid={UUID} origin=core message=connect ip=203.0.113.9 port=4444",
        f"2026-09-21T12:00:00.123Z level=NOTICE uuid={UUID}.1 origin=core message=queue code=OK msg=x",
        f'2026-09-21T12:00:00.123Z level=NOTICE uuid={UUID} origin=core message=disconnect ip=203.0.113.9 rdns="" '
        "helo=b.example relay=N early=N",
    ]

    assert counted("haraka", lines) == [("clean", "203.0.113.9")]


def test_one_of_our_people_is_never_evidence() -> None:
    assert why("haraka", [CONNECT, SENDER, SPAM, end(relay="Y")]) == {"a logged-in user": 1}


@pytest.mark.parametrize("code", ["DENYSOFT", "CONT"])
def test_a_refusal_that_is_not_for_good_counts_for_nothing(code: str) -> None:
    assert counted("haraka", [CONNECT, SENDER, SPAM.replace("DENY", code), end()]) == []


def test_a_bounce_counts_for_nothing() -> None:
    assert counted("haraka", [CONNECT, SENDER.replace("<a@b.example>", "<>"), SPAM, end()]) == []


@pytest.mark.parametrize(
    "line",
    [
        haraka(
            f'message mid="<1 code=DENY msg=spam connect ip={VICTIM}>" size=9 rcpts=1/0/0 delay=0.1 code=CONT msg=""'
        ),
        haraka(f'sender <"connect ip={VICTIM} port=1"@b.example> code=CONT msg=""'),
        f"[NOTICE] [{UUID}] [spamassassin] connect ip={VICTIM} port=1",
    ],
)
def test_text_that_a_client_chose_changes_nothing(line: str) -> None:
    assert counted("haraka", [CONNECT, SENDER, line, end('"x relay=Y \\" y"')]) == []
    assert counted("haraka", [CONNECT, line, SENDER, SPAM, end('"x relay=Y \\" y"')]) == [("spam", "203.0.113.9")]
