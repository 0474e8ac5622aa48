"""What each version of the program brought, read from CHANGELOG.md. It knows the form of that file, and no table.

A version begins with `## 0.2.0 (2026-12-01)`; another word may be in the brackets, such as `unreleased`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

HEADING = re.compile(r"^## +v?([0-9][0-9A-Za-z.+-]*)(?: +\(([^)]*)\))? *$", re.MULTILINE)


class Release(NamedTuple):
    """A version; `day` is its release day (2026-12-01), "" where it is not released; `text` is Markdown."""

    version: str
    day: str
    text: str


def parse(text: str) -> list[Release]:
    """Read the versions in the order of the file, which is the latest first."""
    headings = list(HEADING.finditer(text))
    parts = HEADING.split(text)[HEADING.groups + 1 :: HEADING.groups + 1]
    return [
        Release(heading[1], _day(heading[2] or ""), part.strip()) for heading, part in zip(headings, parts, strict=True)
    ]


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text.strip()).isoformat()
    except ValueError:
        return ""
