"""The recipe "Add a setting": followed word for word, a row alone makes flag, variable, help and a line on System."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipes.commands import run_commands
from tests.recipes.served import served
from tests.recipes.tree import Tree

HEADING = "Add a setting"
HELP = "Line that `serve` prints when it is ready; empty: none."


@pytest.fixture
def followed(tree: Tree) -> Tree:
    """A copy with the setting of the recipe."""
    tree.follow(HEADING)
    return tree


def test_the_setting_is_in_force_and_shown(followed: Tree, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "gatepost.toml").write_text('greeting = "Good morning"\n')

    with served(followed, data) as (program, _, browser):
        assert program.first_run_line() == "Good morning"
        page = browser.get("/installation/system")

    assert '<th scope="row" class="mono">greeting</th>' in page and "Good morning" in page and HELP in page


@pytest.mark.parametrize(("flags", "variables", "said"), [
    ({"greeting": "by flag"}, {"GATEPOST_GREETING": "by variable"}, "by flag"),
    ({}, {"GATEPOST_GREETING": "by variable"}, "by variable"),
    ({}, {}, ""),
])  # fmt: skip
def test_the_setting_is_read_like_every_other(
    followed: Tree, flags: dict[str, str], variables: dict[str, str], said: str
) -> None:
    done = followed.run("-c", f"from reputation import settings; print(settings.read({flags}, {variables}).greeting)")

    assert (done.out, done.code) == (f"{said}\n", 0), done.err


def test_the_help_and_the_documentation_have_the_setting(followed: Tree) -> None:
    assert "--greeting TEXT" in followed.run("app.py", "serve", "--help").out
    told = followed.run("-m", "pytest", "-q", "tests/test_docs.py", "-k", "made_from_the_program")
    assert told.code == 1 and "docs.tables" in told.out, "the documentation does not have it yet, and a test says so"

    run_commands(followed, HEADING)

    followed.check_style()
    assert f"| `greeting` | | {HELP} |" in followed.read("docs/settings.md")
