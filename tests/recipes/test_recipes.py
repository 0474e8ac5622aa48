"""Every recipe of CONTRIBUTING.md that makes an edit is followed by a test of this folder."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import ROOT
from tests.recipes.tree import CONTRIBUTING, SENTENCE


def test_every_recipe_with_an_edit_is_followed_by_a_test() -> None:
    sections = re.findall(r"^## (Add [^\n]+)\n(.*?)(?=^## |\Z)", (ROOT / CONTRIBUTING).read_text(), re.M | re.S)
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_add_*.py"))

    followed = set(re.findall(r'^HEADING = "(.+)"$', tests, re.M))

    assert {heading for heading, body in sections if SENTENCE.search(body)} == followed
