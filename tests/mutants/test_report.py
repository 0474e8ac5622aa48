"""`python -m tests.mutants` on a tiny repository: what its tests notice is killed, and what they do not is printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.mutants.__main__ import refusal, sample
from tests.mutants.changes import mutants_of
from tests.mutants.covering import ALSO, covering
from tests.mutants.equivalent import EQUIVALENT

AGES = """\
LIMIT = 18


def is_adult(age):
    return age >= LIMIT


def countdown(age):
    while age > 0:
        age -= 1
    return age


def word(age):
    return "old" if age > 60 else "young"


def unseen(age):
    return age + 1
"""
TESTS = """\
import ages
import pytest


@pytest.fixture(scope="module")
def both():
    return ages.is_adult(17), ages.is_adult(18)


def test_that_is_the_first_to_use_the_fixture(both):
    assert both


def test_the_limit(both):
    assert both == (False, True)


@pytest.mark.parametrize("age", [ages.LIMIT])
def test_a_name_with_the_limit_in_it(age):
    assert age


def test_the_end():
    assert ages.countdown(3) == 0


def test_words():
    assert (ages.word(3), ages.word(90)) == ("young", "old")


def test_that_fails_by_itself():
    assert ages.word(3) == "old"
"""
# A mutant that hangs need not be waited for as long as in a big module.
SCRIPT = (
    "import sys; from tests.mutants import __main__, trial; trial.PATIENCE, trial.TIMES = 3.0, 0;"
    " sys.exit(__main__.main(sys.argv[1:]))"
)
ASK = ("ages.py", "--tests", "checks/test_ages.py")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "checks").mkdir()
    (folder / "ages.py").write_text(AGES)
    (folder / "checks" / "test_ages.py").write_text(TESTS)
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def mutants(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", SCRIPT, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def report(tiny: Path) -> subprocess.CompletedProcess[str]:
    """The report on all mutants of the tiny module."""
    return mutants(tiny, *ASK, "--sample", "0", "--at-least", "99")


def told(report: subprocess.CompletedProcess[str], outcome: str) -> list[tuple[int, str]]:
    """Line, kind and what follows of the mutants with this outcome."""
    lines = [line.split(":", 2) for line in report.stdout.splitlines() if line.startswith(f"{outcome} ")]
    return [(int(line), kind.strip()) for _, line, kind in lines]


def test_what_a_test_notices_is_killed_and_the_test_named(report: subprocess.CompletedProcess[str]) -> None:
    killed = told(report, "killed")

    assert (1, "constant; checks/test_ages.py::test_the_limit") in killed
    assert (5, "comparison; checks/test_ages.py::test_the_limit") in killed


def test_what_no_test_notices_is_printed_with_its_change(report: subprocess.CompletedProcess[str]) -> None:
    assert (
        "ages.py:15: comparison; tests that ran it: 1\n    - return 'old' if age > 60 else 'young'\n" in report.stdout
    )
    assert "    + return 'old' if age >= 60 else 'young'\n" in report.stdout
    assert (19, "operator; no test runs this line") in told(report, "survived")
    assert not [line for line, _ in told(report, "survived") if line < 15 and line != 9]


def test_a_mutant_that_hangs_is_ended(report: subprocess.CompletedProcess[str]) -> None:
    assert (10, "statement dropped") in told(report, "timed out")


def test_a_test_that_fails_without_any_change_kills_nobody(report: subprocess.CompletedProcess[str]) -> None:
    assert (
        "left out, since it fails without any change: checks/test_ages.py::test_that_fails_by_itself" in report.stdout
    )
    assert not [what for _, what in told(report, "killed") if "by_itself" in what]


def test_the_run_fails_where_fewer_are_noticed_than_was_asked_for(
    report: subprocess.CompletedProcess[str], tiny: Path
) -> None:
    outcomes = [len(told(report, outcome)) for outcome in ("killed", "timed out", "survived")]
    closing = report.stdout.splitlines()[-1]

    assert report.returncode == 1
    assert (
        f"of {sum(outcomes)} noticed: {outcomes[0]} killed, {outcomes[1]} timed out, {outcomes[2]} survived" in closing
    )
    assert closing.startswith(f"{100 * sum(outcomes[:2]) / sum(outcomes):.0f} % ")


def test_without_a_demand_it_is_a_report(tiny: Path) -> None:
    done = mutants(tiny, *ASK, "--sample", "1")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1].split(": ")[0] in ("0 % of 1 noticed", "100 % of 1 noticed")


def test_a_seed_gives_the_same_sample_again_and_another_one_another() -> None:
    found = mutants_of(AGES)
    samples = [sample(found, 5, seed) for seed in (1, 1, 2)]

    assert samples[0] == samples[1] != samples[2]
    assert [len(one) for one in samples] == [5, 5, 5]
    assert sample(found, 0, 1) == sample(found, 10**6, 1) == found


def test_the_tree_that_it_is_run_in_stays_as_it_was(report: subprocess.CompletedProcess[str], tiny: Path) -> None:
    assert report.stdout and (tiny / "ages.py").read_text() == AGES
    assert sorted(file.name for file in tiny.rglob("*.py")) == ["ages.py", "test_ages.py"]
    assert not list(tiny.rglob("__pycache__"))


@pytest.mark.parametrize(
    ("module", "tests", "size", "sentence"),
    [
        ("", [], 1, "no module is named: write make mutants MODULE="),
        ("age.py", [], 1, "there is no age.py: write make mutants MODULE="),
        ("ages.py", [], 1, "no test is known for ages.py: name it in tests/mutants/covering.py"),
        ("ages.py", ["checks/test_age.py"], 1, "there is no checks/test_age.py"),
        ("ages.py", ["checks/test_ages.py"], -1, "a sample has 1 mutant or more, or 0 for all"),
        ("ages.py", ["checks/test_ages.py"], 0, ""),
    ],
)
def test_what_cannot_be_done_gets_a_sentence(
    tiny: Path, module: str, tests: list[str], size: int, sentence: str
) -> None:
    said = refusal(tiny, module, tests, size)

    assert said.startswith(sentence) and bool(said) == bool(sentence)


def test_the_sentence_goes_to_the_terminal_and_the_run_fails(tiny: Path) -> None:
    done = mutants(tiny)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "mutants: no module is named: write make mutants MODULE=reputation/intake/guards.py\n"


def test_every_file_that_the_table_names_is_there() -> None:
    named = {*ALSO, *(test for tests in ALSO.values() for test in tests)}

    assert sorted(name for name in named if not (ROOT / name).is_file()) == []
    assert covering("reputation/intake/guards.py", ROOT)[0] == "tests/reputation/intake/test_guards.py"


@pytest.mark.parametrize("module", sorted(EQUIVALENT))
def test_what_makes_no_difference_is_still_a_mutant_of_its_module(module: str) -> None:
    found = {(mutant.within, mutant.before, mutant.after) for mutant in mutants_of((ROOT / module).read_text())}

    assert [row for row in EQUIVALENT[module] if row not in found] == []
    assert all(EQUIVALENT[module].values())
