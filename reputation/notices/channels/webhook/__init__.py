"""Webhook: an organization's alerts are posted as signed JSON to an address of its own."""

from __future__ import annotations

from reputation.notices.channels.channel import OrganizationChannel
from reputation.notices.channels.webhook import form, texts, transport

CHANNEL = OrganizationChannel(
    name="webhook",
    title="Webhook",
    noun="webhook",
    offer="have alerts posted to an address of yours",
    help=texts.HELP,
    fields=form.FIELDS,
    check=form.check,
    compose=texts.compose,
    send=transport.send,
    has_secret=True,
)
