"""Where an organization's alerts are sent besides mail, and the messages that wait to be sent there.

It owns what was set up for each channel, when a message is tried again, and when it is given up. The channel decides
what a message says and how it is sent.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import NamedTuple

from reputation.notices import outbox
from reputation.notices.channels import OF_ORGANIZATIONS
from reputation.notices.channels.channel import AlertBatch, Destination, OrganizationChannel
from reputation.refusal import Refused
from reputation.store import audit, db
from reputation.store.models import AlertChannel, AlertMessage

PAUSES = (30, 120, 600, 3600, 3 * 3600)  # seconds until the next try; the last one again and again
TRIES = 8
AT_ONCE = 20


class Delivery(NamedTuple):
    """How a channel is set up.

    `status` is the sentence about the last message, which was sent at `sent_at` (Unix seconds).
    """

    values: Mapping[str, str]
    secret: str
    status: str
    sent_at: int | None


def find(organization_id: int, channel: OrganizationChannel) -> Delivery | None:
    """Return how an organization has set up a channel; None where it has not."""
    row = _row(organization_id, channel)
    return Delivery(_values(row), row.secret, row.status, row.sent_at) if row else None


def choose(organization_id: int, channel: OrganizationChannel, given: Mapping[str, str], now: int, who: str) -> None:
    """Set a channel up, with a new secret; where all fields are empty, remove it. Raise Refused for a wrong value."""
    values = {field.name: given.get(field.name, "").strip() for field in channel.fields}
    is_wanted = any(values.values())
    if is_wanted:
        _check(channel, values)
    with db.write():
        row = _row(organization_id, channel)
        before = _shown(channel, _values(row)) if row else ""
        if row and not is_wanted:
            row.delete_instance()  # and with it what waits
        elif is_wanted:
            row = row or AlertChannel(organization=organization_id, channel=channel.name)
            row.settings, row.secret, row.created_at = json.dumps(values), secrets.token_hex(32), now
            row.status, row.sent_at = "", None
            row.save()
        after = _shown(channel, values)
        audit.record(organization_id, who, f"{channel.title} changed", now, before=before, after=after)


def request_trial(organization_id: int, channel: OrganizationChannel, now: int) -> None:
    """Send a message that says it is a trial; do nothing where the channel is not set up."""
    enqueue(channel, AlertBatch(organization_id, "", (), "", is_trial=True), now)


def enqueue(channel: OrganizationChannel, batch: AlertBatch, now: int) -> int:
    """Write the message about a batch where its organization has set the channel up; return how many, 0 or 1."""
    row = _row(batch.organization_id, channel) if batch.organization_id is not None else None
    if row is None:
        return 0
    AlertMessage.create(channel=row, text=channel.compose(batch), created_at=now)
    return 1


def send_due(now: int, may_be_private: bool = False) -> str:
    """Send the messages that are due; return a sentence, empty where there was none.

    `may_be_private`: also to destinations inside the network of this machine.
    """
    due = AlertMessage.select(AlertMessage, AlertChannel).join(AlertChannel)
    due = list(due.where(outbox.is_due(AlertMessage, PAUSES, now)).order_by(AlertMessage.id).limit(AT_ONCE))
    done = sum(_send(message, now, may_be_private) for message in due)
    return f"Sent {done} of {len(due)} messages." if due else ""


def _send(message: AlertMessage, now: int, may_be_private: bool) -> bool:
    row = message.channel
    channel = OF_ORGANIZATIONS.get(row.channel)
    if channel is None:  # of a version that had it
        message.delete_instance()
        return False
    problem = channel.send(Destination(_values(row), row.secret), message.text, may_be_private)
    # Of this destination alone: somebody may have chosen another one meanwhile.
    told = {"status": problem or "The last call was answered well.", "sent_at": now}
    same = (AlertChannel.id == row.id) & (AlertChannel.secret == row.secret)
    AlertChannel.update(told).where(same).execute()
    if not problem or message.tries + 1 >= TRIES:
        message.delete_instance()
        return not problem
    message.next_try_at = now + PAUSES[min(message.tries, len(PAUSES) - 1)]
    message.tries += 1
    message.save()
    return False


def _check(channel: OrganizationChannel, values: Mapping[str, str]) -> None:
    for field in channel.fields:
        if field.required and not values[field.name]:
            raise Refused(f"{field.label} is missing: fill it in, or empty all fields.")
        if len(values[field.name]) > field.longest:
            raise Refused(f"{field.label}: use at most {field.longest} characters.")
    channel.check(values)


def _row(organization_id: int, channel: OrganizationChannel) -> AlertChannel | None:
    row: AlertChannel | None = AlertChannel.get_or_none(
        (AlertChannel.organization == organization_id) & (AlertChannel.channel == channel.name)
    )
    return row


def _values(row: AlertChannel) -> dict[str, str]:
    values: dict[str, str] = json.loads(row.settings)
    return values


def _shown(channel: OrganizationChannel, values: Mapping[str, str]) -> str:
    """The values as the audit log may have them."""
    return ", ".join(values.get(field.name, "") for field in channel.fields if not field.secret)
