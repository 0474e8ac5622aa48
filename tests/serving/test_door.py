"""What the program prints when DNS answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from reputation import compiled, settings
from reputation.verdict import decision
from serving.door import announce_dns

assert decision  # with it, it is known how DNS runs
RUNS = "compiled" if compiled.is_compiled() else "interpreted"


def printed(capsys: pytest.CaptureFixture[str], *dns_addresses: tuple[str, int]) -> list[str]:
    door: Any = SimpleNamespace(server=SimpleNamespace(addresses=dns_addresses))
    announce_dns(settings.read({}, {}), door)
    return capsys.readouterr().out.splitlines()


def test_each_address_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, ("127.0.0.1", 5300), ("::1", 5300)) == [
        f"DNS ready on 127.0.0.1:5300, UDP and TCP, zone rep.example, {RUNS}",
        f"DNS ready on [::1]:5300, UDP and TCP, zone rep.example, {RUNS}",
    ]


def test_without_an_address_for_dns_it_says_that_nothing_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys) == ["DNS is not served: the setting dns names no address"]
