"""The way in which the hot path runs is the one that was asked for: else a test run would show nothing of the other."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import pytest

from reputation import compiled
from reputation.verdict.zones import DYNAMIC
from tests.dnsd import cast

CHECKED = "checked" in os.environ.get("GATEPOST_COMPILED", "")


@pytest.mark.parametrize("name", compiled.MODULES)
def test_every_module_runs_as_it_was_asked_for(name: str):
    file = Path(str(importlib.import_module(name).__file__))

    if os.environ.get("GATEPOST_INTERPRETED"):
        assert file == compiled.ROOT / f"{name.replace('.', '/')}.py"
    elif "GATEPOST_COMPILED" in os.environ or compiled.usable():
        assert file.parent == compiled.folder().resolve() / name.replace(".", "/").rpartition("/")[0]
        assert file.suffix == ".so"


def test_all_of_it_is_compiled_or_none():
    files = [str(importlib.import_module(name).__file__) for name in compiled.MODULES]

    assert {file.endswith(".py") for file in files} == {not compiled.is_compiled()}


@pytest.mark.skipif(compiled.is_compiled() and not CHECKED, reason="a fast build checks no index")
def test_an_index_that_is_checked_is_refused_beyond_its_end():
    with pytest.raises(IndexError):
        cast.snapshot().may_ask(10**6, DYNAMIC)
