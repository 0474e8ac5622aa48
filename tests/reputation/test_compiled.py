"""Which of the two runs, compiled or interpreted; and that `make test` tries both, and the build that checks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reputation.compiled import ABI, DECLARATIONS, MODULES, STAMP, digest, folder
from tests.conftest import ROOT, RUNS
from tests.debian import do_without

WHICH = "import dnsd.fastpath, reputation.compiled as c; print(c.is_compiled(), dnsd.fastpath.__file__)"


def which(**variables: str) -> tuple[bool, str, str]:
    """Whether another process would run compiled, the file of its fast path, and what it says on stderr."""
    environment = {name: value for name, value in os.environ.items() if name not in RUNS} | variables
    done = subprocess.run(
        [sys.executable, "-c", WHICH], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    compiled, file = done.stdout.split(maxsplit=1)
    return compiled == "True", file.strip(), done.stderr


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A copy of the compiled modules."""
    if not (folder() / STAMP).exists():
        do_without("nothing is compiled: `make setup` does it where a compiler is")
    shutil.copytree(folder(), tmp_path / "built" / ABI)
    return tmp_path / "built"


def test_compiled_modules_run_where_they_are_of_the_present_source(built: Path) -> None:
    (built / ABI / STAMP).write_text(digest())

    compiled, file, said = which(GATEPOST_COMPILED=str(built))

    assert compiled and file.startswith(str(built)) and not said


def test_they_are_left_alone_where_the_interpreted_ones_are_asked_for(built: Path) -> None:
    compiled, file, said = which(GATEPOST_COMPILED=str(built), GATEPOST_INTERPRETED="1")

    assert not compiled and file == str(ROOT / "dnsd/fastpath.py") and not said


def test_older_ones_are_left_alone_and_the_operator_is_told_what_to_do(built: Path) -> None:
    (built / ABI / STAMP).write_text("the sources of yesterday")

    compiled, file, said = which(GATEPOST_COMPILED=str(built))

    assert not compiled and file == str(ROOT / "dnsd/fastpath.py")
    assert said.count("older than the source") == 1 and "make setup" in said


def test_without_any_it_runs_interpreted_and_says_nothing_yet(tmp_path: Path) -> None:
    assert which(GATEPOST_COMPILED=str(tmp_path)) == (False, str(ROOT / "dnsd/fastpath.py"), "")


def test_what_another_python_has_compiled_beside_is_not_looked_at(built: Path) -> None:
    (built / ABI).rename(built / "cpython-399-x86_64-linux-gnu")

    assert which(GATEPOST_COMPILED=str(built)) == (False, str(ROOT / "dnsd/fastpath.py"), "")


# What a machine lacks is pretended to the real setup.py by the standard library's own answer.
LACKING = """
import runpy, sys, sysconfig
found = sysconfig.get_config_var, sysconfig.get_path
sysconfig.get_config_var = lambda name: {compiler!r} if name == "CC" else found[0](name)
sysconfig.get_path = lambda name, *more: {headers!r} if name == "include" else found[1](name, *more)
sys.argv = ["setup.py", "--quiet", "build_ext"]
runpy.run_path("setup.py")
"""


@pytest.mark.parametrize(
    ("compiler", "headers", "says"),
    [
        ("no-cc -pthread", "/nowhere", "There is no C compiler (no-cc). On Debian: apt-get install gcc python3-dev\n"),
        (sys.executable, "/nowhere", "(/nowhere/Python.h). On Debian: apt-get install python3-dev\n"),
    ],
)
def test_what_is_missing_to_compile_is_one_line_with_the_package(compiler: str, headers: str, says: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "CC"}
    program = LACKING.format(compiler=compiler, headers=headers)
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.returncode == 1 and done.stderr.endswith(says) and done.stderr.count("\n") == 1


def test_an_executable_without_compiled_modules_is_refused_with_what_to_install(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "PyInstaller", "--log-level", "WARN", f"--workpath={tmp_path}", "build.spec"]
    environment = os.environ | {"GATEPOST_COMPILED": str(tmp_path)}
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.returncode and "apt-get install gcc python3-dev" in done.stderr and "Traceback" not in done.stderr


def test_the_stamp_covers_every_source_and_declaration() -> None:
    named = {f"{module.replace('.', '/')}{ending}" for module in MODULES for ending in (".py", ".pxd")} | {
        *DECLARATIONS
    }
    declarations = {
        str(file.relative_to(ROOT)) for room in ("dnsd", "reputation") for file in (ROOT / room).rglob("*.pxd")
    }

    assert declarations - named <= {"dnsd/__init__.pxd", "reputation/__init__.pxd", "reputation/verdict/__init__.pxd"}


def test_make_test_runs_the_hot_path_three_ways() -> None:
    recipe = (ROOT / "Makefile").read_text().partition("\ntest:")[2].partition("\n\n")[0]
    ways = [{way for way in RUNS if f"{way}=" in line} for line in recipe.splitlines() if "$(PYTEST)" in line]

    assert ways == [set(), {"GATEPOST_INTERPRETED"}, {"GATEPOST_COMPILED"}]
