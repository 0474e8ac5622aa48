"""One run of pytest in a forked child, in a copy of the repository, with a limit of time.

The parent has imported pytest and the libraries that tests use, but none of the modules of the copy: so a run costs
little more than its tests, and sees the module as it is written at that moment.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pickle
import re
import signal
import sys
import time
import traceback
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

from tests.mutants.plugins import Chosen, LineRecorder, OnSqlite, Reached

OPTIONS = (
    "-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0",
    "-Wignore:Module already imported",
)  # fmt: skip
POLL = 0.02  # seconds, as all that follows
LONGEST = 1800.0  # of the tests on the module as it is
UNWINDING = 15.0
PATIENCE, TIMES = 40.0, 4  # a mutant gets so long, and so many times what its tests took


class Outcome(Enum):
    """What became of a mutant. One that hangs is noticed, too; one that makes no difference is not tried."""

    KILLED = "killed"
    TIMED_OUT = "timed out"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"


class Trial:
    """A module in a copy of the repository, the files of its tests, and what is known of these."""

    def __init__(self, copy: Path, module: str, tests: Sequence[str]) -> None:
        self._copy, self.tests = copy, tests
        self._file = copy / module
        self._written = self._file.stat().st_mtime
        self.source = self._file.read_text()
        self._is_stored = "reputation.store" in self.source  # otherwise PostgreSQL has nothing more to tell
        self.reached = Reached({}, {}, set())

    def learn(self) -> Reached:
        """Run the tests on the module as it is, remember which lines each of them runs, and load what they loaded."""
        result = self._copy / ".reached"

        def run() -> int:
            recorder = LineRecorder(str(self._file))
            pytest.main([*OPTIONS, *self.tests], plugins=[OnSqlite(), recorder])
            result.write_bytes(pickle.dumps((*recorder.reached, _libraries(self._copy))))
            return 0

        if self._forked(run, LONGEST) != 0:
            raise RuntimeError(f"the tests did not run:\n{self.said()}")
        *reached, libraries = pickle.loads(result.read_bytes())
        self.reached = Reached(*reached)
        for name in libraries:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
        return self.reached

    def outcome(self, source: str, tests: set[str]) -> Outcome:
        """Run these tests, and those of their files that came with the change, on a changed source."""
        if not tests:
            return Outcome.SURVIVED
        self._write(source)
        files = [file for file in self.tests if any(test.startswith(f"{file}::") for test in tests)]
        known = set(self.reached.lines)

        def run() -> int:
            return int(pytest.main(["-x", *OPTIONS, *files], plugins=[Chosen(tests, known, self._is_stored)]))

        code = self._forked(run, PATIENCE + TIMES * sum(self.reached.seconds[test] for test in tests))
        self._write(self.source)
        if code is None:
            return Outcome.TIMED_OUT
        return Outcome.SURVIVED if code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED) else Outcome.KILLED

    def noticed_by(self) -> str:
        """The test that failed in the last run; "" where none says so."""
        found = re.search(r"^(?:FAILED|ERROR) (\S+)", self.said(), re.MULTILINE)
        return found[1] if found else ""

    def said(self) -> str:
        """The end of what the last run printed."""
        return (self._copy / ".said").read_text(errors="replace")[-3000:]

    def _write(self, source: str) -> None:
        self._file.write_text(source)
        # Each has a time of its own, by which Python sees that what it has compiled before is another source.
        self._written += 2
        os.utime(self._file, (self._written, self._written))

    def _forked(self, run: Any, limit: float) -> int | None:
        """Run a function in a child; return its code, or None where it had to be ended."""
        child = os.fork()
        if not child:
            code = 70
            try:
                os.setsid()
                signal.signal(signal.SIGINT, signal.default_int_handler)
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                self._settle()
                code = run()
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        return _waited_for(child, limit)

    def _settle(self) -> None:
        """Be a process that begins in the copy, and knows nothing of the tree it came from."""
        said = os.open(self._copy / ".said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(said, stream)
        trees = ("", os.getcwd(), str(Path(__file__).parents[2]))
        sys.path[:] = [str(self._copy), *(place for place in sys.path if place not in trees)]
        os.chdir(self._copy)
        for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
            del sys.modules[name]
        importlib.invalidate_caches()
        # A counter-example needs not to be the smallest here.
        settings.register_profile("mutants", phases=[Phase.explicit, Phase.generate], deadline=None, database=None)
        settings.load_profile("mutants")


def _waited_for(child: int, limit: float) -> int | None:
    """The child's code; None where it had to be ended. Whatever it started ends with it."""
    code = None
    try:
        code = _code(child, limit)
    finally:
        if code is None:
            os.kill(child, signal.SIGINT)  # it may take down what it has set up, such as a database
            _code(child, UNWINDING)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
    return code


def _code(child: int, limit: float) -> int | None:
    end = time.monotonic() + limit
    while time.monotonic() < end:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            return os.waitstatus_to_exitcode(status)
        time.sleep(POLL)
    return None


def _libraries(copy: Path) -> list[str]:
    """What was imported beside the modules of the copy and beside pytest, which rewrites what it loads itself."""
    found = {name: getattr(module, "__file__", None) or "" for name, module in sys.modules.items()}
    return [
        name
        for name, file in found.items()
        if "site-packages" in file and not file.startswith(str(copy)) and "pytest" not in name
    ]
