"""What is set up for a webhook: its address."""

from __future__ import annotations

from collections.abc import Mapping

from reputation.notices.channels import http_client
from reputation.notices.channels.channel import Field

FIELDS = (Field("url", "Webhook address", "Alerts of {organization} are posted there as JSON. Empty: nowhere."),)


def check(values: Mapping[str, str]) -> None:
    """Raise Refused for what is not a web address."""
    http_client.check_url(values["url"], "Write the webhook's address with https://, as in https://example.org/hook.")
