"""Complaints: the reporter's word for the sender is read where the reporter wrote it, and nothing of the sender's."""

from __future__ import annotations

import base64
import json
from email.utils import formatdate
from typing import Any

import pytest

from reputation.addresses.address import parse_address
from reputation.intake.arf import Complaint, complaint_of
from reputation.intake.complaints import claim_of
from reputation.intake.messages import TrustedNetworks, read
from reputation.intake.uncounted import NotCounted
from tests.conftest import NOON

SENDER, VICTIM = "203.0.113.9", "192.0.2.66"
HEADERS = """Received: from spammer.example (unknown [203.0.113.9]) by mx.acme.example with ESMTP
From: a@spammer.example
To: someone@acme.example
Subject: Offer
Message-ID: <1@spammer.example>
"""


def report(
    fields: str = f"Feedback-Type: abuse\nSource-IP: {SENDER}",
    original: str = HEADERS,
    kind: str = "message/rfc822",
    above: str = "",
) -> bytes:
    return f"""{above}From: abuse@provider.example
To: fbl@acme.example
Subject: FW: Offer
Message-ID: <r1@provider.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="part"

--part
Content-Type: text/plain

This is an abuse report.

--part
Content-Type: message/feedback-report

User-Agent: Provider/1.0
Version: 1
{fields}

--part
Content-Type: {kind}

{original}
text
--part--
""".encode()


def jmrp(subject: str = f"complaint about message from {SENDER}", original: str = HEADERS) -> bytes:
    """As Microsoft's Junk Mail Reporting Program sends it."""
    return f"""From: <staff@hotmail.example>
To: fbl@acme.example
Subject: {subject}
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: message/rfc822
Content-Disposition: inline

X-HmXmrOriginalRecipient: someone@hotmail.example
{original}
text
--part--
""".encode()


def xarf(**changed: Any) -> bytes:
    """A report of XARF 4 as a part beside the text for people."""
    said = {
        "xarf_version": "4.0.0", "report_id": "550e8400-e29b-41d4-a716", "timestamp": "2026-09-21T11:00:00Z",
        "reporter": {"org": "Provider", "contact": "abuse@provider.example", "domain": "provider.example"},
        "source_identifier": SENDER, "category": "messaging", "type": "spam", "evidence_source": "user_complaint",
        "protocol": "smtp", "smtp_from": "a@spammer.example",
        "evidence": [{"content_type": "message/rfc822", "payload": base64.b64encode(HEADERS.encode()).decode()}],
        **changed,
    }  # fmt: skip
    return f"""From: abuse@provider.example
Subject: XARF
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="part"

--part
Content-Type: text/plain

A report.
--part
Content-Type: application/json; name="xarf.json"

{json.dumps(said)}
--part--
""".encode()


def complaint(content: bytes, trusted: TrustedNetworks | None = None) -> Complaint:
    message = read(content)
    return complaint_of(message, claim_of(message), trusted or TrustedNetworks())


def why_not(content: bytes, trusted: TrustedNetworks | None = None) -> str:
    with pytest.raises(NotCounted) as refused:
        complaint(content, trusted)
    return refused.value.why


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_the_reports_word_goes_before_what_stands_in_the_original(kind: str) -> None:
    found = complaint(report(f"Feedback-Type: abuse\nSource-IP: {VICTIM}", kind=kind))

    assert found.address == parse_address(VICTIM)
    assert found.kind == "abuse" and found.dedupe_key
    assert "Subject: Offer" in found.evidence and "someone" not in found.evidence


@pytest.mark.parametrize(
    "received",
    [
        "from 127.0.0.1 (EHLO x) (203.0.113.81) by mta1.provider.example with SMTPS",
        "from out.example (203.0.113.86) by mx.provider.example",
        "from r2.provider.example (r2.provider.example [198.51.100.7]) by mx.provider.example (Postfix) with ESMTP",
        "by 2002:a05:6a10 with SMTP id x",
    ],
)
def test_no_field_of_the_original_is_believed_over_source_ip(received: str) -> None:
    original = f"Received: {received}\nReceived: from x ([{VICTIM}]) by y (Postfix) with SMTP id 1\n{HEADERS}"

    assert complaint(report(original=original)).address == parse_address(SENDER)


