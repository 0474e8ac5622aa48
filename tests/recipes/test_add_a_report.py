"""The recipe "Add a report": followed word for word, the report is in the menu, with its help and its file."""

from __future__ import annotations

from pathlib import Path

from tests.recipes.commands import run_commands
from tests.recipes.served import served
from tests.recipes.tree import Tree

HEADING = "Add a report"
PATH = "/report/busiest-hours"


def test_the_report_is_served_with_its_line_its_help_and_its_file(tree: Tree, tmp_path: Path) -> None:
    tree.follow(HEADING)

    with served(tree, tmp_path / "data") as (_, _, browser):
        page, file, help = (browser.get(path) for path in (PATH, f"{PATH}.csv", "/help/busiest_hours"))

    assert "<h1>Busiest Hours</h1>" in page and f'<a href="{PATH}" aria-current="page">Busiest Hours</a>' in page
    assert page.count('<tr><th scope="row"><time') == 10
    assert file.startswith("Hour begins,Queries,Matched,Percentage")
    assert "Help: Busiest Hours" in help


def test_the_commands_of_the_recipe_pass(tree: Tree) -> None:
    tree.follow(HEADING)

    run_commands(tree, HEADING)

    tree.check_style()
