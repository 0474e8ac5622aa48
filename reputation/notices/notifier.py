"""Tells people about alerts: they are gathered for a minute, then each channel gets one message for those who chose it.

An alert that was raised and not told yet is told at the next turn, also after a restart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from reputation.clock import was_within
from reputation.notices import alerts, deliveries
from reputation.notices.alerts import AlertView
from reputation.notices.channels import CHANNELS
from reputation.notices.channels.channel import AlertBatch, PersonalChannel
from reputation.store import db
from reputation.store.models import Organization

GATHERED = 60  # seconds, so that ten servers listed at once make one letter


def notify(portal_url: str, now: int) -> str:
    """Write the messages about alerts that people were not told yet; return a sentence, or "" where none is due."""
    with db.write():
        waiting = alerts.not_notified()
        if not waiting or was_within(waiting[0].raised_at, now, GATHERED):
            return ""
        messages = sum(_enqueue(batch, now) for batch in _batches(waiting, portal_url))
        alerts.mark_notified(waiting, now)
    return f"Told {len(waiting)} alerts in {messages} messages."


def _batches(waiting: Sequence[AlertView], portal_url: str) -> list[AlertBatch]:
    by_organization: dict[int | None, list[AlertView]] = defaultdict(list)
    for alert in waiting:
        by_organization[alert.organization_id].append(alert)
    return [
        AlertBatch(
            owner, "the installation" if owner is None else Organization.get_by_id(owner).name, found, portal_url
        )
        for owner, found in by_organization.items()
    ]


def _enqueue(batch: AlertBatch, now: int) -> int:
    """How many messages all channels have written."""
    return sum(
        channel.enqueue(batch, now) if isinstance(channel, PersonalChannel) else deliveries.enqueue(channel, batch, now)
        for channel in CHANNELS
    )
