"""Which room may import which (design: one house). A DNS query can then never wait for SQL, a page or their locks."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FLASK = {
    "flask",
    "flask_login",
    "flask_wtf",
    "flask_limiter",
    "htmx_flask",
    "werkzeug",
    "wtforms",
    "markupsafe",
    "jinja2",
}
MARKDOWN = {"markdown_it", "nh3"}
# The rooms of the house from the ground up. A room imports only what stands below it, and these packages.
FLOORS: dict[str, set[str]] = {
    "reputation/version.py": set(),
    "reputation/compiled.py": set(),
    "reputation/thread_priority.py": set(),
    "reputation/refusal.py": set(),
    "reputation/durations.py": set(),
    "reputation/settings.py": set(),
    "reputation/addresses": set(),
    "reputation/verdict": {"cython"},
    "reputation/ranges": {"numpy"},
    "reputation/store": {"peewee", "playhouse", "psycopg"},
    "reputation/publisher": set(),
    "reputation/export": set(),
    "reputation/counting": {"peewee", "numpy"},
    "reputation/notices": {"peewee", "urllib3", "certifi"},
    "reputation/intake": {"peewee", "numpy", "urllib3", "certifi", "aiosmtpd"},
    "reputation/insight": {"peewee", "numpy"},
    "reputation/customers": {"peewee", "argon2", "pyotp", "zxcvbn"},
    "reputation/jobs.py": {"apscheduler"},
}
# What an answer is made of knows less than the floors below it: a query never waits for SQL, a page or a fetch.
NARROW = {
    "dnsd": {"cython", "dnslib", "reputation.addresses", "reputation.verdict", "reputation.compiled"},
    "reputation/verdict": {"cython", "reputation.addresses", "reputation.compiled"},
    "reputation/ranges": {"numpy"},
}
DOORS = {
    "portal": {"reputation", "cheroot", "segno", *FLASK, *MARKDOWN},
    "commands": {"reputation", "click"},
}


def module(room: str) -> str:
    return room.removesuffix(".py").replace("/", ".")


def below(room: str) -> set[str]:
    floors = list(FLOORS)
    return {module(other) for other in floors[: floors.index(room)]}


# A room, and what it may import beside the standard library and itself. `reputation` covers every room of it.
MAY = {room: packages | below(room) for room, packages in FLOORS.items()} | DOORS | NARROW


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
    return any(name == other or name.startswith(f"{other}.") for other in {module(room), *MAY[room]})


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
    rooms = {"portal", "dnsd", "commands"} | {
        f"reputation/{place.name}" for place in (ROOT / "reputation").iterdir() if not place.name.startswith("__")
    }

    assert rooms == set(MAY)


def test_nobody_imports_the_composition_root() -> None:
    files = [file for room in MAY for file in files_of(room)]

    assert not [file for file in files if "app" in set(imported(file))]


def test_the_dns_door_comes_without_flask_and_peewee() -> None:
    script = (
        "import sys, dnsd.server, dnsd.resolver; print([m for m in ('flask', 'peewee', 'numpy') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
