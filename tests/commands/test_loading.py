"""A command imports what it needs, and nothing of the others. No clock is looked at: imports are what it costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import app
from tests.conftest import ROOT
from tests.postgresql import drop_database, new_database

# Runs the program as `python app.py` does, and prints what it has imported behind what it says.
PROGRAM = """
import json, sys
sys.argv = ["gatepost", *sys.argv[1:]]
from app import main
main(standalone_mode=False)
print(json.dumps(sorted(sys.modules)))
"""
OF_SERVE = {"flask", "dnslib", "apscheduler", "aiosmtpd", "cheroot", "argon2", "portal", "dnsd"}
LARGE = {"numpy", "peewee", "psycopg", "urllib3", "dns", "dkim", "asyncio", *OF_SERVE}


def run(*arguments: str, **environment: str) -> tuple[str, set[str]]:
    """What the program prints, and the packages and modules that it has imported."""
    called = [sys.executable, "-c", PROGRAM, *arguments]
    done = subprocess.run(called, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said, _, modules = done.stdout.rstrip("\n").rpartition("\n")
    return said, set(json.loads(modules))


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("commands.")}


def test_the_version_is_told_without_anything_of_the_program() -> None:
    said, modules = run("--version")

    assert said.endswith("0.1.0")
    assert modules & LARGE == set()
    assert ours(modules) == {"commands.loading"}
    assert len(modules) < 300  # Python, click and the settings: 200


@pytest.mark.parametrize(
    ("command", "of", "needs"),
    [
        (("organization", "list"), "organizations", {"peewee", "argon2"}),
        (("check", "192.0.2.1", "--organization", "Acme"), "check", {"peewee", "numpy"}),
        (("rule", "list", "--organization", "Acme"), "rules", {"peewee", "numpy", "dns"}),
    ],
)
def test_a_command_on_a_file_imports_no_other_command_and_no_driver_of_postgresql(
    tmp_path: Path, command: tuple[str, ...], of: str, needs: set[str]
) -> None:
    run("organization", "add", "Acme", "--data", str(tmp_path))

    _, modules = run(*command, "--data", str(tmp_path))

    assert ours(modules) == {"commands.loading", f"commands.{of}"}
    assert modules & (LARGE - {"asyncio"}) <= needs


def test_what_postgresql_needs_is_there_once_its_url_is_opened(postgresql_url: str, tmp_path: Path) -> None:
    url = new_database(postgresql_url)
    for words in (("organization", "add", "Acme"), ("rule", "add", "--organization", "Acme", "blocked", "192.0.2.7")):
        run(*words, "--data", str(tmp_path), GATEPOST_DATABASE=url)

    said, modules = run("rule", "list", "--organization", "Acme", "--data", str(tmp_path), GATEPOST_DATABASE=url)

    assert "blocked  192.0.2.7" in said
    assert "psycopg" in modules
    drop_database(url)


def test_each_row_of_the_table_leads_to_the_command_of_that_name() -> None:
    assert {name: app.main.commands[name].name for name in app.COMMANDS} == {name: name for name in app.COMMANDS}
    assert set(app.main.commands) == {*app.COMMANDS, "serve"}


def test_help_names_every_command_with_what_it_does() -> None:
    said, _ = run("--help")

    lines = [line.split(maxsplit=1) for line in said.partition("Commands:")[2].splitlines() if line.strip()]
    assert [name for name, _ in lines] == sorted([*app.COMMANDS, "serve"])
    assert all(len(text) > 10 for _, text in lines)
