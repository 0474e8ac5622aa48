"""How long a web server wants to be left alone, by its Retry-After (RFC 9110 10.2.3)."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

LONGEST = 7 * 86400  # seconds: more is a mistake of the server, and would take the feed away for good
WITHOUT = 3600  # seconds after a 429 that names none


def seconds_to_wait(status: int, headers: Mapping[str, str], now: datetime) -> int:
    """Return the seconds until the next question is welcome; 0 where the answer says nothing of it.

    A moment is counted from the server's own Date, so that no wrong clock of ours lengthens the wait, and from `now`
    where it sends none.
    """
    text = headers.get("Retry-After", "").strip()
    if text.isdecimal() and text.isascii():
        found = int(text.lstrip("0")[:10] or "0")
    else:
        found = _until(text, headers.get("Date", ""), now)
    if not found and status == 429:
        found = WITHOUT
    return min(found, LONGEST)


def _until(moment: str, date: str, now: datetime) -> int:
    try:
        left = parsedate_to_datetime(moment) - _moment(date, now)
        return max(0, int(left.total_seconds()))
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def _moment(date: str, now: datetime) -> datetime:
    try:
        found = parsedate_to_datetime(date)
    except (ValueError, TypeError, IndexError, OverflowError):
        return now
    return found if found.tzinfo else now
