"""Timestamps as programs read them."""

from __future__ import annotations

from portal.times import iso


def iso_or_none(at: int | None) -> str | None:
    """Write Unix seconds as 2026-11-03T08:12:05Z; None stays None."""
    return None if at is None else iso(at)
