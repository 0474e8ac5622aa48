"""`make mutants MODULE=reputation/intake/guards.py`: a sample of small changes, and those that no test notices.

SAMPLE (40) says how many, SEED (1) which; TESTS names other files of tests than covering.py does. It works in a copy of
the tree and prints a report: each mutant with the test that failed, each survivor with its change, and how many were
noticed. It fails only where that is less than AT_LEAST percent. A person says of each survivor whether a test is
missing, or the change makes no difference: then it gets a row in equivalent.py and is not asked for again.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.mutants.changes import Mutant, mutants_of
from tests.mutants.covering import IN_PROGRAMS, covering
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.trial import Outcome, Trial
from tests.postgresql import place
from tests.repository import copy_repository


class Tried(NamedTuple):
    """A mutant, what became of it, how many tests were run to see it, and the one that saw it or why none can."""

    mutant: Mutant
    outcome: Outcome
    tests: int
    by: str


def main(words: Sequence[str]) -> int:
    """Try the mutants and print what became of them; return the exit code."""
    # A run that is told to end unwinds, so that its child ends with it and its folder goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
    asked = _arguments().parse_args(words)
    root = Path.cwd()
    tests = asked.tests.split() or covering(asked.module, root)
    if said := refusal(root, asked.module, tests, asked.sample):
        sys.exit(f"mutants: {said}")
    with tempfile.TemporaryDirectory(prefix="gatepost-mutants-", dir=place()) as folder:
        tried = []
        for one in _tried(root, Path(folder), asked.module, tests, asked.sample, asked.seed):
            tried.append(one)
            print(_line(asked.module, one), flush=True)
    return _closing(tried, asked.at_least)


def refusal(root: Path, module: str, tests: Sequence[str], sample: int) -> str:
    """Say what is wrong with what was asked for; "" where nothing is."""
    if not module or not (root / module).is_file():
        what = f"there is no {module}" if module else "no module is named"
        return f"{what}: write make mutants MODULE=reputation/intake/guards.py"
    if not tests:
        return f"no test is known for {module}: name it in tests/mutants/covering.py"
    if missing := [name for name in tests if not (root / name).is_file()]:
        return f"there is no {missing[0]}: write paths from the top of the tree"
    return "a sample has 1 mutant or more, or 0 for all" if sample < 0 else ""


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("module", nargs="?", default="", help="its path from the top of the tree")
    parser.add_argument("--sample", type=int, default=40, help="how many mutants; 0: all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tests", default="", help="files of tests instead of those that covering.py names")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PERCENT", help="fail if fewer are killed")
    return parser


def _tried(root: Path, folder: Path, module: str, tests: Sequence[str], size: int, seed: int) -> Iterator[Tried]:
    copy, temporary = folder / "copy", folder / "tmp"
    temporary.mkdir()
    copy_repository(root, copy)
    # In memory, if there is room; and the hot path interpreted, since what is compiled knows no change.
    # No bytecode is kept: two mutants of one length, within a second, look like the same source to Python.
    os.environ |= {"TMPDIR": str(temporary), "GATEPOST_INTERPRETED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    trial = Trial(copy, module, tests)
    found = mutants_of(trial.source)
    reached = trial.learn()
    print(f"{module}: {len(found)} mutants; {len(reached.lines)} tests took {sum(reached.seconds.values()):.0f} s")
    for test in sorted(reached.failed):
        print(f"left out, since it fails without any change: {test}")
    for mutant in sample(found, size, seed):
        why = EQUIVALENT.get(module, {}).get((mutant.within, mutant.before, mutant.after), "")
        yield Tried(mutant, Outcome.EQUIVALENT, 0, why) if why else _one(trial, mutant)


def sample(found: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """Choose so many mutants (0: all), the same for the same seed; they stay in order."""
    chosen = random.Random(seed).sample(range(len(found)), min(size or len(found), len(found)))
    return [found[at] for at in sorted(chosen)]


def _one(trial: Trial, mutant: Mutant) -> Tried:
    tests, source = trial.reached.tests_at(mutant.lines), mutant.source
    if not tests and mutant.compiled:
        tests, source = trial.reached.tests_at(mutant.function), mutant.compiled
    every = trial.reached.tests_at(None)
    if not tests and mutant.is_outside:
        tests = every  # it may matter to any of them
    # A test may ask for what is defined at import without running a line that uses it.
    always = (*IN_PROGRAMS, trial.tests[0]) if mutant.is_outside else IN_PROGRAMS
    tests |= {test for test in every if test.startswith(always)}
    outcome = trial.outcome(source, tests)
    return Tried(mutant, outcome, len(tests), trial.noticed_by() if outcome is Outcome.KILLED else "")


def _line(module: str, tried: Tried) -> str:
    mutant = tried.mutant
    head = f"{tried.outcome.value:10} {module}:{mutant.line}: {mutant.kind}"
    if tried.outcome is not Outcome.SURVIVED:
        return f"{head}; {tried.by}" if tried.by else head
    seen = f"tests that ran it: {tried.tests}" if tried.tests else "no test runs this line"
    return "\n".join((f"{head}; {seen}", *_signed("-", mutant.before), *_signed("+", mutant.after)))


def _signed(sign: str, text: str) -> Iterator[str]:
    return (f"    {sign} {line}" for line in text.splitlines())


def _closing(tried: Sequence[Tried], at_least: float) -> int:
    count = {outcome: sum(one.outcome is outcome for one in tried) for outcome in Outcome}
    noticed = count[Outcome.KILLED] + count[Outcome.TIMED_OUT]
    asked = len(tried) - count[Outcome.EQUIVALENT]
    percent = 100 * noticed / asked if asked else 100.0
    print(f"{percent:.0f} % of {asked} noticed: " + ", ".join(f"{count[each]} {each.value}" for each in Outcome))
    return 1 if percent < at_least else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
