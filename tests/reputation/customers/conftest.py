"""Passwords at the least cost, for all tests of customers."""

from __future__ import annotations

import pytest

from tests.conftest import make_passwords_cheap


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    make_passwords_cheap(monkeypatch)
