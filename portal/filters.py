"""How figures and times are written on a page: for the reader's eye, in the reader's time zone, exact on hover.

It knows the time of the request, and nothing of what the figures mean.
"""

from __future__ import annotations

import re
from datetime import datetime

from flask import Flask, g
from markupsafe import Markup, escape

from portal.times import (
    iso,
    iso_day,
    local,
    time_zone_name,
)

MINUTE, HOUR, DAY = 60, 3600, 86400
NARROW = "\u202f"  # a narrow space that does not break: between a figure and its sign
MINUS = "\u2212"
COMMAND = re.compile("`([^`]+)`")


def figure(number: int) -> str:
    """Write 68092 as 68,092."""
    return f"{number:,}"


def brief(number: int) -> str:
    """Write a figure for a narrow place: from ten millions on in millions, 6615000000 as 6,615 M."""
    if number < 10_000_000:
        return figure(number)
    millions = number / 1_000_000
    return f"{millions:,.0f}{NARROW}M" if millions >= 100 else f"{millions:.1f}{NARROW}M"


def counted(number: int, one: str, many: str = "") -> str:
    """Write a figure with its noun: 1 warning, 3 warnings."""
    return f"{figure(number)} {one if number == 1 else many or one + 's'}"


def percent(part: float, whole: float) -> str:
    """Write a share with one decimal, such as 31.8 %; a dash where there is no whole."""
    return f"{100 * part / whole:.1f}{NARROW}%" if whole else "–"


def change(present: int, before: int) -> str:
    """Write how a figure has changed: `+4.1 % on the day before`."""
    if not before:
        return "no figure for the day before"
    difference = 100 * (present - before) / before
    sign = "+" if difference > 0.05 else MINUS if difference < -0.05 else "±"
    return f"{sign}{abs(difference):.1f}{NARROW}% on the day before"


def hour(timestamp: int) -> str:
    """Write the hour that begins at a timestamp: 14:00."""
    return f"{local(timestamp):%H:%M}"


def exact(timestamp: int) -> str:
    """Write the full time, for a title: Tue 3 Nov 2026, 08:12:05 CET."""
    return _exact(local(timestamp))


def clock(timestamp: int) -> str:
    """Write a time of today to the second: 08:12:05."""
    return f"{local(timestamp):%H:%M:%S}"


def date(timestamp: int) -> str:
    """Write a date: 3 Nov 2026."""
    return _date(local(timestamp))


def _exact(there: datetime) -> str:
    return f"{there:%a} {there.day} {there:%b %Y, %H:%M:%S %Z}"


def _date(there: datetime) -> str:
    return f"{there.day} {there:%b %Y}"


def _time(there: datetime, words: str) -> Markup:
    """The element of a time that is in the reader's zone already: tables have one or two of them in each row."""
    title, at = escape(_exact(there)), iso(int(there.timestamp()))
    return Markup(f'<time datetime="{at}" title="{title}">{escape(words)}</time>')


def timestamp(at: int) -> Markup:
    """Write a day with its time: 3 Nov 2026, 08:12."""
    there = local(at)
    return _time(there, f"{_date(there)}, {there:%H:%M}")


def day(at: int) -> Markup:
    """Write a day alone: 3 Nov 2026."""
    there = local(at)
    return _time(there, _date(there))


def span(seconds: int) -> str:
    """Write a length of time in its largest unit: 26 min, 2 h, 3 days."""
    if seconds < HOUR:
        return f"{max(1, seconds // MINUTE)} min"
    if seconds < DAY:
        return f"{seconds // HOUR} h"
    return "1 day" if seconds < 2 * DAY else f"{seconds // DAY} days"


def ago(at: int) -> Markup:
    """Write how long ago something was: just now, 26 min ago, 3 days ago; a date when it is more than a month."""
    passed = int(g.now) - at
    if passed >= 30 * DAY:
        return day(at)
    return _time(local(at), "just now" if passed < MINUTE else f"{span(passed)} ago")


def until(at: int) -> Markup:
    """Write when something ends: in 1 h 58 min, in 3 days, 31 Dec 2026, or ended with its date."""
    left = at - int(g.now)
    if left <= 0:
        return Markup("ended {}").format(timestamp(at))
    if left >= 30 * DAY:
        return day(at)
    hours, rest = divmod(left, HOUR)
    return _time(local(at), f"in {hours} h {rest // MINUTE} min" if HOUR <= left < DAY else f"in {span(left)}")


def size(count: int) -> str:
    """Write bytes in the unit that fits: 812 B, 4.2 MB, 31 GB."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 1000 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f}{NARROW}{unit}" if amount >= 10 or unit == "B" else f"{amount:.1f}{NARROW}{unit}"


def marked(text: str) -> Markup:
    """Turn the commands between backticks in a sentence into code; everything else stays as it is."""
    return Markup(COMMAND.sub(r"<code>\1</code>", str(escape(text))))


def init_app(app: Flask) -> None:
    """Give the templates these filters."""
    for word in (
        figure,
        brief,
        counted,
        percent,
        change,
        hour,
        clock,
        exact,
        timestamp,
        day,
        span,
        ago,
        until,
        marked,
        iso_day,
        size,
    ):
        app.jinja_env.filters[word.__name__] = word
    app.jinja_env.globals["time_zone_name"] = time_zone_name
