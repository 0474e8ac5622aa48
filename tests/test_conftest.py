"""All tests by Hypothesis search in one way, which conftest.py says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import settings

TESTS = Path(__file__).parent
SAID_ONCE = {"deadline", "derandomize", "print_blob"}


def says_for_itself(text: str) -> list[str]:
    """What a file says of Hypothesis that the profile says for all."""
    calls = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call))
    of_settings = [call for call in calls if ast.unparse(call.func).endswith("settings")]
    return [str(word.arg) for call in of_settings for word in call.keywords if word.arg in SAID_ONCE]


def test_no_example_is_held_to_a_time_and_what_fails_can_be_repeated() -> None:
    assert settings.get_current_profile_name() == "gatepost"
    assert (settings.default.deadline, settings.default.derandomize, settings.default.print_blob) == (None, False, True)
    assert settings(max_examples=7).deadline is None


@pytest.mark.parametrize(
    "text", ["@settings(max_examples=9, deadline=None)\ndef f(): ...", "hypothesis.settings(deadline=1)"]
)
def test_a_deadline_in_a_file_is_seen(text: str) -> None:
    assert says_for_itself(text) == ["deadline"]


def test_no_file_has_a_deadline_of_its_own() -> None:
    files = [place for place in TESTS.rglob("*.py") if place.name != "conftest.py" or place.parent != TESTS]

    assert len(files) > 200
    assert [str(place) for place in files if says_for_itself(place.read_text())] == []
