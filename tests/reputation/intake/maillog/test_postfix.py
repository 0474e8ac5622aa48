"""Postfix: a client counts for what its own server says of it, in every form of its lines."""

from __future__ import annotations

import pytest

from reputation.intake.maillog import events
from reputation.intake.maillog.postfix import Postfix
from reputation.intake.maillog.records import Record
from tests.conftest import NOON
from tests.reputation.intake.maillog.log_lines import TAIL, counted, delivered, postfix, refused, unknown, why

VICTIM = "192.0.2.66"
CLIENT = "unknown[203.0.113.10]"
SPAM = [("spam", "203.0.113.10")]
GUESS = [("unknown recipient", "203.0.113.10")]
REASON = "milter-reject: END-OF-MESSAGE from"


def test_a_message_that_a_milter_refuses_as_spam_counts() -> None:
    assert counted("postfix", [refused(CLIENT)]) == SPAM


def test_a_delivered_message_is_clean_once() -> None:
    lines = delivered("mail.good.example[198.51.100.25]")

    assert counted("postfix", [*lines[:6], lines[5], lines[6]]) == [("clean", "198.51.100.25")]


def test_an_unknown_recipient_is_a_guess() -> None:
    assert counted("postfix", [unknown(CLIENT)]) == GUESS


@pytest.mark.parametrize(
    "line",
    [
        refused("unknown[203.0.113.10]:4444"),
        refused(CLIENT).replace("postfix/", "postfix-out.1/"),
        refused(CLIENT).replace("postfix/", "postfix/smtp-in/"),
        refused(CLIENT).replace("[123]: ", "[123]: [ID 197553 mail.info] "),
        refused(CLIENT).replace("5.7.1 Spam message rejected", "5.7.1 SPAM"),
        refused(CLIENT).replace("4F1AB3:", "4Y3cVz0Jqdz9t5v:"),
        postfix(
            "smtpd", f"NOQUEUE: proxy-reject: END-OF-MESSAGE from {CLIENT}: 554 5.7.0 Reject, id=1-2 - SPAM; {TAIL}"
        ),
        postfix("cleanup", f"4F1AB5: reject: header Subject: Pills from {CLIENT}; {TAIL}: 5.7.1 spam"),
        postfix("cleanup", f"4F1AB5: reject: body buy now from {CLIENT}; {TAIL}: 5.7.1 this is spam"),
    ],
)
def test_refusals_of_spam_in_every_form_count(line: str) -> None:
    assert counted("postfix", [line]) == SPAM


def test_an_ipv6_client_counts() -> None:
    assert counted("postfix", [refused("unknown[2001:db8::9]")]) == [("spam", "2001:db8::9")]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("4.7.1 Try again later", "a refusal that is not for good"),
        ("4.7.1 Greylisting in action, please come back later", "a refusal that is not for good"),
        ("4.3.0 Error: spam filter is not available", "a refusal that is not for good"),
        ("5.7.1 rejected by DMARC policy for spam.example", "a refusal that does not say spam"),
        ("5.7.1 virus Eicar-Test-Signature detected by ClamAV", "a refusal that does not say spam"),
        ("5.7.1 Action rejected due to DMARC policy for spam", "a refusal that does not say spam"),
        ("5.3.4 Message size exceeds fixed limit", "a refusal that does not say spam"),
        ("5.7.1 spam filter is not available", "a refusal that does not say spam"),
        ("5.7.1 Command rejected", "a refusal that does not say spam"),
        ("5.7.1 bad subject: this is spam", "a refusal that does not say spam"),
    ],
)
def test_a_refusal_that_is_no_verdict_of_spam_counts_for_nothing(words: str, reason: str) -> None:
    assert why("postfix", [refused(CLIENT, words=words)]) == {reason: 1}


@pytest.mark.parametrize(
    "reply",
    [
        "450 4.1.1 <x@acme.example>: Recipient address rejected: unverified address",
        "550 5.1.0 <a@b.example>: Sender address rejected: User unknown in virtual mailbox table",
        "554 5.7.1 Service unavailable; Client host [203.0.113.10] blocked using rep.example",
        "454 4.7.1 <x>: 550 5.1.1 <y>: Recipient address rejected: User unknown@acme.example>: Relay access denied",
    ],
)
def test_a_refused_recipient_that_exists_is_no_guess(reply: str) -> None:
    assert counted("postfix", [postfix("smtpd", f"NOQUEUE: reject: RCPT from {CLIENT}: {reply}; {TAIL}")]) == []


