"""The changelog is read version by version."""

from __future__ import annotations

from reputation.insight.releases import Release, parse
from reputation.version import VERSION
from tests.conftest import ROOT

TEXT = """# Changelog

Words before the first version.

## 0.2.0 (2026-12-01)

Second version.

- One
- Two

### A part

## v0.1.1 (yanked)

## 0.1.0

First version.
"""


def test_each_version_has_its_day_and_its_text() -> None:
    assert parse(TEXT) == [
        Release("0.2.0", "2026-12-01", "Second version.\n\n- One\n- Two\n\n### A part"),
        Release("0.1.1", "", ""),
        Release("0.1.0", "", "First version."),
    ]


def test_a_text_without_versions_has_none() -> None:
    assert parse("# Changelog\n") == []
    assert parse("") == []


def test_our_own_changelog_tells_of_the_version_that_runs() -> None:
    assert VERSION in [release.version for release in parse((ROOT / "CHANGELOG.md").read_text())]
