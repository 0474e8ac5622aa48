"""The content of a call of a webhook, and the help about it."""

from __future__ import annotations

import json

from reputation.notices.channels.channel import AlertBatch

HELP = """
Alerts are posted as JSON: `{"alerts": [{"kind", "subject", "text", "raised_at", "cleared_at"}]}`, times in Unix
seconds. The header `X-Gatepost-Signature` is `sha256=` and the HMAC of the body under your secret: check it before
you trust a call. After an answer other than 2xx the call is repeated for some hours. Addresses inside the
installation's own network are not called.
"""
NAMES = ("kind", "subject", "text", "raised_at", "cleared_at")


def compose(batch: AlertBatch) -> str:
    """Write the body: the kind, the subject and the sentence of each alert; times in Unix seconds."""
    told = {"alerts": [{name: getattr(alert, name) for name in NAMES} for alert in batch.alerts]}
    return json.dumps({**told, "trial": True} if batch.is_trial else told)