@pytest.mark.parametrize("said", ["192.0.2.66", "[192.0.2.66]", "2001:db8::66", "IPv6:2001:db8::66"])
def test_source_ip_is_read_in_each_way_that_it_is_written(said: str) -> None:
    found = complaint(report(f"Feedback-Type: abuse\nSource-IP: {said}", "Subject: Offer\n"))

    assert found.address == parse_address(said.strip("[]").removeprefix("IPv6:"))


NO_SOURCE = "Feedback-Type: abuse"


def test_without_source_ip_the_reporters_server_says_who_sent_it() -> None:
    assert complaint(report(NO_SOURCE)).address == parse_address(SENDER)


@pytest.mark.parametrize(
    ("received", "client"),
    [
        ("from 127.0.0.1 (EHLO x) (203.0.113.81) by mta1.provider.example with SMTPS", "203.0.113.81"),
        ("from out.example (203.0.113.86) by mx.provider.example", "203.0.113.86"),
    ],
)
def test_forms_of_providers_are_read_and_the_next_field_is_not(received: str, client: str) -> None:
    original = f"Received: {received}\nReceived: from x ([{VICTIM}]) by y (Postfix) with SMTP id 1\n{HEADERS}"

    assert complaint(report(NO_SOURCE, original)).address == parse_address(client)


@pytest.mark.parametrize(
    "received",
    [
        "from mx1.provider.example (mx1.provider.example [198.51.100.7]) by st.provider.example (Postfix) with ESMTP",
        "from nobody.example by store.provider.example with nothing",
        "by 2002:a05:6a10 with SMTP id x",
        "from mx by store.provider.example with LMTP id 1",
        "from [203.0.113.5] (x [203.0.113.5]) by mx.provider.example (Postfix) with ESMTPSA id 1",
    ],
)
def test_neither_an_inner_relay_of_the_reporter_nor_what_is_below_it_is_taken(received: str) -> None:
    original = f"Received: {received}\nReceived: from x (y [{VICTIM}]) by z (Postfix) with SMTP id 1\n{HEADERS}"

    assert why_not(report(NO_SOURCE, original)) == "no source"


def test_servers_that_were_named_are_passed_over() -> None:
    original = "Received: from mx.acme.example ([198.51.100.1]) by store.acme.example\n" + HEADERS

    assert complaint(report(NO_SOURCE, original), TrustedNetworks(["198.51.100.0/24"])).address == parse_address(SENDER)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"Subject: I complain\n\nof 192.0.2.1", "unread"),
        (b"", "unread"),
        (report("Feedback-Type: not-spam\nSource-IP: 192.0.2.66"), "not spam"),
        (report("Feedback-Type: auth-failure\nSource-IP: 192.0.2.66"), "not spam"),
        (report("Source-IP: 192.0.2.66"), "unread"),
        (report("Feedback-Type: abuse\nSource-IP: 192.0.2.66\nSource-IP: 192.0.2.67"), "unread"),
        (report("Feedback-Type: abuse\nSource-IP: somewhere"), "no source"),
        (report(NO_SOURCE, "Subject: Offer\n"), "no source"),
        (report(above="Content-Type: text/plain\n"), "unread"),  # it stands twice, and a signature covers one
        (report(above="From: x@y.example\n"), "unread"),
        (jmrp("complaint about message from somewhere"), "unread"),
        (jmrp("complaint about message from 300.1.1.1"), "no source"),
        (jmrp("AW: complaint about message from 192.0.2.66"), "unread"),
        (jmrp("Undelivered Mail Returned to Sender"), "unread"),
        (xarf(category="connection", type="ddos"), "not spam"),
        (xarf(source_identifier="spammer.example"), "no source"),
        (xarf(xarf_version="3"), "unread"),
        (xarf(xarf_version=None), "unread"),
        (b"Content-Type: application/json\n\n" + b"[" * 100_000, "unread"),
        (b"Content-Type: application/json\n\n" + b"9" * 100_000, "unread"),
        (b"Content-Type: multipart/report; boundary*0*=%%; x\n\n--x\n", "unread"),
    ],
)
def test_what_complains_of_nobody_is_not_counted_and_says_why(content: bytes, why: str) -> None:
    assert why_not(content) == why


