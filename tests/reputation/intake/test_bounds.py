"""Bounds as a feed keeps them."""

import json
from typing import Any

import pytest

from reputation.intake.bounds import CANARIES, FeedBounds


def test_the_defaults_are_those_of_the_documentation() -> None:
    assert FeedBounds() == FeedBounds(64 << 20, 8, 19, 0.3, 0.1, CANARIES)


def test_bounds_are_read_as_people_write_them() -> None:
    bounds = FeedBounds.of(
        {"max_bytes": "1000", "widest4": "16", "max_change": "50%", "canaries": "192.0.2.1, 2001:DB8::1"}
    )

    assert bounds == FeedBounds(1000, 16, 19, 0.5, 0.1, ("192.0.2.1", "2001:db8::1"))


def test_a_feed_may_have_no_canary_at_all() -> None:
    assert FeedBounds.of({"canaries": "none"}).canaries == ()


def test_only_what_differs_is_kept() -> None:
    bounds = FeedBounds.of({"widest4": 16, "widest6": 19, "canaries": []})

    assert json.loads(bounds.to_json()) == {"widest4": 16, "canaries": []}
    assert FeedBounds.from_json(bounds.to_json()) == bounds
    assert FeedBounds.from_json("{}") == FeedBounds.from_json("") == FeedBounds()


@pytest.mark.parametrize("name,value,says", [
    ("widest", 8, "There is no bound 'widest'; the bounds are canaries, max_age, max_bytes"),
    ("widest4", 33, "from 0 to 32, not 33"),
    ("widest6", "/19", "from 0 to 128"),
    ("max_bytes", 0, "from 1"),
    ("max_bytes", "64 MiB", "whole number"),
    ("max_change", "much", "such as 0.3 or 30%"),
    ("max_change", "-1", "such as 0.3 or 30%"),
    ("max_change", "nan", "such as 0.3 or 30%"),
    ("canaries", "1.2.3", "'1.2.3' is not an IP address"),
])  # fmt: skip
def test_a_bound_that_cannot_be_is_refused_with_what_to_write(name: str, value: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        FeedBounds.of({name: value})
