"""Which room may import which (design: one house). A DNS query can then never wait for SQL, a page or their locks."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.rooms import COMPOSITION, MAY, module_name
from tests.conftest import ROOT


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write the whole name of what is imported"
            yield node.module or ""
            # `from reputation import customers` imports a room, too.
            if node.module == "reputation":
                yield from (f"reputation.{alias.name}" for alias in node.names)


def files_of(room: str) -> list[Path]:
    place = ROOT / room
    return [place] if place.suffix == ".py" else sorted(place.rglob("*.py"))


def allowed(name: str, room: str) -> bool:
    if name.partition(".")[0] in (*sys.stdlib_module_names, "_typeshed") or name == "reputation":
        return True
    return any(name == other or name.startswith(f"{other}.") for other in {module_name(room), *MAY[room]})


@pytest.mark.parametrize("room", MAY)
def test_a_room_imports_only_what_it_may(room: str) -> None:
    files = files_of(room)

    wrong = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imported(file)
        if not allowed(name, room)
    ]

    assert files
    assert not wrong


def test_every_room_is_in_the_table() -> None:
    rooms = {"portal", "dnsd", "commands", "serving"} | {
        f"reputation/{place.name}" for place in (ROOT / "reputation").iterdir() if not place.name.startswith("__")
    }

    assert rooms == set(MAY)


def test_nobody_imports_the_composition_root() -> None:
    files = [file for room in MAY for file in files_of(room)]
    outside = [file for room in MAY if room not in COMPOSITION for file in files_of(room)]

    assert not [file for file in files if "app" in set(imported(file))]
    assert not [file for file in outside for name in imported(file) if name.partition(".")[0] in COMPOSITION]


def test_the_dns_door_comes_without_flask_and_peewee() -> None:
    script = (
        "import sys, dnsd.server, dnsd.resolver; print([m for m in ('flask', 'peewee', 'numpy') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