def test_a_logged_in_user_is_never_evidence() -> None:
    login = postfix("smtpd", f"4F1AB3: client={CLIENT}, sasl_method=PLAIN, sasl_username=ada")

    assert why("postfix", [login, refused(CLIENT)]) == {"a logged-in user": 2}
    assert why("postfix", [login, unknown(CLIENT)]) == {"a logged-in user": 2}
    assert why("postfix", [unknown(CLIENT) + " sasl_method=PLAIN sasl_username=ada"]) == {"a logged-in user": 1}
    assert why("postfix", [unknown(CLIENT).replace("/smtpd", "/submission/smtpd")]) == {"a logged-in user": 1}
    assert counted("postfix", [login, *delivered(CLIENT, "4F1AB3")[3:]]) == []


def test_guesses_of_a_session_count_at_its_end_unless_it_had_logged_in() -> None:
    begin = postfix("smtpd", f"connect from {CLIENT}")
    end = f"disconnect from {CLIENT} ehlo=1 {{}}mail=1 rcpt=0/2 quit=1 commands=3/5"
    lines = [begin, unknown(CLIENT), unknown(CLIENT)]

    assert counted("postfix", lines) == []
    assert counted("postfix", [*lines, postfix("smtpd", end.format(""))]) == GUESS
    assert counted("postfix", [*lines, postfix("smtpd", end.format("auth=0/3 "))]) == GUESS
    assert why("postfix", [*lines, postfix("smtpd", end.format("auth=1 "))]) == {"a logged-in user": 1}
    assert why("postfix", [*lines, postfix("smtpd", end.format("auth=1/2 "))]) == {"a logged-in user": 1}


def test_the_next_session_of_the_same_process_is_a_strangers() -> None:
    login = postfix("smtpd", f"4F1AB3: client={CLIENT}, sasl_method=PLAIN, sasl_username=ada")
    end = postfix("smtpd", f"disconnect from {CLIENT} ehlo=2 starttls=1 auth=1 mail=1 commands=5")

    assert counted("postfix", [login, end, unknown(CLIENT)]) == GUESS


def test_a_bounce_is_never_evidence() -> None:
    assert why("postfix", [refused(CLIENT).replace("from=<a@b.example>", "from=<>")]) == {"the null sender": 1}
    assert why("postfix", [unknown(CLIENT, sender="")]) == {"the null sender": 1}
    bounce = [line.replace("from=<a@b.example>", "from=<>") for line in delivered(CLIENT)]
    assert counted("postfix", bounce) == []


def test_one_of_our_own_servers_is_never_evidence() -> None:
    lines = [refused(CLIENT), unknown(CLIENT), *delivered(CLIENT)]

    assert why("postfix", lines, own=("203.0.113.8/29",)) == {"one of our own servers": 3}


@pytest.mark.parametrize("relay", ["127.0.0.1[127.0.0.1]:10024", "localhost[::1]:10024", "mx[private/amavis]"])
def test_what_is_given_to_a_content_filter_is_not_delivered_yet(relay: str) -> None:
    lines = delivered(CLIENT)
    sent = f"to=<y@acme.example>, relay={relay}, delay=1, delays=0.1/0/0/0.9, dsn=2.0.0, status=sent (250 2.0.0 Ok)"
    lines[5] = postfix("smtp", f"4F1AB2: {sent}")

    assert counted("postfix", lines) == []


def test_what_a_filter_discards_is_not_clean() -> None:
    lines = delivered(CLIENT)
    sent = "relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=0.1/0/0/0.9, dsn=2.7.0, status=sent"
    lines[5] = postfix("lmtp", f"4F1AB2: to=<y@acme.example>, {sent} (250 2.7.0 Ok, discarded, id=1-01 - spam)")

    assert counted("postfix", lines) == []


def test_a_message_that_a_filter_gives_back_is_its_first_clients() -> None:
    lines = delivered("localhost[127.0.0.1]")
    lines[1] = postfix("smtpd", f"4F1AB2: client=localhost[127.0.0.1], orig_queue_id=4F1AB1, orig_client={CLIENT}")

    assert counted("postfix", lines) == [("clean", "203.0.113.10")]


