"""The recipe "Add a screen": followed word for word, it makes a screen in menu and help, not open to visitors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.debian import need
from tests.recipes.tree import Tree
from tests.stories.program import Browser, Program

HEADING = "Add a screen"
PASSWORD = "a long enough sentence"
PATH = "/policy/return-codes"


@pytest.fixture
def followed(tree: Tree) -> Tree:
    """A copy with the screen of the recipe."""
    tree.follow(HEADING)
    return tree


@pytest.fixture
def program(followed: Tree, tmp_path: Path) -> Iterator[Program]:
    """The copy, served, with Ann in it."""
    program = followed.program(tmp_path / "data")
    assert program.command("organization", "add", "Acme").code == 0
    ann = ("user", "add", "ann@acme.example", "--organization", "Acme", "--role", "administrator", "--password-stdin")
    assert program.command(*ann, stdin=f"{PASSWORD}\n").code == 0
    program.start()
    yield program
    program.stop()


def test_the_screen_is_served_with_its_line_and_its_help_and_not_to_visitors(program: Program) -> None:
    visitor, ann = Browser(program.portal), Browser(program.portal)
    assert "127.0.0.2" not in visitor.get(PATH)
    assert 'name="password"' in visitor.get(PATH)

    ann.submit("/login", email="ann@acme.example", password=PASSWORD)
    page = ann.get(PATH)

    assert re.search(r"<td[^>]*>127\.0\.0\.2</td><td>KSS</td><td>known spam source</td>", page)
    assert re.search(rf'<a href="{PATH}" aria-current="page">Return Codes</a>', page)
    assert 'href="/help/return_codes"' in page
    assert f'<a href="{PATH}">Return Codes</a>' in ann.get("/policy")
    assert "Help: Return Codes" in ann.get("/help/return_codes")
    listed = re.findall(r'href="/help/(reputation_settings|return_codes|password)"', ann.get("/help"))
    assert listed == ["reputation_settings", "return_codes", "password"]  # in the order of the menu


def test_what_the_recipe_writes_holds_before_the_tests_of_every_screen(followed: Tree) -> None:
    followed.check_style()
    followed.run_tests(
        "tests/portal/test_return_codes.py",
        "tests/portal/test_screens.py",
        "tests/portal/test_menu.py",
        "tests/portal/test_help.py::test_every_screen_has_a_page",
        "tests/portal/test_help.py::test_every_page_begins_with_its_title_and_says_something",
        "tests/portal/test_routes.py::test_what_is_open_to_visitors_is_written_down",
    )


def test_the_picture_is_missed_until_the_command_has_taken_it(followed: Tree) -> None:
    need("chromium")
    tests = ("tests/test_docs.py::test_every_picture_of_a_screen_is_small_and_on_the_page",)
    with pytest.raises(AssertionError, match="Return Codes"):
        followed.run_tests(*tests)

    taken = followed.run("-m", "docs.screens.take", "return-codes")

    assert taken.code == 0, taken.err
    assert (followed.root / "docs" / "screens" / "return-codes.webp").read_bytes()[:4] == b"RIFF"
    followed.run_tests(*tests)
