"""Bars: the figures of the hours and of the axis."""

from __future__ import annotations

import pytest

from portal.charts import HEIGHT, bars
from reputation.insight.day_summary import Hour


@pytest.mark.parametrize(
    ("largest", "top"),
    [(0, 4), (1, 4), (4, 4), (5, 8), (17, 20), (41, 60), (4560, 6000), (7_999, 8000), (8_001, 10_000)],
)
def test_the_axis_ends_at_a_round_figure_above_the_largest_hour(largest: int, top: int) -> None:
    assert bars([Hour(0, largest, 0)]).ticks[0] == top


def test_ticks_go_down_to_zero_in_equal_steps() -> None:
    assert bars([Hour(0, 4560, 0)]).ticks == (6000, 4500, 3000, 1500, 0)


def test_heights_are_in_proportion_and_never_leave_the_drawing() -> None:
    drawn = bars([Hour(0, 10, 5), Hour(3600, 0, 0), Hour(7200, 5, 99)])

    assert drawn.bars[0].queries_height == 2 * drawn.bars[0].matched_height > 0
    assert drawn.bars[1].queries_height == drawn.bars[1].matched_height == 0
    assert drawn.bars[2].matched_height == HEIGHT


def test_hours_stand_side_by_side() -> None:
    drawn = bars([Hour(hour * 3600, 1, 0) for hour in range(24)])

    ends = [bar.x + bar.width for bar in drawn.bars]
    assert all(end < bar.x for end, bar in zip(ends, drawn.bars[1:], strict=False))
    assert ends[-1] < drawn.width
