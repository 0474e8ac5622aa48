"""Messages: who handed them over, and what is no evidence."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from reputation.addresses.address import parse_address
from reputation.intake.messages import (
    TrustedNetworks,
    content_digest,
    content_type,
    decoded,
    described,
    first_untrusted,
    hops,
    is_automatic,
    parts,
    read,
)
from reputation.intake.uncounted import NotCounted

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


TRUSTED = TrustedNetworks(["198.51.100.0/24"])
RELAY = parse_address("198.51.100.2")


def test_the_hops_are_named_from_the_last_server_down() -> None:
    found = [str(hop.client) if hop else None for hop in hops(read(RELAYED))]

    assert found == ["198.51.100.1", "203.0.113.9", None]


def test_whoever_connects_is_the_sender_unless_it_is_a_relay_of_ours() -> None:
    message = read(RELAYED)

    assert first_untrusted(message, TrustedNetworks(), parse_address("192.0.2.1")) == parse_address("192.0.2.1")
    assert first_untrusted(message, TRUSTED, RELAY) == parse_address("203.0.113.9")
    both = TRUSTED | TrustedNetworks(["203.0.113.0/24"])
    assert why_nobody(message, both) == "unread hop", "what a sender has put below is never reached"


@pytest.mark.parametrize(
    ("first", "why"),
    [
        ("from mx.acme.example by mx2.acme.example with something", "unread hop"),
        ("by mx.acme.example (Postfix, from userid 1000) id 1", "unread hop"),
        ("from a (b [192.0.2.5]) by mx.acme.example (Postfix) with ESMTPSA id 1", "own user"),
        ("from mx.acme.example by imap.acme.example with LMTP id 1", "203.0.113.9"),
        ("(qmail 12 invoked from network)", "203.0.113.9"),
        ("from [192.0.2.66] (unknown [203.0.113.7]) by mx.acme.example (Postfix) with ESMTP id 1", "203.0.113.7"),
    ],
)
def test_a_field_that_cannot_be_read_names_nobody_and_never_the_next_one(first: str, why: str) -> None:
    message = read(f"Received: {first}\nReceived: from x (y [203.0.113.9]) by z (Postfix) with SMTP id 1\n\n".encode())

    try:
        found = str(first_untrusted(message, TRUSTED, RELAY))
    except NotCounted as reason:
        found = reason.why
    assert found == why


def test_a_name_that_is_encoded_is_not_decoded() -> None:
    """A HELO may have all characters of an encoded word (RFC 2047), and a server writes it down as it came."""
    helo = "=?us-ascii?q?x_=28y_[192.0.2.66]=29_by_z_=28Postfix=29_with_SMTP_id_1?="
    field = f"Received: from {helo} (unknown [203.0.113.7]) by mx.acme.example (Postfix) with ESMTP id 1\n\n"

    assert first_untrusted(read(field.encode()), TRUSTED, RELAY) == parse_address("203.0.113.7")


def test_a_message_without_a_field_of_ours_names_nobody() -> None:
    assert why_nobody(read(b"Subject: x\n\n"), TRUSTED) == "no hop"


def why_nobody(message: EmailMessage, trusted: TrustedNetworks) -> str:
    with pytest.raises(NotCounted) as refused:
        first_untrusted(message, trusted, RELAY)
    return refused.value.why


def test_only_the_parts_right_below_a_message_are_its_parts() -> None:
    inner = "Content-Type: multipart/mixed; boundary=b\n\n--b\nSubject: two\n\n2\n--b--\n"
    whole = f"Content-Type: multipart/mixed; boundary=a\n\nabove\n--a\nSubject: one\n\n1\n--a\n{inner}--a--\n--a\nx"
    message = read(whole.encode())

    first, second = parts(message)
    assert (first["subject"], decoded(first), content_type(second)) == ("one", b"1", "multipart/mixed")
    assert parts(read(b"Subject: x\n\n--a\n\n1\n--a--")) == []
    assert parts(read(b"Content-Transfer-Encoding: base64\n" + whole.encode())) == []


def test_a_message_is_known_by_what_its_author_wrote() -> None:
    first = read(b"Received: from a\nFrom: a@b.example\nMessage-ID: <1@b>\nTo: x@y\n\ntext\n")

    same = read(b"Received: from b\nFrom: a@b.example\nMessage-ID: <1@b>\nTo: z@y\n\ntext\r\n\r\n")
    other = read(b"Received: from a\nFrom: a@b.example\nMessage-ID: <1@b>\nTo: x@y\n\nanother\n")
    assert content_digest(first) == content_digest(same) != content_digest(other)


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
def test_bounces_answers_and_lists_are_told_from_others(header: str, automatic: bool) -> None:
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
    assert parts(message) == [] and content_digest(message)
