"""When the content of a list was made, by its own word: in a comment at its head, or in a field or entry of its own."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from reputation.verdict.zones import FOREVER

HEAD = 60  # lines in which such a comment stands
SAID = re.compile(
    r"\s*(?:[#;]|//)[\s#;*]*(?:last[ -](?:modified|updated?)|(?:this file |list )?date|updated(?: at| on)?|"
    r"generated(?: at| on)?|timestamp)\s*[:=]\s*(.{8,60}?)[\s#*]*",
    re.IGNORECASE,
)
FORMS = ("%a %b %d %H:%M:%S %Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%Y/%m/%d")
ZONE = re.compile(r"\s*\b(?:UTC|GMT|Z)\b\s*")
STAMP = re.compile(r"(\d{4})[:-]?(\d\d)[:-]?(\d\d)(?:[:-]?(\d\d)(?:[:-]?(\d\d)(?:[:-]?(\d\d))?)?)?")
SPAN = re.compile(r"\+(?:\d+[smhdw]?)+", re.IGNORECASE)
EARLIEST = 631_152_000  # 1990: before, nobody published lists, and no screen can show the year 1 west of Greenwich
UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def date_of_head(lines: Iterable[str]) -> int:
    """Return the Unix second that one of these lines, the first of a file, gives in a comment; 0 where none does."""
    for line in lines:
        found = SAID.fullmatch(line.rstrip())
        if found and (second := second_of(found[1])):
            return second
    return 0


def second_of(text: object) -> int:
    """Read a date as publishers write it, in UTC where it names no zone.

    Return 0 where it is none, or none that a list can have: before 1990, or beyond what a listing can hold.
    """
    second = _second_of(str(text).strip())
    return second if EARLIEST <= second < FOREVER else 0


def _second_of(words: str) -> int:
    if words.isdecimal() and 10 <= len(words) <= 13:
        return int(words[:10])
    for read in (_as_iso, _as_mail, _as_others):
        try:
            found = read(words)
            return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return 0


def zone_times(rest: str) -> tuple[int, int]:
    """Read what follows `$TIMESTAMP` in a zone of rbldnsd: when it was made, and when it ends; 0 is not given.

    An end beyond what a listing can hold is the last that it can. Raise ValueError where it cannot be read.
    """
    words = rest.split()
    if not 1 <= len(words) <= 2:
        raise ValueError("a time such as 2026:04:02:15:00:00 is missing")
    made = _stamp(words[0])
    if len(words) == 1:
        return made, 0
    if SPAN.fullmatch(words[1]):
        span = re.findall(r"(\d+)([a-z]?)", words[1].lower())
        return made, min(FOREVER, made + sum(int(number) * UNITS[unit] for number, unit in span))
    return made, min(FOREVER, _stamp(words[1]))


def words_of(second: int) -> str:
    """Write a Unix second as 2026-04-02 15:00 UTC."""
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _stamp(text: str) -> int:
    if text in ("0", "-"):
        return 0
    found = STAMP.fullmatch(text)
    if not found:
        raise ValueError(f"{text[:30]!r} is not a time such as 2026:04:02:15:00:00")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp())


def _as_iso(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _as_mail(text: str) -> datetime:
    return parsedate_to_datetime(text)


def _as_others(text: str) -> datetime:
    plain = " ".join(ZONE.sub(" ", text).split())
    for form in FORMS:
        try:
            return datetime.strptime(plain, form)
        except ValueError:
            continue
    raise ValueError("not a date")
