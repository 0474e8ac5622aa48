"""A copy of the program, served, with one person in it, to look at what a recipe has added."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.recipes.tree import Tree
from tests.stories.program import Browser, Program

EMAIL, PASSWORD = "olga@acme.example", "a long enough sentence"


@contextmanager
def served(tree: Tree, data: Path, commands: Sequence[Sequence[str]] = ()) -> Iterator[tuple[Program, str, Browser]]:
    """The program after these commands; the label of Acme's activation code; a browser of Acme's operator."""
    program = tree.program(data)
    try:
        label = program.command("organization", "add", "Acme", "--subscription", "advanced", "--json").json["label"]
        words = ("user", "add", EMAIL, "--organization", "Acme", "--role", "operator", "--password-stdin")
        for command in (words, *commands):
            done = program.command(*command, stdin=f"{PASSWORD}\n")
            assert done.code == 0, done.err
        program.start()
        browser = Browser(program.portal)
        browser.submit("/login", email=EMAIL, password=PASSWORD)
        yield program, label, browser
    finally:
        program.stop()
