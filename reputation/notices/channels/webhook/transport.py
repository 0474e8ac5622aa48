"""Calls a webhook.

The body is signed as GitHub and others do it: `X-Gatepost-Signature: sha256=<HMAC of the body under the secret>`.
"""

from __future__ import annotations

import hmac

from reputation.notices.channels import http_client
from reputation.notices.channels.channel import Destination


def send(destination: Destination, message: str, may_be_private: bool) -> str:
    """Call the webhook; return "" or what went wrong."""
    body = message.encode()
    headers = {"Content-Type": "application/json", "X-Gatepost-Signature": signature(destination.secret, body)}
    return http_client.post(destination.values["url"], body, headers, may_be_private)


def signature(secret: str, body: bytes) -> str:
    """Return the header's value for a body."""
    return "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
