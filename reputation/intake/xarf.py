"""Complaints in XARF version 4: a JSON object, as a part of a message or as all of it.

Whether the reporter is to be believed is not known here; what the object says of its reporter is not looked at.
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from reputation.addresses.address import Address, parse_address
from reputation.intake import messages
from reputation.intake.arf import Claim
from reputation.intake.uncounted import NotCounted

TYPES = ("application/json", "application/xarf+json", "text/json")
SPAM = ("spam", "bulk_messaging")  # of the category messaging


def xarf(message: EmailMessage, parts: list[EmailMessage]) -> Claim | None:
    """Read the report; None where there is no such part. Raise NotCounted where it says no clear thing."""
    found = [report for part in (message, *parts) if (report := _object(part)) is not None]
    if not found:
        return None
    report = found[0]
    if len(found) > 1 or not str(report["xarf_version"]).startswith("4."):
        raise NotCounted("unread")
    if report.get("category") != "messaging" or report.get("type") not in SPAM:
        raise NotCounted("not spam")
    return Claim(
        str(report["type"]), _address(report), _time(report.get("timestamp")), _original(report), _mark(report)
    )


def _object(part: EmailMessage) -> dict[str, Any] | None:
    if messages.content_type(part) not in TYPES:
        return None
    try:
        found = json.loads(messages.decoded(part))
    except (ValueError, RecursionError):  # brackets within brackets
        return None
    return found if isinstance(found, dict) and "xarf_version" in found else None


def _address(report: dict[str, Any]) -> Address:
    try:
        return parse_address(str(report.get("source_identifier", "")))
    except ValueError:
        raise NotCounted("no source") from None


def _time(said: object) -> int | None:
    """When the incident was, in ISO 8601."""
    try:
        found = datetime.fromisoformat(str(said))
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        return None


def _original(report: dict[str, Any]) -> EmailMessage | None:
    evidence = report.get("evidence")
    for item in evidence if isinstance(evidence, list) else ():
        if isinstance(item, dict) and item.get("content_type") == "message/rfc822":
            try:
                return messages.read(base64.b64decode(str(item.get("payload", ""))))
            except ValueError:
                return None
    return None


def _mark(report: dict[str, Any]) -> str:
    return str(report.get("report_id", ""))[:200]
