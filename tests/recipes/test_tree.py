"""A recipe is followed word for word; one that cannot be followed is an error that names the place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipes.tree import END, IN, NEW, RecipeError, Step, Tree, copy_of_the_repository, edited, recipe

TEXT = """\
# Contributing

## Add a thing

Some words.

New file `a/thing.py`, where it lives:

```python
THING = 1
```

1. In `a/table.py`:
```diff
 TABLE = (
+    "thing",
 )
```

At the end of `README.md`:

```markdown
A thing.
```

Then look:

```sh
make run
```

## Add another

In `a/table.py`:

```diff
-OLD = 1
+NEW = 2
```
"""


def test_every_block_with_a_file_is_an_edit_and_no_other() -> None:
    assert recipe("Add a thing", TEXT) == [
        Step(NEW, "a/thing.py", "THING = 1\n"),
        Step(IN, "a/table.py", ' TABLE = (\n+    "thing",\n )\n'),
        Step(END, "README.md", "A thing.\n"),
    ]
    assert recipe("Add another", TEXT) == [Step(IN, "a/table.py", "-OLD = 1\n+NEW = 2\n")]


@pytest.mark.parametrize("text,says", [
    ("", "has no section ## Add a thing"),
    ("## Add a thing\n\nCopy the neighbour.\n", "has no edit"),
    ("## Add a thing\n\nLike this:\n\n```python\nA = 1\n```\n", "no file is named"),
    ("## Add a thing\n\nIn `a.py`:\n\n```python\nA = 1\n```\n", "wants a diff block"),
    ("## Add a thing\n\n- In `a.py`:\n  ```diff\n  +A = 1\n  ```\n", "is indented"),
    ("## Add a thing\n\nNew file `a.py`:\n\n```diff\n+A = 1\n```\n", "wants no diff block"),
])  # fmt: skip
def test_a_recipe_that_names_no_edit_is_an_error(text: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        recipe("Add a thing", text)


def test_a_diff_changes_the_lines_that_it_names() -> None:
    assert edited("a\nb\nc\n", Step(IN, "x", " b\n+new\n")) == "a\nb\nnew\nc\n"
    assert edited("a\nb\nc\n", Step(IN, "x", "-b\n+\\1\n")) == "a\n\\1\nc\n"


@pytest.mark.parametrize("diff,says", [
    (" d\n+new\n", "0 times"),
    (" a\n+new\n", "2 times"),
    ("+new\n", "0 times"),
    ("b\n+new\n", "begins with none of"),
])  # fmt: skip
def test_a_diff_whose_lines_do_not_stand_there_once_is_an_error(diff: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        edited("a\nb\na\nba\n", Step(IN, "x", diff))


def test_a_new_file_must_be_new_and_an_old_one_old(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text("A = 1\n")

    with pytest.raises(RecipeError, match="there already"):
        Tree(tmp_path).apply(Step(NEW, "old.py", "B = 2\n"))
    with pytest.raises(RecipeError, match="not there"):
        Tree(tmp_path).apply(Step(END, "new.py", "B = 2\n"))


def test_the_copy_runs_and_is_a_copy(tree: Tree, tmp_path: Path) -> None:
    version = tree.root / "reputation" / "version.py"
    version.write_text(f'{version.read_text()}\n\nVERSION = "copied"\n')

    done = tree.run("app.py", "--version")

    assert (done.code, done.out) == (0, "gatepost, version copied\n")
    assert not (tree.root / ".venv").exists() and not (tree.root / "build").exists()


def test_a_test_that_fails_in_the_copy_is_told(tmp_path: Path) -> None:
    tree = copy_of_the_repository(tmp_path / "tree")
    (tree.root / "tests" / "test_red.py").write_text("def test_red() -> None:\n    assert 1 == 2\n")

    with pytest.raises(AssertionError, match="assert 1 == 2"):
        tree.run_tests("tests/test_red.py")
