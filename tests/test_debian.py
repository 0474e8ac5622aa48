"""What becomes of a test whose Debian package is missing."""

from __future__ import annotations

import pytest

from tests import debian
from tests.debian import Package

NOWHERE = Package("nowhere", "usr/bin/nowhere-to-be-found")


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(debian.PACKAGES, "nowhere", NOWHERE)


def test_a_test_without_its_package_is_skipped_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match=r"nowhere is missing: run `python -m tests.debian` as root"):
        debian.need("nowhere")


def test_in_ci_a_test_without_its_package_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.fail.Exception, match="nowhere is missing"):
        debian.need("nowhere")


def test_a_package_that_cannot_be_brought_is_told_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("os.geteuid", lambda: 0)

    assert debian.bring(NOWHERE) == "cannot: there is no apt-get here: bring nowhere by the means of this system"


def test_only_root_installs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)

    assert "only root may install it" in debian.bring(NOWHERE)
