"""The recipe "Add a feed format": followed word for word, the format is offered everywhere, read, and answered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipes.commands import run_commands
from tests.recipes.served import served
from tests.recipes.tree import Tree
from tests.stories.program import TXT

HEADING = "Add a feed format"


@pytest.fixture
def followed(tree: Tree) -> Tree:
    """A copy with the format of the recipe."""
    tree.follow(HEADING)
    return tree


def test_a_list_of_the_format_is_answered_by_dns_and_the_portal_offers_it(followed: Tree, tmp_path: Path) -> None:
    source = str(followed.root / "tests" / "data" / "feeds" / "list.p2p")
    add = ("feed", "add", "peers", "--source", source, "--format", "p2p", "--category", "KSS")
    with served(followed, tmp_path / "data", (add, ("feed", "refresh"))) as (program, label, browser):
        assert program.ask("7.100.51.198", label).octet == 2
        assert program.ask("8.100.51.198", label).rcode == 3
        assert b"Example Hosting, Ltd" in program.ask_name(f"7.100.51.198.{label}.r.rep.example", TXT)

        form = browser.get("/installation/feeds/add")

    assert '<option value="p2p">p2p: names and ranges, as PeerGuardian writes them</option>' in form


def test_the_help_and_the_error_name_the_format(followed: Tree) -> None:
    wrong = followed.run("app.py", "feed", "add", "x", "--source", "x", "--format", "xml", "--category", "KSS")

    assert "drop, p2p, drop-json" in " ".join(wrong.err.split()) and wrong.code == 2
    assert "drop, p2p, drop-json" in " ".join(followed.run("app.py", "feed", "add", "--help").out.split())


def test_the_commands_of_the_recipe_write_the_documentation_and_pass(followed: Tree) -> None:
    run_commands(followed, HEADING)

    followed.check_style()
    assert "| `p2p` | names and ranges, as PeerGuardian writes them | |" in followed.read("docs/feed-formats.md")
