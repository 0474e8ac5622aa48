"""Complaints in the Abuse Reporting Format (RFC 5965, RFC 6650): who sent the message that somebody complains about.

The original message is believed first, because a sender cannot forge the Received fields that servers we trust have
written. The report's own field Source-IP is used only where there is no such field. Anybody can write a report, so its
weight depends on its reporter's reputation, which the caller knows.
"""

from __future__ import annotations

from email.message import EmailMessage, Message
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from reputation.addresses.address import Address, parse_address
from reputation.intake.messages import (
    TrustedNetworks,
    described,
    field,
    first_untrusted,
    read,
)
from reputation.refusal import Refused

SPAM = ("abuse", "fraud", "virus", "other")  # RFC 5965 7.3
MOST_PARTS = 50


Part: TypeAlias = "Message[Any, Any]"  # at run time the class takes no types


class Complaint(NamedTuple):
    """Whom a complaint is about, what for, and who sent it.

    `dedupe_key` tells it from other complaints, so that it counts once.
    """

    address: Address
    kind: str
    reporter: str
    dedupe_key: str
    evidence: str


def complaint(message: EmailMessage, trusted: TrustedNetworks) -> Complaint:
    """Read the complaint out of a message; Refused says why the message is no complaint, or names no sender."""
    parts: list[Part] = list(islice(message.walk(), MOST_PARTS))
    report = next((part for part in parts if part.get_content_type() == "message/feedback-report"), None)
    if report is None:
        raise Refused("The message is no complaint: it has no part of type message/feedback-report (RFC 5965).")
    said = _fields(report)
    kind = str(said.get("feedback-type", "abuse")).strip().lower()
    if kind not in SPAM:
        raise Refused(f"The report is of type {kind!r}, which is not a complaint about spam.")
    original = _original(parts)
    address = first_untrusted(original, trusted) if original else None
    address = address or _source(said)
    if address is None:
        raise Refused("The complaint names no sender: neither its original message nor Source-IP does.")
    first = original if original is not None else message
    return Complaint(
        address,
        kind,
        field(message, "from"),
        field(first, "message-id") or field(message, "message-id"),
        described(first, f"Feedback-Type: {kind}"),
    )


def _fields(report: Part) -> Part:
    """The report's fields: the parser reads a message/* part as a message of its own."""
    inner = report.get_payload()
    return inner[0] if isinstance(inner, list) and inner and isinstance(inner[0], Message) else report


def _original(parts: list[Part]) -> EmailMessage | None:
    """The message that is complained of, or its header."""
    for part in parts:
        kind = part.get_content_type()
        if kind == "message/rfc822" and isinstance(part.get_payload(), list):
            inner = part.get_payload(0)
            return inner if isinstance(inner, EmailMessage) else None
        if kind == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            return read(payload) if isinstance(payload, bytes) else None
    return None


def _source(said: Part) -> Address | None:
    try:
        return parse_address(str(said.get("source-ip", "")).strip().strip("[]").removeprefix("IPv6:"))
    except ValueError:
        return None
