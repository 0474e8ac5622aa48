"""Bars for a day of hours, as numbers that a template turns into SVG rectangles.

The drawing is stretched to the width of the page. Its labels are HTML beside it, so that they keep their size on a
phone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reputation.insight.day_summary import Hour

# The drawing's own units: an hour is ten wide with a gap of one, and the axis is a hundred high.
HOUR, GAP, HEIGHT = 10.0, 1.0, 100.0
LINES = 4


@dataclass(frozen=True)
class Bar:
    """One hour: its left edge and width, and the tops of both parts, in drawing units."""

    begins: int
    queries: int
    matched: int
    x: float
    width: float
    queries_height: float
    matched_height: float


@dataclass(frozen=True)
class Bars:
    """A drawing: `ticks` are the figures at the lines, from the top one down to 0."""

    bars: tuple[Bar, ...]
    ticks: tuple[int, ...]
    width: float
    height: float = HEIGHT


def bars(hours: Sequence[Hour]) -> Bars:
    """Place hours side by side under an axis of round figures."""
    step = _round_step(max((hour.queries for hour in hours), default=0))
    top = step * LINES
    placed = tuple(
        Bar(*hour, i * HOUR + GAP / 2, HOUR - GAP, hour.queries / top * HEIGHT, min(hour.matched / top, 1) * HEIGHT)
        for i, hour in enumerate(hours)
    )
    return Bars(placed, tuple(step * line for line in range(LINES, -1, -1)), HOUR * len(hours))


def _round_step(largest: int) -> int:
    """The smallest round figure (1, 2, 3, 4, 5, 10, 15, 20, 25, 30, 40, 50, 75 …) of which four reach the largest."""
    power = 1
    while True:
        for tenths in (10, 15, 20, 25, 30, 40, 50, 75):
            step, rest = divmod(tenths * power, 10)
            if not rest and step * LINES >= largest:
                return step
        power *= 10
