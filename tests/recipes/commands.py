"""The commands of a recipe: the lines of its `sh` blocks that begin with `.venv/bin/python`, run in the copy."""

from __future__ import annotations

import re
import shlex

from tests.recipes.tree import CONTRIBUTING, RecipeError, Tree

PYTHON = ".venv/bin/python "
# A recipe says nothing of engines, and the tests it names are run on both where they stand.
SQLITE_ALONE = ("-k", "not postgresql")


def run_commands(tree: Tree, heading: str) -> None:
    """Run every command of the section `## heading` in their order; AssertionError where one fails or none is there."""
    section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", tree.read(CONTRIBUTING), re.M | re.S)
    blocks = re.findall(r"^```sh\n(.*?)^```$", section[1] if section else "", re.M | re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    commands = [line.removeprefix(PYTHON) for line in lines if line.startswith(PYTHON)]
    if not commands:
        raise RecipeError(f"the section ## {heading} has no command")
    for command in commands:
        done = tree.run(*shlex.split(command), *(SQLITE_ALONE if "pytest" in command else ()))
        assert done.code == 0, f"{command}\n{done.out[-6000:]}\n{done.err[-2000:]}"
