"""Where a web address of an organization may lead: to public addresses alone, however one is written."""

from __future__ import annotations

import pytest

from reputation.notices.channels import http_client


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[fec0::1]", "[2002:7f00:1::]", "0"]
)
def test_an_address_inside_this_machines_network_is_not_called(host: str) -> None:
    said = http_client.post(f"http://{host}:9/hook", b"{}", {}, may_be_private=False)

    assert "inside this machine's network, where alerts are not sent" in said
