"""Durations as people write them."""

import pytest

from reputation.intake.feeds import parse_duration


@pytest.mark.parametrize("text,seconds", [
    ("90s", 90), ("30m", 1800), ("1h", 3600), ("12H", 43200), ("2d", 172800), ("1w", 604800), (" 1h 30m ", 5400),
])  # fmt: skip
def test_a_number_and_a_unit_are_seconds(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "12", "h", "1 hour", "-1h", "1.5h", "0s", "1y", "1h,30m", "9999w", "１x", "７d"])
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match=r"such as 90s or 12h|between one second and ten years"):
        parse_duration(text)
