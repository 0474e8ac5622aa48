"""The parts of docs/architecture.md that are made from the code: the rooms, and their modules in their own words.

What stands there of a package or a module is the first sentence of its docstring. docs/tables.py writes the page.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from docs.markdown_tables import code, table
from docs.rooms import FLOORS, MAY, NARROW, below

ROOT = Path(__file__).resolve().parent.parent
NEXT_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`])")


def rooms() -> str:
    """Make the table of the rooms, from the ground up: what each is, and what it may import."""
    rows = ((code(_shown(room)), first_sentence(_opening(ROOT / room)), _imports(room)) for room in MAY)
    return table(("room", "what it is", "may import"), rows)


def modules() -> str:
    """Make a table of the modules for each room that is a package."""
    packages = (room for room in MAY if (ROOT / room).is_dir())
    return "\n".join(f"### {code(_shown(room))}\n\n{_modules_of(ROOT / room)}" for room in packages)


def first_sentence(file: Path) -> str:
    """Return the first sentence of a module's docstring; ValueError where it has none."""
    text = ast.get_docstring(ast.parse(file.read_text()))
    if not text:
        raise ValueError(f"{file} has no docstring: begin it with a sentence that says what it owns.")
    return NEXT_SENTENCE.split(" ".join(text.partition("\n\n")[0].split()))[0]


def _modules_of(package: Path) -> str:
    rows = ((code(_shown(name)), first_sentence(file)) for name, file in _inside(package))
    return table(("module", "what it is"), rows)


def _inside(package: Path) -> Iterator[tuple[str, Path]]:
    """Yield the modules of a package, and each package in it before its modules: what it is called, and its file."""
    for place in sorted(package.iterdir()):
        name = str(place.relative_to(ROOT))
        if (place / "__init__.py").is_file():
            yield name, place / "__init__.py"
            yield from _inside(place)
        elif place.suffix == ".py" and place.name != "__init__.py":
            yield name, place


def _opening(place: Path) -> Path:
    return place if place.suffix == ".py" else place / "__init__.py"


def _shown(name: str) -> str:
    return name if name.endswith(".py") else f"{name}/"


def _imports(room: str) -> str:
    """Say what a room may import beside the standard library."""
    names = sorted(MAY[room] - below(room) if room in FLOORS and room not in NARROW else MAY[room])
    told = [code(name) for name in names]
    if room in FLOORS and room not in NARROW and below(room):
        told.insert(0, "the rooms above")
    return ", ".join(told)