def test_a_report_of_microsofts_programme_is_read_by_its_subject() -> None:
    found = complaint(jmrp())

    assert (found.address, found.kind) == (parse_address(SENDER), "abuse") and "Subject: Offer" in found.evidence


def test_a_report_of_xarf_is_read_in_a_part_or_as_the_whole_message() -> None:
    found = complaint(xarf())
    whole = json.dumps({"xarf_version": "4.2.0", "category": "messaging", "type": "spam", "source_identifier": VICTIM})

    assert (found.address, found.at) == (parse_address(SENDER), NOON - 3600) and "Subject: Offer" in found.evidence
    assert complaint(f"Content-Type: application/json\n\n{whole}".encode()).address == parse_address(VICTIM)


def test_a_report_that_the_spammer_wrote_into_the_message_is_not_one() -> None:
    """Of a message that is no report by itself, such as one of JMRP with another subject."""
    inner = report(f"Feedback-Type: abuse\nSource-IP: {VICTIM}").decode()
    nested = inner
    for depth in range(10):
        nested = f'Content-Type: multipart/mixed; boundary="d{depth}"\n\n--d{depth}\n{nested}\n--d{depth}--\n'

    assert why_not(jmrp("Offer", inner)) == "unread"
    assert complaint(jmrp(original=inner)).address == parse_address(SENDER)
    assert complaint(report(original=inner)).address == parse_address(SENDER)
    assert why_not(b"From: x@y.example\n" + nested.encode()) == "unread"


def test_parts_within_parts_beyond_all_measure_are_no_burden() -> None:
    deep = "".join(f'Content-Type: multipart/mixed; boundary="{depth}"\n\n--{depth}\n' for depth in range(20_000))

    assert why_not(deep.encode()) == "unread"


@pytest.mark.parametrize(
    ("fields", "original", "at"),
    [
        (f"Arrival-Date: {formatdate(NOON)}", HEADERS, NOON),
        (f"Received-Date: {formatdate(NOON)}", HEADERS, NOON),
        (
            "",
            HEADERS.replace("with ESMTP", f"with ESMTP; {formatdate(NOON)}") + f"Date: {formatdate(NOON - 9)}\n",
            NOON,
        ),
        ("", HEADERS + f"Date: {formatdate(NOON)}\n", NOON),
        ("Arrival-Date: yesterday", HEADERS, None),
        ("", HEADERS, None),
    ],
)
def test_when_the_original_arrived_is_the_reporters_word_first(fields: str, original: str, at: int | None) -> None:
    assert complaint(report(f"Feedback-Type: abuse\nSource-IP: {SENDER}\n{fields}".strip(), original)).at == at


def test_two_complaints_about_one_message_are_one_and_about_two_are_two() -> None:
    first, again = complaint(report()), complaint(report("User: x\nFeedback-Type: abuse\nSource-IP: 203.0.113.9"))
    other = complaint(report(original=HEADERS.replace("Offer", "Another")))

    assert first.dedupe_key == again.dedupe_key != other.dedupe_key


@pytest.mark.parametrize("content", [report(), jmrp(), xarf()])
def test_a_complaint_that_is_cut_off_anywhere_raises_nothing_else(content: bytes) -> None:
    for cut in range(0, len(content), 23):
        try:
            complaint(content[:cut])
        except NotCounted:
            pass
