"""A copy of the repository in which a recipe of CONTRIBUTING.md is followed, word for word, and then tried.

A recipe is a section of CONTRIBUTING.md. A sentence before each of its code blocks says what the block is for:

    New file `portal/quotas.py`:            the block is the whole file, which is not there yet
    In `portal/menu.py`:                    a diff block: lines that are there, `-` lines that go, `+` lines that come
    At the end of `README.md`:              the block is appended

A block without such a sentence is for people (`sh`, `text`) and is not followed; of another language it is an error,
and so is a sentence that fits no file. It knows no recipe.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT
from tests.debian import CACHE
from tests.repository import copy_repository
from tests.stories.program import PATIENCE, Done, Program, clean_environment

CONTRIBUTING = "CONTRIBUTING.md"
NEW, IN, END = "New file", "In", "At the end of"
BLOCK = re.compile(r"^(?P<before>[^\n]*)\n(?:\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
SENTENCE = re.compile(rf"(?P<what>{NEW}|{IN}|{END}) `(?P<file>[^`]+)`.*:")
FOR_PEOPLE = ("sh", "text")


class RecipeError(AssertionError):
    """A recipe cannot be followed as it is written; the text says where."""


class Step(NamedTuple):
    """One edit of a recipe: `what` is NEW, IN or END, `file` a path from the top of the tree, `text` the block."""

    what: str
    file: str
    text: str


class Tree:
    """A copy of the repository's files, and the same interpreter to run them. `changed` are the files edited so far."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.changed: list[str] = []

    def follow(self, heading: str) -> list[Step]:
        """Make every edit of the recipe under `## heading`. RecipeError where one cannot be made."""
        steps = recipe(heading, self.read(CONTRIBUTING))
        for step in steps:
            self.apply(step)
        return steps

    def apply(self, step: Step) -> None:
        """Make one edit; RecipeError where it cannot be made."""
        place = self.root / step.file
        if place.exists() == (step.what == NEW):
            raise RecipeError(f"{step.what} {step.file}: it is {'there already' if place.exists() else 'not there'}")
        place.parent.mkdir(parents=True, exist_ok=True)
        text = place.read_text() if place.exists() else ""
        place.write_text(edited(text, step) if step.what == IN else text + step.text)
        self.changed.append(step.file)

    def read(self, name: str) -> str:
        """The text of a file of this tree."""
        return (self.root / name).read_text()

    def program(self, data: Path) -> Program:
        """An installation of this tree in the folder `data`, not started; stop it at the end."""
        return Program((sys.executable, str(self.root / "app.py")), data)

    def run(self, *words: str) -> Done:
        """Run `python words...` at the top of this tree, to its end."""
        done = subprocess.run(
            [sys.executable, *words], cwd=self.root, capture_output=True, text=True, timeout=3 * PATIENCE,
            env=clean_environment(),
        )  # fmt: skip
        return Done(done.returncode, done.stdout, done.stderr)

    def run_tests(self, *tests: str) -> None:
        """Run these tests of this tree; AssertionError with their output where one fails or none ran."""
        done = self.run("-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *tests)
        assert done.code == 0, f"{done.out[-6000:]}\n{done.err[-2000:]}"

    def check_style(self) -> None:
        """Check the edited Python files with the linter and its formatter; AssertionError with what they say."""
        files = [name for name in self.changed if name.endswith(".py")]
        for words in (("check", "--no-cache"), ("format", "--no-cache", "--check", "--diff")):
            done = self.run("-m", "ruff", *words, *files)
            assert done.code == 0, done.out + done.err


def copy_of_the_repository(to: Path) -> Tree:
    """Copy every file that git knows, or would add, to the new folder `to`; what Debian's packages hold is shared."""
    copy_repository(ROOT, to)
    (to / CACHE.parent.name).symlink_to(CACHE.parent, target_is_directory=True)
    return Tree(to)


def recipe(heading: str, text: str) -> list[Step]:
    """The edits of the section `## heading` in the order in which they are written. RecipeError where there is none."""
    begin = re.search(rf"^## {re.escape(heading)}\n(?P<body>.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    if begin is None:
        raise RecipeError(f"{CONTRIBUTING} has no section ## {heading}")
    if re.search(r"^[ \t]+```", begin["body"], re.MULTILINE):
        raise RecipeError(f"## {heading}: a code block is indented: begin it at the left margin")
    steps = [step for block in BLOCK.finditer(begin["body"]) if (step := _step(block, heading))]
    if not steps:
        raise RecipeError(f"the section ## {heading} has no edit")
    return steps


def edited(text: str, step: Step) -> str:
    """The text with a diff block applied: its old lines stand there once, and the new ones come in their place."""
    lines = step.text.splitlines()
    wrong = [line for line in lines if line[:1] not in (" ", "+", "-", "")]
    if wrong:
        raise RecipeError(f"{step.what} {step.file}: a line of the diff begins with none of blank, + and -: {wrong[0]}")
    old = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    new = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-")
    found = re.findall(f"^{re.escape(old)}", text, re.MULTILINE) if old else []
    if len(found) != 1:
        raise RecipeError(f"{step.what} {step.file}: these lines stand there {len(found)} times, not once:\n{old}")
    return re.sub(f"^{re.escape(old)}", lambda _: new, text, flags=re.MULTILINE)


def _step(block: re.Match[str], heading: str) -> Step | None:
    sentence = SENTENCE.search(block["before"])
    if sentence is None:
        if block["language"] in FOR_PEOPLE:
            return None
        raise RecipeError(f"## {heading}: no file is named before the block:\n{block['text']}")
    if (block["language"] == "diff") != (sentence["what"] == IN):
        raise RecipeError(f"## {heading}: {sentence[0]} wants {'a' if sentence['what'] == IN else 'no'} diff block")
    return Step(sentence["what"], sentence["file"], block["text"])
