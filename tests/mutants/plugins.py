"""Two plugins of pytest: one learns which lines of a module each test runs, the other lets only some tests run."""

from __future__ import annotations

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Set
from types import FrameType
from typing import Any, NamedTuple

import pytest

Trace = Callable[[FrameType, str, Any], Any]


class Reached(NamedTuple):
    """What was learnt: the lines of each test with its seconds, and the tests that failed without any change."""

    lines: dict[str, set[int]]
    seconds: dict[str, float]
    failed: set[str]

    def tests_at(self, lines: Set[int] | None) -> set[str]:
        """The tests that pass and run one of these lines; without lines, all that pass."""
        found = {test for test, reached in self.lines.items() if lines is None or not reached.isdisjoint(lines)}
        return found - self.failed


class LineRecorder:
    """Records the lines of one file that each test runs, also in other threads, and what its fixtures ran for it.

    A fixture that is shared is made for the first test alone. Its lines count for every test that uses it.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._here: set[int] = set()
        self._fixtures: dict[str, set[int]] = defaultdict(set)
        self.reached = Reached({}, {}, set())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._here, begun = set(), time.monotonic()
        sys.settrace(self._trace)
        threading.settrace(self._trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)
            shared = [self._fixtures[name] for name in getattr(item, "fixturenames", ())]
            self.reached.lines[item.nodeid] = self._here.union(*shared)
            self.reached.seconds[item.nodeid] = time.monotonic() - begun

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        before, self._here = self._here, set()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self._fixtures[fixturedef.argname] |= self._here
            self._here |= before

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.reached.failed.add(report.nodeid)

    def _trace(self, frame: FrameType, event: str, arg: Any) -> Trace | None:
        return self._line if frame.f_code.co_filename == self._file else None

    def _line(self, frame: FrameType, event: str, arg: Any) -> Trace:
        self._here.add(frame.f_lineno)
        return self._line


class Chosen:
    """Lets the chosen tests run, and those that were not there before; those on SQLite before those on PostgreSQL.

    A change may give a test another parameter and so another name: it is not passed over.
    """

    def __init__(self, chosen: set[str], known: set[str], on_postgresql: bool) -> None:
        self._left_out, self._on_postgresql = known - chosen, on_postgresql

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        kept = [item for item in items if self._is_wanted(item.nodeid)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
        items[:] = sorted(kept, key=lambda item: is_postgresql(item.nodeid))

    def _is_wanted(self, test: str) -> bool:
        return twin(test) not in self._left_out and (self._on_postgresql or not is_postgresql(test))


class OnSqlite:
    """Leaves out the tests on PostgreSQL: they run the same lines as those on SQLite."""

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if not is_postgresql(item.nodeid)]


def is_postgresql(test: str) -> bool:
    """Whether a test runs on PostgreSQL, by the parameter of the fixture `store`."""
    return "[postgresql" in test or "-postgresql" in test


def twin(test: str) -> str:
    """The same test on SQLite."""
    return test.replace("[postgresql", "[sqlite").replace("-postgresql", "-sqlite")
