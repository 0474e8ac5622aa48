"""Complaints in the Abuse Reporting Format (RFC 5965, RFC 6650), and in the form of Microsoft's JMRP.

The report's own word, Source-IP, goes first: its reporter wrote it. Only where it is missing, the original message's
last Received field is read, which the reporter's server wrote. Whether the reporter is to be believed is not known
here. A report is read from the parts right below the message; in the original, a spammer could write another one.
"""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import NamedTuple

from reputation.addresses.address import Address, parse_address
from reputation.intake import messages, received
from reputation.intake.messages import TrustedNetworks, raw
from reputation.intake.uncounted import NotCounted

SPAM = ("abuse", "fraud", "virus", "other")  # RFC 5965 7.3
ORIGINALS = ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers")
SINGLE = ("content-type", "from", "subject", "mime-version", "content-transfer-encoding")
JMRP_SUBJECT = re.compile(r"complaint about message from \[?([0-9a-f.:]{2,45})\]?", re.IGNORECASE)


class Claim(NamedTuple):
    """What a report says: whom it is about, when the original arrived (Unix seconds), and the original itself.

    `source` is the reporter's word for the sender, None where it has none; `mark` is the report's own number, or "".
    """

    kind: str
    source: Address | None = None
    at: int | None = None
    original: EmailMessage | None = None
    mark: str = ""


class Complaint(NamedTuple):
    """Whom a complaint is about, what for, and when the message arrived that it is about.

    `dedupe_key` tells it from other complaints, so that it counts once.
    """

    address: Address
    kind: str
    at: int | None
    dedupe_key: str
    evidence: str


def complaint_of(message: EmailMessage, claim: Claim, trusted: TrustedNetworks) -> Complaint:
    """Make the complaint of a claim. Raise NotCounted where it names no sender that can be believed."""
    address = claim.source or _from_original(claim.original, trusted)
    about = claim.original if claim.original is not None else message
    mark = claim.mark or messages.content_digest(about)
    evidence = messages.described(about, f"Feedback-Type: {claim.kind}")
    return Complaint(address, claim.kind, claim.at or _arrival(claim.original), mark, evidence)


def arf(message: EmailMessage, parts: list[EmailMessage]) -> Claim | None:
    """Read the report of RFC 5965; None where there is no such part. Raise NotCounted where it says no clear thing."""
    reports = [part for part in parts if messages.content_type(part) == "message/feedback-report"]
    if not reports:
        return None
    if len(reports) > 1:
        raise NotCounted("unread")
    said = messages.read(messages.decoded(reports[0]).lstrip())
    kind = _single(said, "feedback-type").lower()
    if kind not in SPAM:
        raise NotCounted("not spam" if kind else "unread")
    source = _single(said, "source-ip")
    times = map(received.date, (*raw(said, "arrival-date")[:1], *raw(said, "received-date")[:1]))
    return Claim(kind, _address(source) if source else None, next(filter(None, times), None), original_of(parts))


def jmrp(message: EmailMessage, parts: list[EmailMessage]) -> Claim | None:
    """Read a report as Microsoft's Junk Mail Reporting Program sends it: the subject names the sender."""
    subject = JMRP_SUBJECT.fullmatch("".join(raw(message, "subject")).strip())
    if messages.content_type(message) == "message/rfc822":
        original: EmailMessage | None = messages.read(messages.decoded(message))
    else:
        original = original_of(parts)
    return Claim("abuse", _address(subject[1]), original=original) if subject and original is not None else None


def check_singles(message: EmailMessage) -> None:
    """Raise NotCounted where a field stands twice by which the message is read: a signature covers one of them."""
    if any(len(raw(message, name)) > 1 for name in SINGLE):
        raise NotCounted("unread")


def report_parts(message: EmailMessage) -> list[EmailMessage]:
    """Return the parts of a report down to the original message, which is its last (RFC 5965 2).

    What seems to follow stands in the original, whose sender has guessed the boundary.
    """
    parts = messages.parts(message)
    end = next((place for place, part in enumerate(parts, 1) if messages.content_type(part) in ORIGINALS), len(parts))
    return parts[:end]


def original_of(parts: list[EmailMessage]) -> EmailMessage | None:
    """Return the message that is complained of, or its header."""
    part = next((part for part in parts if messages.content_type(part) in ORIGINALS), None)
    return messages.read(messages.decoded(part).lstrip(b"\r\n")) if part is not None else None


def _single(said: EmailMessage, name: str) -> str:
    """A field that may stand there once. NotCounted where it is there twice, since they could differ."""
    found = raw(said, name)
    if len(found) > 1:
        raise NotCounted("unread")
    return " ".join(found[0].split()) if found else ""


def _address(text: str) -> Address:
    try:
        return parse_address(text.strip().removeprefix("[").removesuffix("]").removeprefix("IPv6:"))
    except ValueError:
        raise NotCounted("no source") from None


def _from_original(original: EmailMessage | None, trusted: TrustedNetworks) -> Address:
    """The client of the reporter's server, by its field, which is the uppermost one.

    The name of an inner relay of the reporter is in the server's own domain: who sent to it, nobody has said.
    """
    for hop in messages.hops(original) if original is not None else ():
        if hop is None or hop.is_login or hop.client is None:
            break
        if hop.client in trusted:
            continue
        if hop.name and hop.name.endswith("." + _domain(hop.by)):
            break
        return hop.client
    raise NotCounted("no source")


def _domain(host: str) -> str:
    """The domain of a host: its name without the first label, as long as two are left."""
    return host.partition(".")[2] if host.count(".") > 1 else host


def _arrival(original: EmailMessage | None) -> int | None:
    """When the original arrived: by the reporter's server, or else by its own date, which its sender chose."""
    if original is None:
        return None
    first = next(messages.hops(original), None)
    if first is not None and first.at:
        return first.at
    return next(filter(None, map(received.date, raw(original, "date")[:1])), None)
