"""Which glibc the executable needs: read from real binaries, and a build that needs more than was promised fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from onefile.glibc import NEWEST, PROMISE, Need, needed, needed_by, promised, refusal
from tests.debian import do_without
from tests.stories.program import EXECUTABLE

ASKS = """
#include <string.h>
__asm__(".symver memcpy, memcpy@GLIBC_{version}");
int main(int count, char **words) {{ return *(char *)memcpy(words[0], words[1], count); }}
"""


def built(folder: Path, name: str, version: str) -> Path:
    """A program that asks for memcpy of this version."""
    source, made = folder / f"{name}.c", folder / name
    source.write_text(ASKS.format(version=version))
    subprocess.run(["cc", "-O0", "-fno-builtin", "-shared", "-fPIC", "-o", made, source], check=True)
    return made


def test_the_highest_version_of_all_binaries_counts_and_who_needs_it(tmp_path: Path) -> None:
    old, new = built(tmp_path, "old.so", "2.2.5"), built(tmp_path, "new.so", "2.14")
    (tmp_path / "text").write_text("GLIBC_9.9")

    assert needed_by(old) < needed_by(new) == (2, 14)
    assert needed([new, old, tmp_path / "text"]) == Need((2, 14), ("new.so",))


def test_what_a_library_defines_itself_is_not_what_it_needs(tmp_path: Path) -> None:
    source, script, made = tmp_path / "own.c", tmp_path / "versions", tmp_path / "own.so"
    source.write_text("int own(void) { return 1; }\n")
    script.write_text("GLIBC_9.9 { global: own; local: *; };\n")
    words = ["cc", "-shared", "-fPIC", "-nostdlib", f"-Wl,--version-script={script}", "-o", made, source]
    subprocess.run(words, check=True)

    assert needed_by(made) == (0,)


def test_a_file_that_is_no_binary_needs_nothing(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("GLIBC_2.99")

    assert needed([tmp_path / "text"]) == Need((0,), ())


def test_a_build_that_needs_more_than_is_promised_is_refused_with_the_binaries() -> None:
    assert refusal(Need(NEWEST, ("libpython.so",))) == ""
    said = refusal(Need((2, 99), ("a.so", "b.so")), (2, 35))
    assert "would need glibc 2.99, and is promised to run with 2.35 (onefile/glibc.py): a.so, b.so." in said


def test_the_executable_says_the_oldest_system_that_it_runs_on(tmp_path: Path) -> None:
    if not Path(EXECUTABLE[0]).exists():
        do_without("dist/gatepost is not built: `make build` makes it")

    said = subprocess.run([*EXECUTABLE, "--version"], capture_output=True, text=True, check=True).stdout

    from_source = subprocess.run([sys.executable, "app.py", "--version"], capture_output=True, text=True, check=True)
    begin, _, oldest = said.strip().removesuffix(" or newer").rpartition(" ")
    assert begin == f"{from_source.stdout.strip()}, for Linux with glibc"
    assert tuple(map(int, oldest.split("."))) <= NEWEST
    unpacked = subprocess.run(
        EXECUTABLE, env={"GATEPOST_UNPACK_ONLY": "1", "GATEPOST_CACHE": str(tmp_path)}, capture_output=True, text=True
    )
    assert unpacked.returncode == 0, unpacked.stderr
    assert needed(path for path in Path(unpacked.stdout.strip()).rglob("*") if path.is_file()).text == oldest


def test_a_build_on_an_older_system_may_promise_more() -> None:
    assert promised({}) == promised({PROMISE: ""}) == NEWEST
    assert promised({PROMISE: "2.31"}) == (2, 31)


@pytest.mark.parametrize("bound", [(2, 34), (2, 36)])
def test_versions_are_compared_as_numbers(bound: tuple[int, int]) -> None:
    assert refusal(Need((2, 9), ("a",)), bound) == "" and refusal(Need((2, 100), ("a",)), bound) != ""
