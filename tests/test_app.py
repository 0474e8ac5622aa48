"""What the program prints when its other doors are open."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app import announce
from portal.app_context import FirstRunLink
from reputation import settings


def parts(**more: Any) -> Any:
    """As much of the parts as is printed."""
    context = SimpleNamespace(first_run=more.pop("first_run", FirstRunLink()))
    portal = SimpleNamespace(url="http://127.0.0.1:8080")
    usual = {"trap": None, "is_announced": False, "chosen": settings.read({}, {}), "app_context": context}
    return SimpleNamespace(portal=portal, **{**usual, **more})


def test_each_door_has_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    announce(parts(trap=SimpleNamespace(address=("::1", 25)), first_run=FirstRunLink("abc")))

    assert capsys.readouterr().out.splitlines() == [
        "Trap ready on [::1]:25, by SMTP",
        "Portal ready on http://127.0.0.1:8080",
        "First run: open http://127.0.0.1:8080/first-run/abc",
    ]


def test_a_door_that_was_open_before_the_database_is_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    built = parts()
    announce(built)
    built.trap = SimpleNamespace(address=("127.0.0.1", 25))
    announce(built)

    assert capsys.readouterr().out.splitlines() == [
        "Portal ready on http://127.0.0.1:8080", "Trap ready on 127.0.0.1:25, by SMTP",
    ]  # fmt: skip
