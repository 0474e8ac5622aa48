"""The recipe "Add an MTA text": followed word for word, the page Activation Code has the text, with code and zone."""

from __future__ import annotations

from pathlib import Path

from tests.recipes.commands import run_commands
from tests.recipes.served import served
from tests.recipes.tree import Tree

HEADING = "Add an MTA text"


def test_the_text_is_on_the_page_with_the_code_and_the_zone(tree: Tree, tmp_path: Path) -> None:
    tree.follow(HEADING)

    with served(tree, tmp_path / "data") as (_, label, browser):
        page = browser.get("/administration/activation-code")

    assert "<summary>Example MTA</summary>" in page and 'id="example-mta-conf"' in page
    assert f"list {label}.r.rep.example answers=" in page
    assert "Then <code>systemctl reload example-mta</code>. Its log names each list that it asks." in page


def test_the_commands_of_the_recipe_pass(tree: Tree) -> None:
    tree.follow(HEADING)

    run_commands(tree, HEADING)

    tree.check_style()
