"""Complaints: the original message is believed first, then what the report says, and never anything else."""

from __future__ import annotations

import pytest

from reputation.addresses.address import parse_address
from reputation.intake.arf import complaint
from reputation.intake.messages import TrustedNetworks, read
from reputation.refusal import Refused

HEADERS = """Received: from spammer.example (unknown [203.0.113.9]) by mx.acme.example with ESMTP
From: a@spammer.example
To: someone@acme.example
Subject: Offer
Message-ID: <1@spammer.example>
"""


def report(
    fields: str = "Feedback-Type: abuse\nSource-IP: 192.0.2.66", original: str = HEADERS, kind: str = "message/rfc822"
) -> bytes:
    return f"""From: abuse@provider.example
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


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_the_original_message_goes_before_the_reports_word(kind: str) -> None:
    found = complaint(read(report(kind=kind)), TrustedNetworks())

    assert found.address == parse_address("203.0.113.9")
    assert (found.kind, found.dedupe_key, found.reporter) == ("abuse", "<1@spammer.example>", "abuse@provider.example")
    assert "Subject: Offer" in found.evidence and "someone" not in found.evidence


def test_servers_that_we_trust_are_passed_over() -> None:
    original = "Received: from mx.acme.example ([198.51.100.1]) by store.acme.example\n" + HEADERS

    assert complaint(read(report(original=original)), TrustedNetworks(["198.51.100.0/24"])).address == parse_address(
        "203.0.113.9"
    )


@pytest.mark.parametrize("said", ["192.0.2.66", "[192.0.2.66]", "2001:db8::66"])
def test_without_a_hop_the_reports_source_is_taken(said: str) -> None:
    found = complaint(read(report(f"Feedback-Type: abuse\nSource-IP: {said}", "Subject: Offer\n")), TrustedNetworks())

    assert found.address == parse_address(said.strip("[]"))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"Subject: I complain\n\nof 192.0.2.1", "no part of type message/feedback-report"),
        (b"", "no part of type message/feedback-report"),
        (report("Feedback-Type: not-spam\nSource-IP: 192.0.2.66"), "is not a complaint about spam"),
        (report("Feedback-Type: auth-failure\nSource-IP: 192.0.2.66"), "is not a complaint about spam"),
        (report("Feedback-Type: abuse\nSource-IP: somewhere", "Subject: Offer\n"), "names no sender"),
        (report("Feedback-Type: abuse", "Subject: Offer\n"), "names no sender"),
    ],
)
def test_what_complains_of_nobody_is_refused_with_the_reason(content: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says):
        complaint(read(content), TrustedNetworks())


@pytest.mark.parametrize("cut", range(0, len(report()), 37))
def test_a_complaint_that_is_cut_off_anywhere_raises_nothing_else(cut: int) -> None:
    try:
        complaint(read(report()[:cut]), TrustedNetworks())
    except Refused:
        pass
