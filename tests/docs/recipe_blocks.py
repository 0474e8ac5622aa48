"""The blocks of docs/evidence.md, as an administrator would copy them. It knows no program."""

from __future__ import annotations

import re

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "evidence.md"
BLOCK = re.compile(r"^```\w+\n(# [^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def block(*places: str) -> str:
    """The blocks that say they go to these places, one after the other. KeyError where there is none."""
    found = {first.removeprefix("# "): f"{first}\n{rest}" for first, rest in BLOCK.findall(PAGE.read_text())}
    return "\n".join(found[place] for place in places)
