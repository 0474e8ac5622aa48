"""The slowest files are printed at the end of a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.slowest import SHOWN, seconds_of_files


@pytest.fixture
def twelve_files(tmp_path: Path) -> Path:
    for number in range(SHOWN + 2):
        pause = 0.3 if number == 7 else 0
        (tmp_path / f"test_{number}.py").write_text(f"import time\ndef test_it(): time.sleep({pause})\n")
    return tmp_path


def run(folder: Path, *words: str) -> str:
    """What a run of the tests in this folder prints."""
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "tests.slowest",
        "--rootdir",
        ".",
        *words,
    ]
    return subprocess.run(
        [*argv, "."], cwd=folder, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    ).stdout


def test_a_run_ends_with_its_ten_slowest_files(twelve_files: Path) -> None:
    lines = run(twelve_files).splitlines()

    at = next(at for at, line in enumerate(lines) if "10 slowest of 12 files" in line)
    shown = lines[at + 1 : at + 1 + SHOWN]
    assert shown[0].endswith("s  test_7.py")
    assert len({line.split()[-1] for line in shown}) == SHOWN


def test_files_of_slow_folders_begin_first(tmp_path: Path) -> None:
    for name in ("alone/test_a.py", "stories/test_b.py", "verdict/test_c.py", "browser/test_d.py"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("def test_it(): pass\n")

    done = run(tmp_path, "--collect-only")

    order = [line.partition("::")[0] for line in done.splitlines() if "::" in line]
    assert order == ["browser/test_d.py", "stories/test_b.py", "alone/test_a.py", "verdict/test_c.py"]


def test_what_a_file_sets_up_is_its_time_too() -> None:
    def report(node: str, phase: str, seconds: float) -> pytest.TestReport:
        return pytest.TestReport(node, (node, 0, node), {}, "passed", None, phase, duration=seconds)  # type: ignore[arg-type]

    reports = [report("a.py::b", "setup", 2), report("a.py::b", "call", 1), report("b.py::c", "call", 0.5)]

    assert seconds_of_files(reports) == {"a.py": 3, "b.py": 0.5}
