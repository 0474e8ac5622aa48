"""Timestamps, in Unix seconds, as texts: for programs in UTC, for fields of a form in the reader's time zone, and back.

How a page writes them for a person's eye belongs to filters.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from portal.auth import signed_in_user_or_none


def time_zone() -> tzinfo:
    """Return the reader's time zone; UTC for a visitor, and where this machine does not know the name."""
    reader = signed_in_user_or_none()
    try:
        return ZoneInfo(reader.time_zone) if reader and reader.time_zone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def time_zone_name() -> str:
    """Return the name of the reader's time zone: `Europe/Vienna`, or `UTC`."""
    return str(time_zone())


def local(timestamp: int, zone: tzinfo | None = None) -> datetime:
    """Return a time in the reader's time zone, or in the given one: whoever writes thousands looks it up once."""
    return datetime.fromtimestamp(timestamp, zone or time_zone())


def iso(timestamp: int) -> str:
    """Write 2026-11-03T08:12:05Z (RFC 3339), for programs and in files to download."""
    return f"{datetime.fromtimestamp(timestamp, UTC):%Y-%m-%dT%H:%M:%SZ}"


def iso_or_none(at: int | None) -> str | None:
    """Write Unix seconds as 2026-11-03T08:12:05Z; None stays None."""
    return None if at is None else iso(at)


def iso_day(timestamp: int) -> str:
    """Write 2026-11-03, the reader's day, for a form's field for a day and in the URLs of pages."""
    return local(timestamp).date().isoformat()


def field(timestamp: int, to: str = "minutes") -> str:
    """Write 2026-11-03T08:12 in the reader's time zone, or with its `seconds`: for a form's field for day and time."""
    return local(timestamp).replace(tzinfo=None).isoformat(timespec=to)


def from_field(text: str) -> int:
    """Read what such a field holds, or a day alone as its first second. Raise ValueError where it cannot be read."""
    try:
        return int(datetime.fromisoformat(text).replace(tzinfo=time_zone()).timestamp())
    except OverflowError as error:  # a day that no clock has
        raise ValueError(str(error)) from None
