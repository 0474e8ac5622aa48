"""Messages: who handed them over, and what is no evidence."""

from __future__ import annotations

import pytest

from reputation.addresses.address import Address, parse_address
from reputation.intake.messages import (
    TrustedNetworks,
    described,
    first_untrusted,
    hops,
    is_automatic,
    read,
)

RELAYED = b"""Received: from mx.acme.example (mx.acme.example [198.51.100.1]) by trap.example with ESMTP
Received: from spammer.example (unknown [203.0.113.9])
\tby mx.acme.example (Postfix) with ESMTPS id 4F1; Tue, 3 Nov 2026 08:12:05 +0000
Received: from [192.0.2.99] by spammer.example with HTTP
From: a@spammer.example
To: trap@trap.example
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <1@spammer.example>

text
"""


def addresses(texts: list[str]) -> list[Address]:
    return [parse_address(text) for text in texts]


def test_the_hops_are_named_from_the_last_server_down() -> None:
    assert list(hops(read(RELAYED))) == addresses(["198.51.100.1", "203.0.113.9", "192.0.2.99"])


@pytest.mark.parametrize(
    ("line", "hop"),
    [
        ("from a (b [IPv6:2001:db8::1]) by c", ["2001:db8::1"]),
        ("from [::ffff:192.0.2.1] by c", ["192.0.2.1"]),
        ("by c (qmail 1) with [192.0.2.7]", []),  # of the receiving server, not of the sender
        ("from a (b [300.1.1.1]) by c", []),
        ("from a by c for <x@[192.0.2.7]>", []),
        ("", []),
    ],
)
def test_a_field_names_the_client_or_nobody(line: str, hop: list[str]) -> None:
    assert list(hops(read(f"Received: {line}\n\ntext".encode()))) == addresses(hop)


def test_whoever_connects_is_the_sender_unless_it_is_a_relay_of_ours() -> None:
    message, relay = read(RELAYED), parse_address("198.51.100.2")

    assert first_untrusted(message, TrustedNetworks(), parse_address("192.0.2.1")) == parse_address("192.0.2.1")
    trusted = TrustedNetworks(["198.51.100.0/24"])
    assert first_untrusted(message, trusted, relay) == parse_address("203.0.113.9")
    # What a sender has put below is never reached.
    assert first_untrusted(message, TrustedNetworks(["198.51.100.0/24", "203.0.113.0/24"]), relay) == parse_address(
        "192.0.2.99"
    )
    assert first_untrusted(read(b"Subject: x\n\n"), trusted, relay) is None


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: no", False),
        ("Precedence: bulk", True),
        ("List-Id: <news.acme.example>", True),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=x", True),
        ("Subject: Offer", False),
        ("Auto-Submitted: =?broken", True),
    ],
)
def test_bounces_answers_and_lists_are_no_evidence(header: str, automatic: bool) -> None:
    assert is_automatic(read(f"{header}\n\ntext".encode())) is automatic


def test_evidence_never_names_to_whom_a_message_went() -> None:
    evidence = described(read(RELAYED), "Seen here")

    assert evidence == "Seen here\nFrom: a@spammer.example\nSubject: Grüße\nMessage-ID: <1@spammer.example>"


@pytest.mark.parametrize(
    "content", [b"", b"\0\xff\n\n", b"From: =?x?q?\n\n", b"Message-ID: <<>>@[\n\n", b"Date: \xff\n\n"]
)
def test_whatever_comes_is_a_message(content: bytes) -> None:
    message = read(content)

    assert isinstance(described(message), str) and isinstance(is_automatic(message), bool)
