"""Each recipe is followed in a copy of the repository of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.recipes.tree import Tree, copy_of_the_repository


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A copy of the repository in which no recipe was followed yet."""
    return copy_of_the_repository(tmp_path / "tree")