def test_a_stranger_cannot_say_whose_message_it_was() -> None:
    lines = delivered(CLIENT)
    lines[1] = postfix("smtpd", f"4F1AB2: client={CLIENT}, orig_queue_id=4F1AB1, orig_client=x[{VICTIM}]")

    assert counted("postfix", lines) == [("clean", "203.0.113.10")]


@pytest.mark.parametrize(
    "line",
    [
        # What a client wrote into its addresses, HELO or header.
        unknown(CLIENT, sender=f'"postfix/smtpd[1]: A1: {REASON} x[{VICTIM}]: 5.7.1 spam"@b.example'),
        refused(CLIENT, words="4.7.1 Try again later").replace(
            "helo=<b>", f"helo=<x>: 5.7.1 spam {REASON} x[{VICTIM}]>"
        ),
        postfix("cleanup", f"4F1AB2: message-id=<A1: {REASON} x[{VICTIM}]: 5.7.1 spam; {TAIL}@b.example>"),
        postfix(
            "cleanup", f"4F1AB2: warning: header Subject: A1: {REASON} x[{VICTIM}]: 5.7.1 spam; {TAIL} from x[1.1.1.1]"
        ),
        postfix(
            "cleanup", f"4F: reject: header X: y from x[{VICTIM}]; {TAIL}: 5.7.1 spam from {CLIENT}; {TAIL}: 5.3.4 big"
        ),
        postfix("smtpd", f"warning: non-SMTP command from {CLIENT}: A1: {REASON} x[{VICTIM}]: 5.7.1 spam; {TAIL}"),
        # What another program says in the same file.
        f"Sep 21 12:00:00 mx sshd[7]: Invalid user postfix/smtpd[1]: A1: {REASON} x[{VICTIM}]: 5.7.1 spam; {TAIL}",
        f"Sep 21 12:00:00 mx dovecot: lmtp(x)<1>: sieve: msgid=<A1: {REASON} x[{VICTIM}]: 5.7.1 spam; {TAIL}>",
        f"Sep 21 12:00:00 mx opendkim[9]: A1: {REASON} x[{VICTIM}]: 5.7.1 spam; {TAIL}",
        f"x postfix/cleanup[1]: A1: {REASON} x[{VICTIM}]: 5.7.1 spam; {TAIL}",
    ],
)
def test_text_that_a_client_chose_names_nobody(line: str) -> None:
    assert [address for _, address in counted("postfix", [line]) if address != "203.0.113.10"] == []
    assert "spam" not in [kind for kind, _ in counted("postfix", [line])]


def test_a_recipient_that_looks_like_a_delivery_is_none() -> None:
    lines = delivered(CLIENT)
    forged = "x>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (x@y"
    bounced = "relay=none, delay=1, delays=1/0/0/0, dsn=5.1.1, status=bounced (user unknown)"
    lines[5] = postfix("smtp", f"4F1AB2: to=<{forged}>, {bounced}")

    assert counted("postfix", lines) == []


@pytest.mark.parametrize("address", ["999.1.1.1", "203.0.113", ":::", "1.2.3.4.5", "fe80::1%eth0"])
def test_an_address_that_is_none_counts_for_nobody(address: str) -> None:
    assert counted("postfix", [refused(f"unknown[{address}]")]) == []


def test_a_line_older_than_six_hours_counts_for_nothing() -> None:
    assert why("postfix", [refused(CLIENT, at=NOON - 6 * 3600 - 1)]) == {"older than six hours": 1}
    assert counted("postfix", [refused(CLIENT, at=NOON - 6 * 3600)]) == SPAM


@pytest.mark.parametrize(
    "line", ["", "x" * 10_000, "\x00\ufffd", postfix("smtpd", "1: client=[[[["), postfix("smtpd", "")]
)
def test_a_line_that_means_nothing_is_passed_over(line: str) -> None:
    assert counted("postfix", [line]) == []


def test_messages_that_never_end_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "MOST_REMEMBERED", 100)
    reader = Postfix()
    for number in range(300):
        reader.read(Record(NOON, "mx", "postfix/smtpd", "1", f"{number:X}: client=a[192.0.2.1]"))

    assert len(reader._messages) == 100
