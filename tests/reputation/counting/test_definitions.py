"""Asked, refused, deferred and matched are explained in the same words wherever they are explained."""

from __future__ import annotations

import re

import pytest

from reputation.counting.connections import DEFINITIONS
from reputation.notices import channels
from tests.conftest import ROOT

PAGES = (
    "api",
    "help/alerts",
    "help/general",
    "help/organizations",
    "help/percentage_queries",
    "help/queries_per_day",
    "help/queries_per_hour",
)


def text(name: str) -> str:
    """A page with its lines run together, and with what the alert channels say of themselves."""
    page = (ROOT / "docs" / f"{name}.md").read_text().replace("<!-- alert channels -->", channels.describe())
    return " ".join(page.split())


@pytest.mark.parametrize("name", PAGES)
def test_a_page_that_shows_the_figures_says_what_they_are(name: str) -> None:
    for word, definition in DEFINITIONS.items():
        assert text(name).count(f"- **{word}**: {definition}") == 1, word


def test_no_page_explains_one_of_the_words_in_words_of_its_own() -> None:
    pages = sorted((ROOT / "docs" / "help").glob("*.md"))
    assert len(pages) > 30
    for page in pages:
        words = text(f"help/{page.stem}")
        for word in re.findall(r"\*\*(Asked|Queries|Refused|Deferred|Matched|Match)\*\*", words):
            assert f"- **{word}**: {DEFINITIONS.get(word)}" in words, f"{page.name}: {word}"
