"""What the program prints when its doors are open."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app import announce, announce_dns
from portal.app_context import FirstRunLink
from reputation import compiled, settings
from reputation.verdict import decision

assert decision
RUNS = "compiled" if compiled.is_compiled() else "interpreted"


def printed(capsys: pytest.CaptureFixture[str], *dns_addresses: tuple[str, int]) -> list[str]:
    door: Any = SimpleNamespace(server=SimpleNamespace(addresses=dns_addresses))
    context: Any = SimpleNamespace(first_run=FirstRunLink())
    portal: Any = SimpleNamespace(url="http://127.0.0.1:8080")
    announce_dns(settings.read({}, {}), door)
    announce(settings.read({}, {}), context, portal, None)
    return capsys.readouterr().out.splitlines()


def test_each_door_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, ("127.0.0.1", 5300), ("::1", 5300)) == [
        f"DNS ready on 127.0.0.1:5300, UDP and TCP, zone rep.example, {RUNS}",
        f"DNS ready on [::1]:5300, UDP and TCP, zone rep.example, {RUNS}",
        "Portal ready on http://127.0.0.1:8080",
    ]


def test_without_an_address_for_dns_it_says_that_nothing_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys)[0] == "DNS is not served: the setting dns names no address"
