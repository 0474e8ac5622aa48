"""Durations as people write them, such as 90s or 12h."""

import re

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
PIECE = re.compile(r"(\d{1,9})\s*([smhdw])", re.ASCII)
LONGEST = 10 * 365 * 86400  # an `until` is 32 bits


def parse_duration(text: str) -> int:
    """Read `90s`, `30m`, `1h`, `1h30m`, `2d` or `1w` as seconds. Raise ValueError, which says what to write."""
    compact = text.strip().lower()
    pieces = PIECE.findall(compact)
    if not pieces or PIECE.sub("", compact).strip():
        raise ValueError(f"{text!r} is no duration: write a number and s, m, h, d or w, such as 90s or 12h")
    seconds = sum(int(number) * SECONDS[unit] for number, unit in pieces)
    if not 0 < seconds <= LONGEST:
        raise ValueError(f"{text!r} is not between one second and ten years")
    return seconds


def duration_text(seconds: int) -> str:
    """Write seconds as people do: 12h, 90m."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
